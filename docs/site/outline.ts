// What there is to read, in reading order: the workbook's front page, its chapters, its documents, its decisions.
import fs from 'node:fs';
import path from 'node:path';
import { addressOf } from './addresses.ts';

/** What the site needs to know of a chapter. */
export interface ChapterFacts {
  /** `03-producer` */
  folder: string;
  /** `03` */
  number: string;
  title: string;
  minutes: number;
  needs: string;
  draft: boolean;
}

export interface Entry {
  file: string;
  address: string;
  title: string;
  /** A chapter's facts, when it is one. */
  chapter?: ChapterFacts;
}

export interface Outline {
  front: Entry;
  chapters: Entry[];
  documents: Entry[];
  decisions: Entry[];
}

/** The outline of the workbook in a folder. */
export function readOutline(root: string, chapters: ChapterFacts[]): Outline {
  const entry = (file: string): Entry => ({ file, address: addressOf(file), title: firstHeading(root, file) });
  return {
    front: entry('README.md'),
    chapters: chapters.map((chapter) => ({
      ...entry(`chapters/${chapter.folder}/README.md`),
      title: chapter.title,
      chapter,
    })),
    documents: markdownIn(root, 'docs').map(entry),
    decisions: markdownIn(root, 'docs/decisions').map(entry),
  };
}

/** The page before and the page after one, among those of its kind. */
export function neighbours(outline: Outline, address: string): { previous?: Entry; next?: Entry } {
  for (const list of [outline.chapters, outline.documents, outline.decisions]) {
    const at = list.findIndex((entry) => entry.address === address);
    if (at !== -1) return { previous: list[at - 1], next: list[at + 1] };
  }
  return {};
}

function markdownIn(root: string, folder: string): string[] {
  const names = fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.md'));
  return names.sort((a, b) => a.localeCompare(b, 'en')).map((name) => `${folder}/${name}`);
}

function firstHeading(root: string, file: string): string {
  const [, heading] = /^# (.+)$/m.exec(fs.readFileSync(path.join(root, file), 'utf8')) ?? [];
  return (heading ?? file).replaceAll('`', '');
}
