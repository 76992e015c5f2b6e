// Every named mistake is red in the check that it names, and every other way to be right is green.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pMap from 'p-map';
import type { Run } from '#infra/machine/run.ts';
import type { AlsoRight, Mutant } from '#shared/mutant.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { BrokerPool, brokersOf } from '../grader/broker-pool.ts';
import { grade } from '../grader/grade.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import type { CheckReport } from '../grader/verdict.ts';

const FEWEST = 8;

interface Variants {
  mutants: Mutant[];
  alsoRight: AlsoRight[];
}

async function variantsOf({ folder }: Chapter): Promise<Variants> {
  const file = path.join(WORKBOOK, 'solutions', folder, 'mutants.ts');
  return (await import(pathToFileURL(file).href)) as Variants;
}

/** `WORKBOOK_MUTANTS` names those to try, separated by commas, while one is being worked on. */
function chosen(mutants: Mutant[]): Mutant[] {
  const names = process.env.WORKBOOK_MUTANTS?.split(',');
  return mutants.filter(({ name }) => names?.includes(name) ?? true);
}

export async function mutantsAreCaught(run: Run): Promise<string[]> {
  return forEachChapter(async (chapter, { mutants }) => {
    const few = `${chapter.folder} has ${mutants.length} mutants; at least ${FEWEST} are wanted`;
    const pool = new BrokerPool(chapter, { run });
    const judge = async (mutant: Mutant) => {
      pool.warm([brokersOf(chapter)]);
      return survived(chapter, mutant, run, pool);
    };
    const complaints = await pMap(chosen(mutants), judge, { concurrency: parallelJobs() });
    await pool.close();
    return [...(mutants.length < FEWEST ? [few] : []), ...complaints.flat()];
  });
}

export async function rightIsGreen(run: Run): Promise<string[]> {
  return forEachChapter(async (chapter, { alsoRight }) => {
    // A whole grading takes most of a minute, so the edits are judged in the soak.
    const edited = process.argv.includes('--soak') ? alsoRight : [];
    const subjects = edited.map(({ name, edits }) => ({ name, subject: mutatedSubject(chapter, edits, run) }));
    subjects.push({ name: 'the independent implementation', subject: 'solutions/independent' });
    const judge = async ({ name, subject }: { name: string; subject: string }) => {
      const first = await grade(subject, chapter, { run });
      // What the machine kept from being graded says nothing of the subject.
      const { checks } = first.verdict === 'could not grade' ? await grade(subject, chapter, { run }) : first;
      const red = checks.filter(({ verdict }) => verdict !== 'passed');
      return red.map((check) => `${chapter.folder}: ${name} should be green, but:\n${describe(check)}`);
    };
    // One after another: a whole grading has a broker and a worker for each lane, and fills two cores by itself.
    return (await pMap(subjects, judge, { concurrency: 1 })).flat();
  });
}

async function forEachChapter(check: (chapter: Chapter, variants: Variants) => Promise<string[]>): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of listChapters()) complaints.push(...(await check(chapter, await variantsOf(chapter))));
  return complaints;
}

async function survived(chapter: Chapter, mutant: Mutant, run: Run, pool: BrokerPool): Promise<string[]> {
  const { name, caughtBy, edits } = mutant;
  const title = `${chapter.folder}: the mutant ${name}`;
  let subject: string;
  try {
    subject = mutatedSubject(chapter, edits, run);
  } catch (error) {
    return [`${title} cannot be made: ${(error as Error).message}`];
  }
  const { checks } = await grade(subject, chapter, { run, pool, only: caughtBy });
  const [check] = checks;
  if (check?.verdict === 'failed' && checks.length === 1) return [];
  return [`${title} is not caught by ${caughtBy}:\n${check ? describe(check) : 'there is no such check'}`];
}

function describe({ id, verdict, evidence }: CheckReport): string {
  return `${id}: ${verdict}\n${evidence}`;
}
