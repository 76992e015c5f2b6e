// Ctrl-C, kill and kill -9 at moments that nobody has chosen, early in a verb's life: nothing of it is left.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { EXIT_CODES } from './grader/verdict.ts';
import { cacheWithKafka, coldCache, ensureKafka, expectNothingLeft } from './testing/scratch-machine.ts';
import { finished, pressCtrlC, type RunningVerb, startWith } from './testing/verb-process.ts';

/** The same moments in every run, so that a failure can be repeated; WORKBOOK_SEED=random or a number tries others. */
const { WORKBOOK_SEED = '20261121' } = process.env;
const SEED = WORKBOOK_SEED === 'random' ? Date.now() % 1_000_000 : Number(WORKBOOK_SEED);

const NOT_ATTEMPTED = EXIT_CODES['not attempted'];
const GRADE = ['test', '03', '--subject', 'solutions'];

const ENDINGS = {
  'Ctrl-C': { end: pressCtrlC, code: 130, signal: 'SIGINT' },
  kill: { end: ({ child }: RunningVerb) => child.kill('SIGTERM'), code: 143, signal: 'SIGTERM' },
  'kill -9': { end: ({ child }: RunningVerb) => child.kill('SIGKILL'), code: undefined, signal: 'SIGKILL' },
};

/** Spans of time in milliseconds after the start: loading, compiling and brokers, first checks. */
const CASES: [ending: keyof typeof ENDINGS, verb: string[], from: number, to: number, cache: () => string][] = [
  ['Ctrl-C', ['test', '03'], 100, 700, cacheWithKafka],
  ['kill -9', ['test', '03'], 300, 900, cacheWithKafka],
  ['kill', ['solution', '03'], 700, 2_000, cacheWithKafka],
  ['kill -9', ['lab', '03'], 1_000, 3_000, cacheWithKafka],
  ['Ctrl-C', ['lab', '03'], 1_000, 3_000, coldCache],
  ['kill', GRADE, 800, 2_000, cacheWithKafka],
  ['kill -9', GRADE, 1_500, 4_000, cacheWithKafka],
  ['Ctrl-C', GRADE, 2_000, 5_000, cacheWithKafka],
  ['kill', GRADE, 3_000, 6_000, cacheWithKafka],
];

beforeAll(ensureKafka);

test.each(CASES.map((one, index) => [...one, momentOf(index)] as const))(
  '%s of %j leaves nothing',
  async (ending, verb, _from, _to, makeCache, moment) => {
    const cache = makeCache();
    // The seed is for the moments, and no grading's.
    const env = { WORKBOOK_PARTS: 'embedded', WORKBOOK_CACHE: cache, WORKBOOK_SEED: undefined };
    const running = startWith({ env }, ...(verb as [string, ...string[]]));
    await pause(moment);
    const { end, code, signal } = ENDINGS[ending];
    end(running);
    await finished(running);
    const told = `WORKBOOK_SEED=${SEED}: ${ending} after ${moment} ms; it said:\n${running.output}`;
    // One that is still loading has nothing to clean up and dies of the signal; one that was faster has ended by itself.
    expect([signal, code, NOT_ATTEMPTED], told).toContain(running.signal ?? running.code);
    if (ending === 'kill -9') await finished(startWith({ env }, 'test', 'no-such-chapter'));
    await expectNothingLeft(cache, told);
    expect(halfWritten(), told).toEqual([]);
  },
);

/** A moment within the case's span, the same for the same seed. */
function momentOf(index: number): number {
  const [, , from = 0, to = 0] = CASES[index] ?? [];
  // One step of a linear congruential generator (Numerical Recipes), enough to scatter a handful of moments.
  const random = ((SEED + index * 7_919) * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return Math.round(from + (random / 2 ** 32) * (to - from));
}

/** Half-written files in the folders that people edit. */
function halfWritten(): string[] {
  const folders = ['labs', 'solutions', 'chapters', 'scripts', 'shared', 'infra', 'docs'];
  return folders
    .flatMap((folder) => fs.readdirSync(path.join(WORKBOOK, folder), { recursive: true, encoding: 'utf8' }))
    .filter((file) => file.endsWith('.part'));
}
