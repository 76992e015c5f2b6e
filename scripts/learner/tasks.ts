// The numbered tasks of a chapter: which there are, which are still open, and which one is next.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, chapterFolder } from '../chapters.ts';
import { isUntouched } from '../grader/subject.ts';
import { progressOf } from './progress.ts';

/** `because` is a sentence for the learner. */
export type Next =
  /** Nothing is left to do. */
  | { state: 'passed'; at: string }
  | { state: 'task'; task: number; because: string }
  /** A check fails that no task of the chapter is about; `advice` says where to look. */
  | { state: 'check'; because: string; advice: string }
  /** Every task has been worked on, and nothing was graded yet. */
  | { state: 'ungraded' };

/** What a learner has to do next, as the last grading has shown it, or else as the lab's files show it. */
export function nextOf(chapter: Chapter): Next {
  const lab = path.join(WORKBOOK, 'labs', chapter.folder);
  const { last } = progressOf(chapter);
  const [first] = openTasks(fs.existsSync(lab) ? lab : chapterFolder(chapter, 'starter'));
  if (first !== undefined && (!last || isUntouched(lab, chapter)))
    return { state: 'task', task: first, because: 'It is the first that is still open in your lab.' };
  if (!last) return { state: 'ungraded' };
  if (!last.failure) return { state: 'passed', at: last.at };
  const { title, task, next } = last.failure;
  const because = `The first failed check of your last grading: ${title}.`;
  return task === undefined ? { state: 'check', because, advice: next } : { state: 'task', task, because };
}

/** The numbers of the tasks in a folder at which a program would still stop, in order. */
function openTasks(folder: string): number[] {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const texts = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/notDoneYet\(\s*['"`]TODO (\d+)/g)]);
  return [...new Set(found.map(([, number]) => Number(number)))].sort((a, b) => a - b);
}
