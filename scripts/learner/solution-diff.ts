// A learner's programs beside the solution, once they may be seen.
import fs from 'node:fs';
import path from 'node:path';
import { type StructuredPatch, structuredPatch } from 'diff';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Chapter } from '../chapters.ts';
import { subjectFolder } from '../grader/subject.ts';
import { progressOf } from './progress.ts';

/** Files of a solution that a learner has no counterpart of. */
export const SOLUTION_ONLY = ['mutants.ts', 'mutants.red.md'];

/** How a file of the solution differs from the learner's: `-` is the learner's, `+` the solution's. */
export interface FileDiff {
  /** Relative to the chapter's folder. */
  file: string;
  /** Who has the file. */
  in: 'both' | 'lab' | 'solution';
  hunks: StructuredPatch['hunks'];
}

/** Whether the learner has passed the chapter, so that its solution is no spoiler any more. */
export function maySeeSolution(chapter: Chapter): boolean {
  return progressOf(chapter).passedAt !== undefined;
}

/**
 * The files in which the learner's programs and the solution differ; none where they are the same, line ends aside. Throws a
 * GuidedError when the chapter has not been passed, unless the learner insists.
 */
export function diffToSolution(chapter: Chapter, { insist }: { insist: boolean }): FileDiff[] {
  if (!insist && !maySeeSolution(chapter)) {
    throw new GuidedError(
      `The solution of chapter ${chapter.number} is shown once your programs have passed.`,
      `npm test ${chapter.number}, or, to see it all the same, npm run diff ${chapter.number} -- --show`,
    );
  }
  const [lab, solution] = [subjectFolder('labs', chapter), subjectFolder('solutions', chapter)];
  const [mine, theirs] = [filesBelow(lab), filesBelow(solution).filter((file) => !SOLUTION_ONLY.includes(file))];
  return [...new Set([...theirs, ...mine])].toSorted().flatMap((file) => {
    const where = !theirs.includes(file) ? 'lab' : mine.includes(file) ? 'both' : 'solution';
    const texts = [lab, solution].map((folder) => textOf(path.join(folder, file)));
    const { hunks } = structuredPatch(file, file, texts[0] ?? '', texts[1] ?? '');
    return hunks.length > 0 ? [{ file, in: where, hunks } satisfies FileDiff] : [];
  });
}

function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)));
}

function textOf(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
}
