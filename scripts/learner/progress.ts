// What a learner has achieved and which hints they have read: one small file that git ignores, so that neither `git pull`
// nor `npm run update` touches it. Terminal and docs site read and write it through this module.
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';
import type { Report } from '../grader/verdict.ts';
import { taskOf } from './task-of-check.ts';

const when = z.iso.datetime();
const score = { at: when, points: z.number(), maxPoints: z.number() };

const chapterProgress = z.object({
  /** The last grading that said something about the programs. */
  last: z
    .object({
      ...score,
      verdict: z.enum(['passed', 'failed']),
      /** The first check that failed, with the number of the task that it names. */
      failure: z.object({ title: z.string(), next: z.string(), task: z.int().optional() }).optional(),
    })
    .optional(),
  /** The grading with the most points. */
  best: z.object(score).optional(),
  /** The first time that it passed. */
  passedAt: when.optional(),
  /** How many rungs of each task's hint have been read, by the task's number. */
  hints: z.record(z.string(), z.int()).default({}),
});

/** Under the chapter's name, which stays when its number changes. */
const progress = z.object({ chapters: z.record(z.string(), chapterProgress) });

export type ChapterProgress = z.infer<typeof chapterProgress>;

export function progressFile(): string {
  return path.join(WORKBOOK, '.workbook', 'progress.json');
}

/** What is known of a chapter; empty when nothing is. Throws a GuidedError when the file cannot be understood. */
export function progressOf({ name }: Chapter): ChapterProgress {
  return read().chapters[name] ?? { hints: {} };
}

/** Remembers a grading of the learner's own programs. What could not be graded, or was not attempted, is not remembered. */
export function recordGrading(chapter: Chapter, report: Report, now: Date): void {
  const { verdict, points, maxPoints } = report;
  if (verdict !== 'passed' && verdict !== 'failed') return;
  const scored = { at: now.toISOString(), points, maxPoints };
  const failed = report.checks.find((check) => check.verdict === 'failed');
  const failure = failed && { title: failed.title, next: failed.next, task: taskOf(failed) };
  change(chapter, (before) => ({
    ...before,
    last: { ...scored, verdict, failure },
    best: before.best && before.best.points >= points ? before.best : scored,
    passedAt: before.passedAt ?? (verdict === 'passed' ? scored.at : undefined),
  }));
}

/** Remembers how many rungs of a task's hint have been read. */
export function recordHint(chapter: Chapter, task: number, rungs: number): void {
  change(chapter, (before) => ({ ...before, hints: { ...before.hints, [task]: rungs } }));
}

function change(chapter: Chapter, edit: (before: ChapterProgress) => ChapterProgress): void {
  const all = read();
  const chapters = { ...all.chapters, [chapter.name]: edit(progressOf(chapter)) };
  fs.mkdirSync(path.dirname(progressFile()), { recursive: true });
  writeAtomically(progressFile(), `${JSON.stringify({ chapters }, null, 2)}\n`);
}

function read(): z.infer<typeof progress> {
  const file = progressFile();
  if (!fs.existsSync(file)) return { chapters: {} };
  const { data } = progress.safeParse(parseJson(fs.readFileSync(file, 'utf8')));
  if (data) return data;
  throw new GuidedError(
    `${path.relative(WORKBOOK, file)} is not what the workbook has written, so your progress cannot be read.`,
    `mv ${path.relative(process.cwd(), file)} progress.old.json, which begins a new one; your labs are not touched.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
