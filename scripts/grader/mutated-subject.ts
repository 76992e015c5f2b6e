// A subject made of a solution and named edits of it.
import fs from 'node:fs';
import path from 'node:path';
import type { Run } from '#infra/machine/run.ts';
import type { Edit } from '#shared/mutant.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';

/** Copies the chapter's solution into a new directory, applies the edits, and returns the directory. */
export function mutatedSubject(chapter: Chapter, edits: Edit[], run: Run): string {
  const subject = run.makeFolder('mutant');
  const folder = path.join(subject, chapter.folder);
  fs.cpSync(path.join(WORKBOOK, 'solutions', chapter.folder), folder, { recursive: true });
  for (const edit of edits) applyEdit(folder, edit);
  return subject;
}

function applyEdit(folder: string, { file, from, to }: Edit): void {
  const target = path.join(folder, file);
  const pieces = fs.readFileSync(target, 'utf8').split(from);
  if (pieces.length !== 2) {
    throw new Error(`${file} holds ${pieces.length - 1} times, not once, what an edit is to change:\n${from}`);
  }
  fs.writeFileSync(target, pieces.join(to));
}
