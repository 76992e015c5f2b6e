// Every named mistake is red in the check that it names, and says so in words that somebody has reviewed.
import pMap from 'p-map';
import type { Run } from '#infra/machine/run.ts';
import type { Mutant } from '#shared/mutant.ts';
import { type Chapter, provenChapters } from '../chapters.ts';
import { BrokerPool } from '../grader/broker-pool.ts';
import { grade } from '../grader/grade.ts';
import { lanesOf, sizeOf } from '../grader/lanes.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import { describe } from './describe.ts';
import { RedRecord } from './red-record.ts';
import { variantsOf } from './variants.ts';

const FEWEST = 8;
/** More than of jobs that start a broker of their own (40 mutants of chapters 04 and 05 on two cores: 154 s four at a time, 138 s six). */
const JOBS_A_CORE = 3;
/** So many may have been overlooked on a machine with that many jobs, where each is caught when it has the machine alone. */
const MOST_OVERLOOKED = 3;

interface Bench {
  chapter: Chapter;
  run: Run;
  record: RedRecord;
  /** Where brokers come from; without one each job starts its own. */
  pool?: BrokerPool;
}

export async function mutantsAreCaught(run: Run): Promise<string[]> {
  const complaints: string[] = [];
  const records: (() => string[])[] = [];
  const jobs: (() => Promise<Overlooked[]>)[] = [];
  for (const chapter of provenChapters()) {
    const { mutants } = await variantsOf(chapter);
    if (mutants.length < FEWEST) {
      complaints.push(`${chapter.folder} has ${mutants.length} mutants; at least ${FEWEST} are wanted`);
    }
    const bench: Bench = { chapter, run, record: new RedRecord(chapter) };
    records.push(() => bench.record.save(mutants, process.argv.includes('--write')));
    jobs.push(...jobsOf(chosen(mutants), bench));
  }
  // One queue for all chapters: the last mutants of one leave no core idle.
  const judged = await pMap(jobs, (job) => job(), { concurrency: parallelJobs(1, JOBS_A_CORE) });
  complaints.push(...(await complaintsAlone(judged.flat())));
  return [...complaints, ...records.flatMap((save) => save())];
}

/** A mutant that its check has not caught, and what was said of that. */
interface Overlooked {
  mutant: Mutant;
  bench: Bench;
  complaint: string;
}

/** Judges those that were overlooked once more, each alone as on a learner's machine, and tells of it in either case. */
async function complaintsAlone(overlooked: Overlooked[]): Promise<string[]> {
  if (overlooked.length > MOST_OVERLOOKED) return overlooked.map(({ complaint }) => complaint);
  const complaints: string[] = [];
  for (const { mutant, bench } of overlooked) {
    const again = await complaintAbout(mutant, bench);
    if (again) complaints.push(again);
    else
      console.log(`  ${bench.chapter.folder}: the mutant ${mutant.name} was caught only when it had the machine alone`);
  }
  return complaints;
}

/** A job for each mutant; the last one to end closes the pool. */
function jobsOf(mutants: Mutant[], bench: Bench): (() => Promise<Overlooked[]>)[] {
  const pool = new BrokerPool(bench.chapter, { run: bench.run, reuse: true });
  let left = mutants.length;
  return mutants.map((mutant) => async () => {
    const complaint = await complaintAbout(mutant, { ...bench, pool });
    left--;
    if (left === 0) await pool.close();
    return complaint ? [{ mutant, bench, complaint }] : [];
  });
}

/** `WORKBOOK_MUTANTS` names those to try, separated by commas, while one is being worked on. */
function chosen(mutants: Mutant[]): Mutant[] {
  const names = process.env.WORKBOOK_MUTANTS?.split(',');
  return mutants.filter(({ name }) => names?.includes(name) ?? true);
}

/** Why a mutant does not count as caught; undefined when it does. */
async function complaintAbout(mutant: Mutant, { chapter, run, pool, record }: Bench): Promise<string | undefined> {
  const { name, caughtBy, edits } = mutant;
  const title = `${chapter.folder}: the mutant ${name}`;
  let subject: string;
  try {
    subject = mutatedSubject(chapter, edits, run);
  } catch (error) {
    return `${title} cannot be made: ${(error as Error).message}`;
  }
  pool?.warm(lanesOf(chapter, caughtBy).map((lane) => sizeOf(chapter, lane)));
  // The soak runs all the checks, because a mutant may also keep another one from coming to its end.
  const only = process.argv.includes('--soak') ? {} : { only: caughtBy };
  const first = await grade(subject, chapter, { run, ...(pool ? { pool } : {}), ...only });
  // What the machine kept from being graded says nothing of the mutant.
  const { checks } = first.verdict === 'could not grade' ? await grade(subject, chapter, { run, ...only }) : first;
  const check = checks.find(({ id }) => id === caughtBy);
  if (check?.verdict !== 'failed') {
    return `${title} is not caught by ${caughtBy}:\n${check ? describe(check) : 'there is no such check'}`;
  }
  record.see(mutant, check);
  return undefined;
}
