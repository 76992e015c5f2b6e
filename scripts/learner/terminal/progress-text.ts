// Progress over the chapters, as the terminal shows it.
import { styleText } from 'node:util';
import { type Chapter, listChapters } from '../../chapters.ts';
import { progressOf } from '../progress.ts';
import { isAsShipped } from '../reset.ts';

/** A line for each chapter: what has passed, when, and with how many points. */
export function progressText(): string {
  return listChapters().map(line).join('\n');
}

function line(chapter: Chapter): string {
  const { passedAt, best, last } = progressOf(chapter);
  const name = `${chapter.number}  ${chapter.title.padEnd(44)}`;
  if (passedAt && last?.verdict === 'passed')
    return `${styleText('green', '✓')} ${name}  passed on ${day(passedAt)}, ${points(last)}`;
  if (passedAt && last)
    return `${styleText('yellow', '!')} ${name}  passed on ${day(passedAt)}; on ${day(last.at)} ${points(last)}`;
  if (last && best) return `${styleText('red', '✗')} ${name}  ${points(last)} on ${day(last.at)}; best ${points(best)}`;
  return `${styleText('dim', '·')} ${name}  ${isAsShipped(chapter) ? 'not begun' : 'begun, not graded'}`;
}

function points({ points: earned, maxPoints }: { points: number; maxPoints: number }): string {
  return `${earned} of ${maxPoints} points`;
}

function day(at: string): string {
  return at.slice(0, 10);
}
