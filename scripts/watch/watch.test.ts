// `npm run watch` as a learner sees it: saves and keys go in, and each round has a broker that nobody has used.
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { addTinyChapter, scratchWorkbook } from '../testing/scratch-workbook.ts';
import { finished, LIMIT_MS, type RunningVerb, runsOf, startWith } from '../testing/verb-process.ts';

const KEYS = 'enter again · h hint';

/** What a running watch says from now on, up to the line of its keys or to another text. */
function listening(running: RunningVerb) {
  let heard = 0;
  return async (act: () => void, until = KEYS) => {
    act();
    const fresh = () => stripVTControlCharacters(running.output).slice(heard);
    await waitUntil(() => fresh().includes(until), LIMIT_MS, `"${until}"`).catch((error: Error) => {
      throw new Error(`${error.message}; it said:\n${fresh()}`);
    });
    const text = fresh();
    heard += text.length;
    return text;
  };
}

test('saves and keys: types, checks, hint, diff, list, next, quit', async () => {
  const workbook = await scratchWorkbook();
  await addTinyChapter(workbook, '98', 'small');
  await addTinyChapter(workbook);
  const program = (folder: string, chapter: string) => path.join(workbook, folder, chapter, 'tiny-service.ts');
  const lab = program('labs', '99-tiny');
  const solution = fs.readFileSync(program('solutions', '99-tiny'), 'utf8');
  fs.copyFileSync(program('solutions', '98-small'), program('labs', '98-small'));
  const running = startWith({ workbook, stdin: 'pipe' }, 'watch', '98');
  const after = listening(running);
  const press = (key: string) => () => void running.child.stdin?.write(key);
  const save = (text: string) => () => fs.writeFileSync(lab, text);

  expect(await after(() => {})).toMatch(/labs\/98-small.*passed.*The next chapter: n/s);
  expect(await after(press('n'))).toMatch(/labs\/99-tiny.*not attempted/s);
  expect(await after(press('h'), 'One rung more')).toContain('TODO 1');
  expect(await after(save(`${solution}\nexport const port: number = 'none';\n`))).toMatch(
    /the types do not hold.*tiny-service\.ts\(\d+,\d+\): error TS2322/s,
  );
  expect(await after(press('d'), 'Next:')).toContain('once your programs have passed');
  expect(await after(save(solution))).toMatch(/✓ .*passed/s);
  expect(await after(press('d'), 'letter by letter')).not.toContain('Next:');
  expect(await after(press('l'), '✓ 99')).toContain('passed on');
  expect(await after(press('n'), 'last one')).toContain('Chapter 99');
  expect(await after(press('\n'))).toMatch(/again.*✓ .*passed/s);
  // A save while a check waits for a service that will never be ready begins anew.
  await after(save('setInterval(() => {}, 1000);'), 'was saved');
  expect(await after(save(solution))).toMatch(/was saved.*✓ .*passed/s);
  press('q')();
  const { code, child } = await finished(running);
  expect(code).toBe(0);
  expect(runsOf(child.pid)).toEqual([]);
}, 300_000);
