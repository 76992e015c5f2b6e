// Hints as the terminal shows them.
import { styleText } from 'node:util';
import type { Chapter } from '../../chapters.ts';
import { climb, hintsOf, type ReadHint } from '../hints.ts';
import { nextOf } from '../tasks.ts';

/** One rung more of the hint for what is next, or the list of hints where nothing is. */
export function nextHint(chapter: Chapter): string {
  const next = nextOf(chapter);
  const { number } = chapter;
  switch (next.state) {
    case 'task':
      return `${styleText('dim', next.because)}\n\n${hintText(chapter, climb(chapter, next.task))}`;
    case 'check':
      return `${next.because}\nWhere to look: ${next.advice}\n\n${taskList(chapter)}`;
    case 'passed':
      return `Your programs of chapter ${number} passed on ${next.at.slice(0, 10)}.\n\n${taskList(chapter)}`;
    case 'ungraded':
      return `Every task has been worked on, and nothing is graded yet: npm test ${number}\n\n${taskList(chapter)}`;
  }
}

function taskList(chapter: Chapter): string {
  const tasks = hintsOf(chapter).map(({ task, title }) => `  TODO ${task}: ${title}`);
  return [...tasks, `A hint for one of them: npm run hint ${chapter.number} 1`].join('\n');
}

/** A hint as far as it has been read, and how to read on. */
export function hintText({ number }: Chapter, { task, title, rungs, left }: ReadHint): string {
  const texts = rungs.map(({ name, text }) => `${styleText('bold', name)}\n${text.replaceAll(/^(?=.)/gm, '  ')}`);
  const more = left > 0 ? `One rung more: npm run hint ${number} ${task}` : 'That was the last rung of this hint.';
  return [styleText('bold', `TODO ${task}: ${title}`), ...texts, styleText('dim', more)].join('\n\n');
}
