// The hints of a chapter, by task and rung, and how far a learner has climbed.
import fs from 'node:fs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Chapter, chapterFolder } from '../chapters.ts';
import { progressOf, recordHint } from './progress.ts';

/** The rungs of every hint, in the order in which they are read. */
export const RUNGS = ['Direction', 'Place', 'Shape'] as const;

export interface Rung {
  name: (typeof RUNGS)[number];
  /** Markdown. */
  text: string;
}

export interface Hint {
  /** The number of the TODO. */
  task: number;
  /** What is to be done, in a few words. */
  title: string;
  rungs: Rung[];
}

/** A hint as far as it has been read. */
export interface ReadHint extends Hint {
  /** How many rungs are still to come. */
  left: number;
}

/** All hints of a chapter, in the order of its tasks. */
export function hintsOf(chapter: Chapter): Hint[] {
  const text = fs.readFileSync(chapterFolder(chapter, 'hints.md'), 'utf8').replaceAll('\r\n', '\n');
  const [, ...sections] = text.split(/^## (?=TODO \d+)/m);
  return sections.map(hintOf);
}

function hintOf(section: string): Hint {
  const [heading = '', ...rungs] = section.split(/^### /m);
  const [, task = '', title = ''] = /^TODO (\d+):? *(.*)/.exec(heading) ?? [];
  const texts = new Map(
    rungs.map((rung) => [rung.slice(0, rung.indexOf('\n')), rung.slice(rung.indexOf('\n')).trim()]),
  );
  const there = RUNGS.filter((name) => texts.has(name));
  return {
    task: Number(task),
    title: title.trim(),
    rungs: there.map((name) => ({ name, text: texts.get(name) ?? '' })),
  };
}

/** The rungs that a learner has read. Throws a GuidedError when the chapter has no such task. */
export function readHint(chapter: Chapter, task: number): ReadHint {
  const hint = hintFor(chapter, task);
  return upTo(hint, progressOf(chapter).hints[task] ?? 0);
}

/** Reads one rung more, and remembers it. Throws a GuidedError when the chapter has no such task. */
export function climb(chapter: Chapter, task: number): ReadHint {
  const hint = hintFor(chapter, task);
  const read = Math.min((progressOf(chapter).hints[task] ?? 0) + 1, hint.rungs.length);
  recordHint(chapter, task, read);
  return upTo(hint, read);
}

function upTo(hint: Hint, read: number): ReadHint {
  return { ...hint, rungs: hint.rungs.slice(0, read), left: Math.max(0, hint.rungs.length - read) };
}

function hintFor(chapter: Chapter, task: number): Hint {
  const hints = hintsOf(chapter);
  const hint = hints.find((each) => each.task === task);
  if (hint) return hint;
  const list = hints.map((each) => `  TODO ${each.task}: ${each.title}`).join('\n');
  throw new GuidedError(
    `Chapter ${chapter.number} has no TODO ${task}. It has:\n${list}`,
    `npm run hint ${chapter.number} ${hints[0]?.task ?? 1}`,
  );
}
