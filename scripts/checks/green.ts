// What is right stays green: every solution three times in a row, and in the other way of having Kafka, too; edits of it that
// a sound engineer might make, and a whole implementation that was written from the contract alone.
import pMap from 'p-map';
import { isKafkaImagePresent } from '#infra/kafka/docker-image-present.ts';
import { hasJava } from '#infra/kafka/java.ts';
import type { Run } from '#infra/machine/run.ts';
import type { AlsoRight, Edit } from '#shared/mutant.ts';
import { type Chapter, provenChapters } from '../chapters.ts';
import { grade } from '../grader/grade.ts';
import { lanesOf } from '../grader/lanes.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import { describe } from './describe.ts';
import { variantsOf } from './variants.ts';

const IN_A_ROW = 3;
/** Gradings with so few test files wait for half of their time: two of chapter 03 take 68 s at once, and one 42 s alone. */
const FEW_LANES = 4;
const AT_ONCE = 2;

interface Grading {
  what: string;
  subject: string;
  parts: string;
}

export async function solutionsAreGreen(run: Run): Promise<string[]> {
  const ways = await waysToHaveKafka();
  const complaints = await forEachChapter(run, () =>
    ways.flatMap((parts, index) =>
      rounds(index).map((round) => ({ what: `the solution, ${parts}, run ${round}`, subject: 'solutions', parts })),
    ),
  );
  // Who builds without Docker may; a machine that proves the workbook for all may not.
  const unproven = process.env.CI && !ways.includes('docker') ? ['no Docker image here, so nothing ran in Docker'] : [];
  return [...unproven, ...complaints];
}

/**
 * Three with the first way, less those that WORKBOOK_ROUNDS_DONE says `npm test` has just run. The programs and their checks
 * are the same in the second way, so one will do there for the quick proof.
 */
function rounds(way: number): number[] {
  const all = Array.from({ length: IN_A_ROW }, (_, index) => index + 1);
  if (process.argv.includes('--soak')) return all;
  return way === 0 ? all.slice(Number(process.env.WORKBOOK_ROUNDS_DONE ?? 0)) : all.slice(0, 1);
}

export async function otherWaysAreGreen(run: Run): Promise<string[]> {
  const [parts = 'embedded'] = await waysToHaveKafka();
  return forEachChapter(run, async (chapter) => {
    const { alsoRight } = await variantsOf(chapter);
    const edited = together(alsoRight, chapter, run);
    const independent = { what: 'the independent implementation', subject: 'solutions/independent' };
    return [...edited, independent].map((grading) => ({ ...grading, parts }));
  });
}

/** As few subjects as there can be: edits that do not touch the same lines are graded in one. The soak takes each alone. */
function together(alsoRight: AlsoRight[], chapter: Chapter, run: Run): Omit<Grading, 'parts'>[] {
  const alone = process.argv.includes('--soak');
  const groups: { names: string[]; edits: Edit[]; subject: string }[] = [];
  for (const { name, edits } of alsoRight) {
    const last = alone ? undefined : groups.at(-1);
    const subject = last && subjectWith(chapter, [...last.edits, ...edits], run);
    if (last && subject)
      Object.assign(last, { names: [...last.names, name], edits: [...last.edits, ...edits], subject });
    else groups.push({ names: [name], edits, subject: mutatedSubject(chapter, edits, run) });
  }
  return groups.map(({ names, subject }) => ({ what: names.join(' + '), subject }));
}

/** Undefined when the edits get in each other's way. */
function subjectWith(chapter: Chapter, edits: Edit[], run: Run): string | undefined {
  try {
    return mutatedSubject(chapter, edits, run);
  } catch {
    return undefined;
  }
}

/** The ways that this machine has without downloading an image. */
async function waysToHaveKafka(): Promise<string[]> {
  const docker = process.env.CI !== undefined || (await isKafkaImagePresent(process.env));
  return [...((await hasJava()) ? ['embedded'] : []), ...(docker ? ['docker'] : [])];
}

async function forEachChapter(
  run: Run,
  gradingsOf: (chapter: Chapter) => Grading[] | Promise<Grading[]>,
): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of provenChapters()) {
    const judge = (grading: Grading) => judgeGreen(chapter, grading, run);
    const lanes = lanesOf(chapter).length;
    const concurrency = Math.max(lanes <= FEW_LANES ? AT_ONCE : 1, parallelJobs(lanes));
    complaints.push(...(await pMap(await gradingsOf(chapter), judge, { concurrency })).flat());
  }
  return complaints;
}

async function judgeGreen(chapter: Chapter, { what, subject, parts }: Grading, run: Run): Promise<string[]> {
  const first = await grade(subject, chapter, { run, parts });
  // What the machine kept from being graded says nothing of the subject.
  const { checks } = first.verdict === 'could not grade' ? await grade(subject, chapter, { run, parts }) : first;
  const red = checks.filter(({ verdict }) => verdict !== 'passed');
  return red.map((check) => `${chapter.folder}: ${what} should be green, but:\n${describe(check)}`);
}
