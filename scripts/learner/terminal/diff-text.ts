// The difference between a learner's programs and the solution, as the terminal shows it.
import { styleText } from 'node:util';
import type { Chapter } from '../../chapters.ts';
import { diffToSolution, type FileDiff } from '../solution-diff.ts';

const WHERE = { both: '', lab: ', which the solution does not have', solution: ', which you do not have' };
const COLORS = { '-': 'red', '+': 'green' } as const;

/** Throws a GuidedError when the solution may not be seen yet. */
export function diffText(chapter: Chapter, options: { insist: boolean }): string {
  const differences = diffToSolution(chapter, options);
  if (differences.length === 0) return `Your programs of chapter ${chapter.number} are the solution, letter by letter.`;
  return differences.map((each) => text(each, chapter.folder)).join('\n\n');
}

function text({ file, in: where, hunks }: FileDiff, folder: string): string {
  const heading = styleText('bold', `${folder}/${file}${WHERE[where]}   (- yours, + the solution's)`);
  return [heading, ...hunks.flatMap(({ newStart, lines }) => [at(newStart), ...lines.map(colored)])].join('\n');
}

function at(line: number): string {
  return styleText('cyan', `at line ${line}`);
}

function colored(line: string): string {
  const color = COLORS[line.charAt(0) as keyof typeof COLORS];
  return color ? styleText(color, line) : line;
}
