// The parts of documents that are made from the tree, and the links between documents.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { sourceFiles } from './source-files.ts';

const BEGIN = '<!-- chapters: made by npm run check -- --write -->';
const END = '<!-- end of chapters -->';
const LINK = /\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g;

export async function documentsUpToDate(): Promise<string[]> {
  return [...chapterTable(process.argv.includes('--write')), ...(await brokenLinks())];
}

/** The table of chapters in the README. With `write` it is brought up to date. */
function chapterTable(write: boolean): string[] {
  const file = path.join(WORKBOOK, 'README.md');
  const text = fs.readFileSync(file, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) return ['README.md has no place for the table of chapters'];
  const table = [
    '| chapter | about | minutes | lab | solution |',
    '|---|---|---|---|---|',
    ...listChapters().map(
      ({ folder, number, title, minutes, draft }) =>
        `| [${number}](chapters/${folder}/README.md) | ${title}${draft ? ' (draft)' : ''} | ${minutes} | [labs](labs/${folder}) | [solutions](solutions/${folder}) |`,
    ),
  ].join('\n');
  const expected = `${before}${BEGIN}\n${table}\n${END}${after}`;
  if (text === expected) return [];
  if (write) fs.writeFileSync(file, expected);
  return write ? [] : ['the chapter table in README.md is not up to date: npm run check -- --write'];
}

async function brokenLinks(): Promise<string[]> {
  const files = await sourceFiles('*.md');
  return files.flatMap((file) => {
    const text = fs.readFileSync(path.join(WORKBOOK, file), 'utf8').replaceAll(/^```.*?^```/gms, '');
    const targets = [...text.matchAll(LINK)].map(([, target = '']) => target);
    const broken = targets.filter((target) => !/^[a-z]+:/.test(target) && !exists(file, target));
    return broken.map((target) => `${file} links to ${target}, which does not exist`);
  });
}

function exists(file: string, target: string): boolean {
  return fs.existsSync(path.join(WORKBOOK, path.dirname(file), target));
}
