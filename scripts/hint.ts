// npm run hint 05: the next rung of the hint for the first failing task.
import { styleText } from 'node:util';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Chapter, findChapter } from './chapters.ts';
import { climb, hintsOf, type ReadHint } from './learner/hints.ts';
import { nextOf } from './learner/tasks.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [name, task, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new GuidedError('npm run hint takes a chapter and a task.', 'npm run hint 05 2');
  const chapter = findChapter(name);
  console.log(task === undefined ? nextHint(chapter) : hintText(chapter, climb(chapter, taskNumber(task))));
  return 0;
});

function taskNumber(text: string): number {
  const [, number] = /^(?:TODO *)?(\d+)$/i.exec(text) ?? [];
  if (number !== undefined) return Number(number);
  throw new GuidedError(`"${text}" is not the number of a task.`, 'npm run hint 05 2, for TODO 2.');
}

function nextHint(chapter: Chapter): string {
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

function hintText({ number }: Chapter, { task, title, rungs, left }: ReadHint): string {
  const texts = rungs.map(({ name, text }) => `${styleText('bold', name)}\n${text.replaceAll(/^(?=.)/gm, '  ')}`);
  const more = left > 0 ? `One rung more: npm run hint ${number} ${task}` : 'That was the last rung of this hint.';
  return [styleText('bold', `TODO ${task}: ${title}`), ...texts, styleText('dim', more)].join('\n\n');
}
