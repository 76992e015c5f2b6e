// The verbs as a learner meets them: what they say and how they end when something is wrong, and that nothing is left.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Report } from './grader/verdict.ts';
import { expectRefusal, finished, LIMIT_MS, pressCtrlC, runsOf, start } from './testing/verb-process.ts';

/** A subject with a chapter 03 whose order-service.ts is this text. */
function subjectWith(program: string): string {
  const subject = fs.mkdtempSync(path.join(os.tmpdir(), 'subject-'));
  fs.mkdirSync(path.join(subject, '03-producer'));
  fs.writeFileSync(path.join(subject, '03-producer', 'order-service.ts'), program);
  return subject;
}

async function judged(program: string): Promise<{ report: Report; output: string; code: number | null | undefined }> {
  const subject = subjectWith(program);
  const json = path.join(subject, 'report.json');
  const { code, output, child } = await finished(start('test', '03', '--subject', subject, '--json', json));
  const report = JSON.parse(fs.readFileSync(json, 'utf8')) as Report;
  fs.rmSync(subject, { recursive: true });
  expect(runsOf(child.pid)).toEqual([]);
  return { report, output, code };
}

test.each([
  ['test', ['44'], 'There is no chapter "44"'],
  ['lab', ['prodcer'], 'Did you mean producer?'],
  ['lab', [], 'Which chapter?'],
  ['test', ['03', '--subjct', 'x'], "Unknown option '--subjct'"],
  ['test', ['03', '04'], '"04" is one word too many'],
  ['lab', ['03', '04'], '"04" is one word too many'],
  ['docs', ['--help'], "Unknown option '--help'"],
  ['docs-build', ['--help'], "Unknown option '--help'"],
  ['bench', ['05'], '"05" is one word too many'],
  ['check', ['--soka'], "Unknown option '--soka'"],
  ['test', ['03', '--subject', '/nowhere'], '/nowhere has no folder 03-producer'],
  ['test', ['03', '--json', '/nowhere/report.json'], '/nowhere does not exist'],
  ['new-chapter', ['4', 'consumers', 'inventory-service'], 'has two digits'],
  ['new-chapter', ['03', 'again', 'order-service'], 'is taken by chapters/03-producer'],
  ['new-chapter', ['99', 'My Chapter', 'x'], 'no name in kebab-case'],
  ['nonsense', [], 'There is no verb "nonsense"'],
])('npm run %s %j is refused in one sentence with a next step', async (verb, args, sentence) => {
  const refused = await finished(start(verb, ...args));
  expectRefusal(refused, sentence, '');
  expect(refused.code).toBe(2);
});

test('an untouched lab is not attempted, at once', async () => {
  const { output, code } = await finished(start('test', '3'));
  expect(output).toContain('not attempted');
  expect(code).toBe(3);
});

test('a program that does not compile is shown with its line, and no broker is started for it', async () => {
  const { report, output, code } = await judged('const port: number = ;\nconsole.log(port);\n');
  expect(code).toBe(1);
  expect(report.verdict).toBe('failed');
  expect(report.parts).toEqual([]);
  expect(output).toMatch(/order-service\.ts:1:\d+: Unexpected ";"/);
});

test('a program that is made of the solution does not compile', async () => {
  const solution = path.join(WORKBOOK, 'solutions', '03-producer', 'order-service.ts');
  const { report } = await judged(`import '${solution}';`);
  expect(report.checks[0]?.evidence).toContain('neither beside the program nor in shared/');
});

test.each([
  ['exits at once', 'process.exit(1);', 'exit code 1'],
  ['exits at once as if all were well', 'process.exit(0);', 'exit code 0'],
  ['throws', 'throw new Error("out of coffee");', 'out of coffee'],
  ['imports what does not exist', "import x from 'no-such-package';\nconsole.log(x);", 'no-such-package'],
])('a program that %s has failed, with its last words', async (_what, program, evidence) => {
  const { report, code } = await judged(program);
  expect(code).toBe(1);
  const ready = report.checks.find(({ id }) => id === 'ready');
  expect(ready?.verdict).toBe('failed');
  expect(ready?.evidence).toContain(evidence);
});

test('Ctrl-C in the middle of grading ends it with 130, and leaves no process and no file', async () => {
  const running = start('test', '03', '--subject', 'solutions');
  await waitUntil(() => running.output.includes('✓'), LIMIT_MS, 'the first check');
  pressCtrlC(running);
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});

test('a lab of commands runs them with arguments, and stays up', async () => {
  const running = start('solution', '02');
  await waitUntil(() => running.output.includes('save a file in'), LIMIT_MS, 'the lab to be up');
  expect(running.output).toContain('drift: orders.cancelled');
  expect(running.output).toContain('the scenario works');
  process.kill(-(running.child.pid ?? 0), 'SIGINT');
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});

test.each(['03', '04'])('lab %s shows records, stays up, and is gone after Ctrl-C', async (chapter) => {
  const running = start('solution', chapter);
  await waitUntil(() => running.output.includes('save a file in'), LIMIT_MS, 'the lab to be up');
  expect(running.output).toMatch(/orders\.created\[\d\]@0/);
  expect(running.output).toContain('the scenario works');
  expect(running.code).toBeUndefined();
  pressCtrlC(running);
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});
