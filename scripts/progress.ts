// npm run progress: what has passed, when, and with how many points.
import path from 'node:path';
import { styleText } from 'node:util';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, listChapters } from './chapters.ts';
import { progressFile, progressOf } from './learner/progress.ts';
import { isAsShipped } from './learner/reset.ts';
import { verb } from './terminal.ts';

await verb(async () => {
  for (const chapter of listChapters()) console.log(line(chapter));
  console.log(styleText('dim', `\nkept in ${path.relative(WORKBOOK, progressFile())}, which git ignores`));
  return 0;
});

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
