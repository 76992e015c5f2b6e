// A lab as it was shipped, with the old work kept.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, chapterFolder } from '../chapters.ts';
import { isUntouched } from '../grader/subject.ts';

/** Copies a chapter's lab into a new folder below `.workbook/saved`; returns that folder, relative to the workbook. */
export function saveLab(chapter: Chapter, now: Date): string {
  const saved = path.join(WORKBOOK, '.workbook', 'saved');
  fs.mkdirSync(saved, { recursive: true });
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const target = freeName(path.join(saved, `${chapter.folder}-${stamp}`));
  // Under its last name only when it is whole.
  fs.cpSync(labFolder(chapter), `${target}.part`, { recursive: true, verbatimSymlinks: true });
  fs.renameSync(`${target}.part`, target);
  return path.relative(WORKBOOK, target);
}

/**
 * Makes a lab what it was when it was shipped. Returns where the old work was saved, relative to the workbook; undefined when
 * there was none, because the lab was as shipped already.
 */
export function resetLab(chapter: Chapter, now: Date): string | undefined {
  const lab = labFolder(chapter);
  const saved = fs.existsSync(lab) && !isAsShipped(chapter) ? saveLab(chapter, now) : undefined;
  // The folder itself stays: an editor, a shell or `npm run watch` may be in it.
  const entries = fs.existsSync(lab) ? fs.readdirSync(lab) : [];
  for (const entry of entries) fs.rmSync(path.join(lab, entry), { recursive: true });
  fs.cpSync(chapterFolder(chapter, 'starter'), lab, { recursive: true });
  return saved;
}

/** Whether the lab has the files that were shipped and no others. */
export function isAsShipped(chapter: Chapter): boolean {
  const count = (folder: string) => fs.readdirSync(folder, { recursive: true }).length;
  const lab = labFolder(chapter);
  return isUntouched(lab, chapter) && count(lab) === count(chapterFolder(chapter, 'starter'));
}

export function labFolder({ folder }: Chapter): string {
  return path.join(WORKBOOK, 'labs', folder);
}

function freeName(wanted: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!fs.existsSync(name)) return name;
  }
}
