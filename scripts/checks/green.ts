// What is right stays green: every solution three times in a row in each way of having Kafka, edits of it that a sound
// engineer might make, and a whole implementation that was written from the contract alone.
import pMap from 'p-map';
import { isKafkaImagePresent } from '#infra/kafka/docker-image-present.ts';
import { hasJava } from '#infra/kafka/java.ts';
import type { Run } from '#infra/machine/run.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { grade } from '../grader/grade.ts';
import { lanesOf } from '../grader/lanes.ts';
import { mutatedSubject } from '../grader/mutated-subject.ts';
import { parallelJobs } from '../grader/parallel-jobs.ts';
import { describe } from './describe.ts';
import { variantsOf } from './variants.ts';

const IN_A_ROW = 3;

interface Grading {
  what: string;
  subject: string;
  parts: string;
}

export async function solutionsAreGreen(run: Run): Promise<string[]> {
  const ways = await waysToHaveKafka();
  const row = Array.from({ length: IN_A_ROW }, (_, index) => index + 1);
  const complaints = await forEachChapter(run, () =>
    ways.flatMap((parts) =>
      row.map((round) => ({ what: `the solution, ${parts}, run ${round}`, subject: 'solutions', parts })),
    ),
  );
  // Who builds without Docker may; a machine that proves the workbook for all may not.
  const unproven = process.env.CI && !ways.includes('docker') ? ['no Docker image here, so nothing ran in Docker'] : [];
  return [...unproven, ...complaints];
}

export async function otherWaysAreGreen(run: Run): Promise<string[]> {
  const [parts = 'embedded'] = await waysToHaveKafka();
  return forEachChapter(run, async (chapter) => {
    const { alsoRight } = await variantsOf(chapter);
    const edited = alsoRight.map(({ name, edits }) => ({ what: name, subject: mutatedSubject(chapter, edits, run) }));
    const independent = { what: 'the independent implementation', subject: 'solutions/independent' };
    return [...edited, independent].map((grading) => ({ ...grading, parts }));
  });
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
  for (const chapter of listChapters()) {
    const judge = (grading: Grading) => judgeGreen(chapter, grading, run);
    const concurrency = parallelJobs(lanesOf(chapter).length);
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
