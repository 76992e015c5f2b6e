// Random schedules of trouble against the solutions: a chapter that has a check `random-schedule` has it played with many
// seeds, the same ones each time, so that what was green once is green again.
import pMap from 'p-map';
import type { Run } from '#infra/machine/run.ts';
import { type Chapter, provenChapters } from '../chapters.ts';
import { BrokerPool } from '../grader/broker-pool.ts';
import { grade } from '../grader/grade.ts';
import { declaresCheck, lanesOf, sizeOf } from '../grader/lanes.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import { describe } from './describe.ts';

const CHECK = 'random-schedule';
const SEEDS = 20;
const SEEDS_IN_SOAK = 200;

export async function schedules(run: Run): Promise<string[]> {
  const count = process.argv.includes('--soak') ? SEEDS_IN_SOAK : SEEDS;
  const complaints: string[] = [];
  for (const chapter of provenChapters().filter((each) => declaresCheck(each, CHECK))) {
    const pool = new BrokerPool(chapter, { run, reuse: true });
    const seeds = chosenSeeds(count);
    const judged = await pMap(seeds, (seed) => complaintsAbout(chapter, seed, run, pool), {
      concurrency: parallelJobs(),
    });
    await pool.close();
    complaints.push(...judged.flat());
  }
  return complaints;
}

/** `WORKBOOK_SEED` plays one schedule alone, the one that a complaint has named. */
function chosenSeeds(count: number): number[] {
  const given = process.env.WORKBOOK_SEED;
  return given ? [Number(given)] : Array.from({ length: count }, (_, index) => index + 1);
}

async function complaintsAbout(chapter: Chapter, seed: number, run: Run, pool: BrokerPool): Promise<string[]> {
  pool.warm(lanesOf(chapter, CHECK).map((lane) => sizeOf(chapter, lane)));
  const { checks } = await grade('solutions', chapter, { run, pool, seed, only: CHECK });
  const red = checks.filter(({ verdict }) => verdict !== 'passed');
  return red.map((check) => `${chapter.folder}, seed ${seed}:\n${describe(check)}`);
}
