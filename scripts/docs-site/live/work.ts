// A learner's work on a chapter, from the same modules as the verbs of the terminal.
import type { WorkState } from '#docs/site/client/lab/messages.ts';
import { renderPart } from '#docs/site/markdown.ts';
import { type Chapter, listChapters } from '../../chapters.ts';
import { hintsOf, readHint } from '../../learner/hints.ts';
import { progressOf } from '../../learner/progress.ts';
import { isAsShipped } from '../../learner/reset.ts';
import { type Next, nextOf } from '../../learner/tasks.ts';

export function workOn(chapter: Chapter): WorkState {
  const { folder } = chapter;
  const file = `chapters/${folder}/hints.md`;
  return {
    chapter: folder,
    progress: progressSentence(chapter),
    passed: progressOf(chapter).passedAt !== undefined,
    next: nextSentence(nextOf(chapter)),
    hints: hintsOf(chapter).map(({ task }) => {
      const { title, rungs, left } = readHint(chapter, task);
      const shown = rungs.map(({ name, text }) => ({ name, html: renderPart(file, text, `chapters/${folder}/`) }));
      return { task, title, rungs: shown, left };
    }),
  };
}

/** Every chapter with what has been achieved in it. */
export function workOnAll(): { folder: string; number: string; title: string; passed: boolean; progress: string }[] {
  return listChapters().map((chapter) => ({
    folder: chapter.folder,
    number: chapter.number,
    title: chapter.title,
    passed: progressOf(chapter).passedAt !== undefined,
    progress: progressSentence(chapter),
  }));
}

function progressSentence(chapter: Chapter): string {
  const { passedAt, last, best } = progressOf(chapter);
  if (!last || !best) return isAsShipped(chapter) ? 'not begun' : 'begun, not graded';
  const score = `${last.points} of ${last.maxPoints} points on ${last.at.slice(0, 10)}`;
  if (passedAt) return `passed on ${passedAt.slice(0, 10)}; last grading ${score}`;
  return `${score}; best ${best.points} of ${best.maxPoints}`;
}

function nextSentence(next: Next): string {
  switch (next.state) {
    case 'passed':
      return 'Nothing is left to do here.';
    case 'ungraded':
      return 'Every task has been worked on: grade it.';
    case 'task':
      return `Next: TODO ${next.task}. ${next.because}`;
    case 'check':
      return `${next.because} ${next.advice}`;
  }
}
