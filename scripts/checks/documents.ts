// The parts of documents that are made from the tree, and the links between documents.
import fs from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';
import { sourceFiles } from './source-files.ts';

const BEGIN = '<!-- chapters: made by npm run check -- --write -->';
const END = '<!-- end of chapters -->';
const LINK = /\[[^\]]*\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g;

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
    const links = [...proseOf(file).matchAll(LINK)].filter(([, target = '']) => !/^[a-z]+:/.test(target));
    return links.flatMap(([, target = '', anchor]) => complaintAbout(file, target, anchor));
  });
}

function complaintAbout(file: string, target: string, anchor: string | undefined): string[] {
  const document = target === '' ? file : path.join(path.dirname(file), target);
  if (!fs.existsSync(path.join(WORKBOOK, document))) return [`${file} links to ${target}, which does not exist`];
  if (anchor === undefined || !document.endsWith('.md') || anchorsOf(document).includes(anchor)) return [];
  return [`${file} links to ${target}#${anchor}, and no heading there has that name`];
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: string): string[] {
  const slugger = new GithubSlugger();
  const headings = [...proseOf(file).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) => slugger.slug(heading));
}

/** A document without its fences. */
function proseOf(file: string): string {
  return fs.readFileSync(path.join(WORKBOOK, file), 'utf8').replaceAll(/^```.*?^```/gms, '');
}
