// A learner's way through a chapter with hint, diff, reset and progress, as the terminal shows it.
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { addTinyChapter, scratchWorkbook } from '../testing/scratch-workbook.ts';
import { expectRefusal, finished, startWith } from '../testing/verb-process.ts';

/** The verbs of a workbook of the test's own. */
async function learner() {
  const workbook = await scratchWorkbook();
  const say = async (verb: string, ...args: string[]) => {
    const ended = await finished(startWith({ workbook }, verb, ...args));
    return { ...ended, output: stripVTControlCharacters(ended.output) };
  };
  const file = (...names: string[]) => path.join(workbook, ...names);
  return { workbook, say, file };
}

test('from the first hint over a red and a green grading to the solution, and back to the start', async () => {
  const { workbook, say, file } = await learner();
  await addTinyChapter(workbook);
  const lab = file('labs', '99-tiny', 'tiny-service.ts');

  expect((await say('progress')).output).toMatch(/^· 99 .*not begun$/m);
  const first = (await say('hint', '99')).output;
  expect(first).toContain('the first that is still open in your lab');
  expect(first).toContain('Direction');
  expect(first).not.toContain('Place');
  expect((await say('hint', 'tiny')).output).toContain('Place');

  fs.appendFileSync(lab, '// Mine.\n');
  const red = await say('test', '99');
  expect(red.code, red.output).toBe(1);
  expect(red.output).toContain('npm run hint 99');
  const last = (await say('hint', '99')).output;
  expect(last).toContain('The first failed check of your last grading');
  expect(last).toMatch(/Direction.*Place.*Shape.*the last rung/s);
  expect((await say('progress')).output).toMatch(/^✗ 99 .* 0 of \d+ points on /m);

  expectRefusal(await say('diff', '99'), 'once your programs have passed', 'npm test 99');
  expect((await say('diff', '99', '--show')).output).toContain('-// Mine.');

  fs.copyFileSync(file('solutions', '99-tiny', 'tiny-service.ts'), lab);
  const green = await say('test', '99');
  expect(green.code, green.output).toBe(0);
  expect((await say('diff', '99')).output).toContain('letter by letter');
  expect((await say('progress')).output).toMatch(/^✓ 99 .*passed on \d{4}-\d\d-\d\d, (\d+) of \1 points$/m);
  expect((await say('hint', '99')).output).toMatch(/passed on.*TODO 1/s);

  const reset = (await say('reset', '99')).output;
  const [, saved = ''] = /Your work is in (\S+)\. To have it back: cp -R /.exec(reset) ?? [];
  expect(fs.readFileSync(file(saved, 'tiny-service.ts'), 'utf8')).toBe(
    fs.readFileSync(file('solutions', '99-tiny', 'tiny-service.ts'), 'utf8'),
  );
  expect(fs.readFileSync(lab, 'utf8')).toBe(
    fs.readFileSync(file('chapters', '99-tiny', 'starter', 'tiny-service.ts'), 'utf8'),
  );
  expect((await say('reset', '99')).output).toContain('nothing was to be saved');
  expect((await say('test', '99')).output).toContain('not attempted');
  expect((await say('hint', '99')).output).toContain('still open in your lab');
}, 300_000); // fifteen verbs in turn

test('a file beside the shipped ones is saved and removed by reset', async () => {
  const { say, file } = await learner();
  fs.writeFileSync(file('labs', '02-topics', 'my notes ä.txt'), 'mine');
  const { output } = await say('reset', '02');
  const [, saved = ''] = /Your work is in (\S+)\. /.exec(output) ?? [];
  expect(fs.readFileSync(file(saved, 'my notes ä.txt'), 'utf8')).toBe('mine');
  expect(fs.readdirSync(file('labs', '02-topics'))).not.toContain('my notes ä.txt');
});

test.each([
  ['hint', ['44'], 'There is no chapter "44"', 'use a chapter'],
  ['hint', ['02', '9'], 'Chapter 02 has no TODO 9', 'npm run hint 02 1'],
  ['hint', ['02', 'two'], '"two" is not the number of a task', 'npm run hint'],
  ['diff', ['02', '--shwo'], "Unknown option '--shwo'", '-- --show'],
  ['reset', ['02', '03'], 'is one word too many', 'npm run reset 05'],
])('npm run %s %j is refused in one sentence with a next step', async (verb, args, sentence, next) => {
  expectRefusal(await finished(startWith({}, verb, ...args)), sentence, next);
});

test('a progress file that cannot be read stops a grading before it begins', async () => {
  const { say, file } = await learner();
  fs.mkdirSync(file('.workbook'), { recursive: true });
  fs.writeFileSync(file('.workbook', 'progress.json'), '{"chapters":');
  fs.appendFileSync(file('labs', '02-topics', 'topics.ts'), '// Mine.\n');
  expectRefusal(await say('test', '02'), 'your progress cannot be read', 'mv .workbook/progress.json');
});
