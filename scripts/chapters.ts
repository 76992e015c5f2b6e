// The chapters as they are on disk: the number and name in the folder, the facts in the README's front matter.
import fs from 'node:fs';
import path from 'node:path';
import { distance } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { z } from 'zod';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';

const facts = z.strictObject({
  title: z.string().min(1),
  /** How long a learner needs, about. */
  minutes: z.int().min(1),
  /** The real parts that its grader starts. */
  needs: z.enum(['kafka', 'kafka x3']),
  /** The programs that are judged, by their file names without `.ts`. */
  programs: z.array(z.string().min(1)).min(1),
  /** Those of the programs that do one thing and end; the others are services. */
  commands: z.array(z.string().min(1)).default([]),
  /** Whether the topics of the course are there before a program starts. */
  topics: z.enum(['made', 'none']).default('made'),
  /** Still being worked on: the proofs of `npm test` and `npm run check` leave it out. */
  draft: z.boolean().default(false),
});

export interface Chapter extends z.infer<typeof facts> {
  /** `03-producer` */
  folder: string;
  /** `03` */
  number: string;
  /** `producer` */
  name: string;
}

const FOLDER = /^(\d\d)-([a-z0-9-]+)$/;

export function chapterFolder(chapter: Chapter, ...below: string[]): string {
  return path.join(WORKBOOK, 'chapters', chapter.folder, ...below);
}

/** Every chapter, in the order of their numbers. */
export function listChapters(): Chapter[] {
  return fs
    .readdirSync(path.join(WORKBOOK, 'chapters'))
    .filter((folder) => FOLDER.test(folder))
    .sort()
    .map(readChapter);
}

/** The chapters that are proven: a draft can be read, run and graded, and nobody vouches for its grader yet. */
export function provenChapters(): Chapter[] {
  return listChapters().filter(({ draft }) => !draft);
}

/** Finds the chapter that `03`, `3`, `producer` or `03-producer` names. Throws a GuidedError that lists the right names. */
export function findChapter(given: string | undefined): Chapter {
  const chapters = listChapters();
  const wanted = (given ?? '').toLowerCase().replace(/\/+$/, '');
  const found = chapters.find((chapter) => namesOf(chapter).includes(wanted));
  if (found) return found;
  const list = chapters.map(({ folder, title }) => `  ${folder}  ${title}`).join('\n');
  const sentence = given === undefined ? 'Which chapter?' : `There is no chapter "${given}".`;
  throw new GuidedError(
    `${sentence} There are:\n${list}`,
    `use a chapter's number or name.${suggestion(wanted, chapters)}`,
  );
}

function namesOf({ number, name, folder }: Chapter): string[] {
  return [number, String(Number(number)), name, folder];
}

function suggestion(wanted: string, chapters: Chapter[]): string {
  const close = chapters.find(({ name }) => wanted !== '' && distance(wanted, name) <= 2);
  return close ? ` Did you mean ${close.name}?` : '';
}

function readChapter(folder: string): Chapter {
  const [, number = '', name = ''] = FOLDER.exec(folder) ?? [];
  const readme = path.join(WORKBOOK, 'chapters', folder, 'README.md');
  const [, frontMatter] = /^---\n(.*?)\n---\n/s.exec(fs.readFileSync(readme, 'utf8')) ?? [];
  const { data, error } = facts.safeParse(parse(frontMatter ?? ''));
  if (!data) throw new Error(`${readme}: its front matter is wrong: ${z.prettifyError(error)}`);
  return { ...data, folder, number, name };
}
