// The verbs as a learner meets them: what they say and how they end when something is wrong, and that nothing is left.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '#infra/machine/cache.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Report } from './grader/verdict.ts';

const LIMIT_MS = 90_000;

/** Starts a verb as npm does, in a process group of its own. */
function start(verb: string, ...args: string[]) {
  const node = path.join(WORKBOOK, 'node_modules', '.bin', 'node');
  // A test worker's NODE_ENV and NODE_OPTIONS are not a learner's.
  const { NODE_ENV: _, NODE_OPTIONS: __, VITEST: ___, ...env } = process.env;
  const child = spawn(node, ['scripts/run.mjs', verb, ...args], { cwd: WORKBOOK, detached: true, env });
  const running = { child, output: '', code: undefined as number | null | undefined };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      running.output += text;
    });
  }
  child.once('exit', (code) => {
    running.code = code;
  });
  return running;
}

async function finished(running: ReturnType<typeof start>) {
  await waitUntil(() => running.code !== undefined, LIMIT_MS, `the verb to end; it said:\n${running.output}`);
  return running;
}

/** Folders of runs that belong to a process. */
function runsOf(pid: number | undefined): string[] {
  return fs.readdirSync(cacheFolder('runs')).filter((run) => run.startsWith(`${pid}-`));
}

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
  ['test', ['03', '04'], 'takes one chapter'],
  ['test', ['03', '--subject', '/nowhere'], '/nowhere has no folder 03-producer'],
  ['nonsense', [], 'There is no verb "nonsense"'],
])('npm run %s %j is refused in one sentence with a next step', async (verb, args, sentence) => {
  const { output, code } = await finished(start(verb, ...args));
  expect(output).toContain(sentence);
  expect(output).toContain('Next:');
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
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

test.each([
  ['exits at once', 'process.exit(1);', 'exit code 1'],
  ['exits at once as if all were well', 'process.exit(0);', 'exit code 0'],
  ['throws', 'throw new Error("out of coffee");', 'out of coffee'],
  ['imports what does not exist', "import x from 'no-such-package';\nconsole.log(x);", 'no-such-package'],
])('a program that %s has failed, with its last words', async (_what, program, evidence) => {
  const { report, code } = await judged(program);
  expect(code).toBe(1);
  const [, ready] = report.checks;
  expect(ready?.id).toBe('ready');
  expect(ready?.verdict).toBe('failed');
  expect(ready?.evidence).toContain(evidence);
});

test('Ctrl-C in the middle of grading ends it with 130, and leaves no process and no file', async () => {
  const running = start('test', '03', '--subject', 'solutions');
  await waitUntil(() => running.output.includes('✓'), LIMIT_MS, 'the first check');
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
  process.kill(-(running.child.pid ?? 0), 'SIGINT');
  const { code, child } = await finished(running);
  expect(code).toBe(130);
  expect(runsOf(child.pid)).toEqual([]);
});
