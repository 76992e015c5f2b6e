// Every named mistake is red in the check that it names, and says so in words that somebody has reviewed.
import pMap from 'p-map';
import type { Run } from '#infra/machine/run.ts';
import type { Mutant } from '#shared/mutant.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { BrokerPool, brokersOf } from '../grader/broker-pool.ts';
import { grade } from '../grader/grade.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import { describe } from './describe.ts';
import { RedRecord } from './red-record.ts';
import { variantsOf } from './variants.ts';

const FEWEST = 8;

interface Bench {
  chapter: Chapter;
  run: Run;
  pool: BrokerPool;
  record: RedRecord;
}

export async function mutantsAreCaught(run: Run): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of listChapters()) {
    const { mutants } = await variantsOf(chapter);
    if (mutants.length < FEWEST) {
      complaints.push(`${chapter.folder} has ${mutants.length} mutants; at least ${FEWEST} are wanted`);
    }
    const pool = new BrokerPool(brokersOf(chapter), { run });
    const bench = { chapter, run, pool, record: new RedRecord(chapter) };
    const judged = await pMap(chosen(mutants), (mutant) => complaintsAbout(mutant, bench), {
      concurrency: parallelJobs(),
    });
    await pool.close();
    complaints.push(...judged.flat(), ...bench.record.save(mutants, process.argv.includes('--write')));
  }
  return complaints;
}

/** `WORKBOOK_MUTANTS` names those to try, separated by commas, while one is being worked on. */
function chosen(mutants: Mutant[]): Mutant[] {
  const names = process.env.WORKBOOK_MUTANTS?.split(',');
  return mutants.filter(({ name }) => names?.includes(name) ?? true);
}

async function complaintsAbout(mutant: Mutant, { chapter, run, pool, record }: Bench): Promise<string[]> {
  const { name, caughtBy, edits } = mutant;
  const title = `${chapter.folder}: the mutant ${name}`;
  let subject: string;
  try {
    subject = mutatedSubject(chapter, edits, run);
  } catch (error) {
    return [`${title} cannot be made: ${(error as Error).message}`];
  }
  pool.warm(1);
  // The soak runs all the checks, because a mutant may also keep another one from coming to its end.
  const only = process.argv.includes('--soak') ? {} : { only: caughtBy };
  const { checks } = await grade(subject, chapter, { run, pool, ...only });
  const check = checks.find(({ id }) => id === caughtBy);
  if (check?.verdict !== 'failed') {
    return [`${title} is not caught by ${caughtBy}:\n${check ? describe(check) : 'there is no such check'}`];
  }
  record.see(mutant, check);
  return [];
}
