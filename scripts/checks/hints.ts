// Every numbered task of a starter has its section in hints.md, with three rungs: direction, place, shape.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { hintsOf, RUNGS } from '../learner/hints.ts';
import { sourceFiles } from './source-files.ts';

export async function hints(): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of listChapters()) {
    const hints = hintsOf(chapter);
    for (const task of await tasksOf(`chapters/${chapter.folder}/starter`)) {
      const rungs = hints.find((hint) => `TODO ${hint.task}` === task)?.rungs ?? [];
      const missing = RUNGS.filter((name) => !rungs.some((rung) => rung.name === name && rung.text !== ''));
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
