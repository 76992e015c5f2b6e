// Which programs are judged: a directory that contains the chapter's folder.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, chapterFolder } from '../chapters.ts';

/** The chapter's folder in a subject (`labs`, `solutions`, or any path). Throws a GuidedError when it is not there. */
export function subjectFolder(subject: string, chapter: Chapter): string {
  const folder = path.join(path.resolve(WORKBOOK, subject), chapter.folder);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new GuidedError(
    `${subject} has no folder ${chapter.folder}.`,
    `name a directory that contains ${chapter.folder}/, for example --subject solutions.`,
  );
}

/** Whether the folder is still what was shipped: every file of the starter is there and the same, line ends aside. */
export function isUntouched(folder: string, chapter: Chapter): boolean {
  const starter = chapterFolder(chapter, 'starter');
  if (!fs.existsSync(starter)) return false;
  return fs.readdirSync(starter, { recursive: true, encoding: 'utf8' }).every((file) => {
    const shipped = path.join(starter, file);
    return fs.statSync(shipped).isDirectory() || sameText(shipped, path.join(folder, file));
  });
}

function sameText(one: string, other: string): boolean {
  const text = (file: string) => fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trimEnd();
  return fs.statSync(other, { throwIfNoEntry: false })?.isFile() === true && text(one) === text(other);
}
