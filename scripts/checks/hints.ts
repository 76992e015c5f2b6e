// Every numbered task of a starter has its section in hints.md, with three rungs: direction, place, shape.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { chapterFolder, listChapters } from '../chapters.ts';
import { sourceFiles } from './source-files.ts';

const RUNGS = ['Direction', 'Place', 'Shape'];

export async function hints(): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of listChapters()) {
    const sections = sectionsOf(fs.readFileSync(chapterFolder(chapter, 'hints.md'), 'utf8'));
    for (const task of await tasksOf(`chapters/${chapter.folder}/starter`)) {
      const section = sections.get(task);
      const missing = RUNGS.filter((rung) => !section?.includes(`### ${rung}\n`));
      if (missing.length > 0)
        complaints.push(`chapters/${chapter.folder}/hints.md: ${task} has no ${missing.join(', ')}`);
    }
  }
  return complaints;
}

async function tasksOf(starter: string): Promise<Set<string>> {
  const texts = (await sourceFiles(starter)).map((file) => fs.readFileSync(path.join(WORKBOOK, file), 'utf8'));
  return new Set(texts.flatMap((text) => text.match(/TODO \d+/g) ?? []));
}

function sectionsOf(text: string): Map<string, string> {
  const [, ...sections] = text.split(/^## (?=TODO \d+)/m);
  return new Map(sections.map((section) => [/^TODO \d+/.exec(section)?.[0] ?? '', section]));
}
