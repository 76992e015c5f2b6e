// A chapter's three versions of its programs have the same files, and what is shipped in labs is the starter.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, chapterFolder, listChapters } from '../chapters.ts';
import { isUntouched } from '../grader/subject.ts';
import { SOLUTION_ONLY } from '../learner/solution-diff.ts';
import { sourceFiles } from './source-files.ts';

/** Files that every chapter has, beside its starter. */
const CHAPTER_FILES = ['README.md', 'hints.md', 'scenario.ts'];

export async function parity(): Promise<string[]> {
  const complaints = await Promise.all(listChapters().map(chapterParity));
  return complaints.flat();
}

async function chapterParity(chapter: Chapter): Promise<string[]> {
  const { folder, name } = chapter;
  const starter = await filesBelow(`chapters/${folder}/starter`);
  const solution = (await filesBelow(`solutions/${folder}`)).filter((file) => !SOLUTION_ONLY.includes(file));
  const expected = [...CHAPTER_FILES, `${name}.test.ts`];
  const missing = expected.filter((file) => !fs.existsSync(chapterFolder(chapter, file)));
  return [
    ...missing.map((file) => `chapters/${folder}/${file} is missing`),
    ...difference(`chapters/${folder}/starter`, starter, `solutions/${folder}`, solution),
    ...difference(`chapters/${folder}/starter`, starter, `labs/${folder}`, await filesBelow(`labs/${folder}`)),
    ...chapter.programs
      .filter((program) => !solution.includes(`${program}.ts`))
      .map((program) => `solutions/${folder}/${program}.ts is missing, which the front matter lists`),
    ...(isUntouched(path.join(WORKBOOK, 'labs', folder), chapter)
      ? []
      : [`labs/${folder} is not what is shipped: cp chapters/${folder}/starter/* labs/${folder}/`]),
  ];
}

async function filesBelow(folder: string): Promise<string[]> {
  return (await sourceFiles(folder)).map((file) => path.relative(folder, file));
}

function difference(oneName: string, one: string[], otherName: string, other: string[]): string[] {
  return [
    ...one.filter((file) => !other.includes(file)).map((file) => `${file} is in ${oneName} and not in ${otherName}`),
    ...other.filter((file) => !one.includes(file)).map((file) => `${file} is in ${otherName} and not in ${oneName}`),
  ];
}
