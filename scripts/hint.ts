// npm run hint 05: the next rung of the hint for the first failing task.
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { climb } from './learner/hints.ts';
import { hintText, nextHint } from './learner/terminal/hint-text.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  const [name, task] = readCommandLine('npm run hint 05 2', 2).words;
  const chapter = findChapter(name);
  console.log(task === undefined ? nextHint(chapter) : hintText(chapter, climb(chapter, taskNumber(task))));
  return 0;
});

function taskNumber(text: string): number {
  const [, number] = /^(?:TODO *)?(\d+)$/i.exec(text) ?? [];
  if (number !== undefined) return Number(number);
  throw new GuidedError(`"${text}" is not the number of a task.`, 'npm run hint 05 2, for TODO 2.');
}
