// npm test: everything must be right. npm test 03: grade my programs of chapter 03.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Run } from '#infra/machine/run.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { findChapter } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { toJson, toJunit } from './grader/files.ts';
import { gradeAtTerminal } from './grader/grade-at-terminal.ts';
import { EXIT_CODES, type Verdict } from './grader/verdict.ts';
import { progressOf, recordGrading } from './learner/progress.ts';
import { verb } from './terminal.ts';
import { testEverything } from './test-everything.ts';

/** What a learner may want after a verdict. */
const THEN: Partial<Record<Verdict, string>> = {
  failed: 'A hint, rung by rung: npm run hint',
  passed: 'The solution beside yours: npm run diff',
};

const FILE = { type: 'string' } as const;
const OPTIONS = { subject: FILE, json: FILE, junit: FILE };

await verb(async (run) => {
  const { values, words } = readCommandLine('npm test 03 -- --subject DIR --json FILE --junit FILE', 1, OPTIONS);
  const [name] = words;
  return name === undefined ? testEverything(run) : testChapter(run, name, values);
});

interface Options {
  subject?: string;
  json?: string;
  junit?: string;
}

async function testChapter(run: Run, name: string, { subject = 'labs', json, junit }: Options): Promise<number> {
  const chapter = findChapter(name);
  for (const file of [json, junit]) demandFolderOf(file);
  const mine = isLabs(subject);
  if (mine) progressOf(chapter); // a file that cannot be read is told now, and not after the grading
  const report = await gradeAtTerminal(subject, chapter, { run });
  if (mine) {
    recordGrading(chapter, report, new Date());
    const then = THEN[report.verdict];
    if (then) console.log(`${then} ${chapter.number}`);
  }
  if (json) writeAtomically(json, toJson(report));
  if (junit) writeAtomically(junit, toJunit(report));
  return EXIT_CODES[report.verdict];
}

/** Whether the subject is the learner's own work, whose progress is kept. */
function isLabs(subject: string): boolean {
  return path.resolve(WORKBOOK, subject) === path.join(WORKBOOK, 'labs');
}

/** Before anything is graded for minutes, in order to be lost. */
function demandFolderOf(file: string | undefined): void {
  if (file === undefined || fs.existsSync(path.dirname(file))) return;
  throw new GuidedError(
    `${path.dirname(file)} does not exist, so ${file} could not be written.`,
    `mkdir -p ${path.dirname(file)}`,
  );
}
