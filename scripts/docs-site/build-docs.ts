// `npm run docs:build`: the site as files in a folder.
import fs from 'node:fs';
import path from 'node:path';
import { Site } from '#docs/site/site.ts';
import { writeSite } from '#docs/site/static-site.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { listChapters } from '../chapters.ts';

const DEFAULT_FOLDER = '.workbook/site';
/** By this file a folder is known to be ours to empty. */
const MARK = path.join('assets', 'site.css');

/** Writes the site into a folder, which is new, empty, or an earlier build. Returns the exit code. */
export async function buildDocs(given: string | undefined): Promise<number> {
  const folder = path.resolve(given ?? path.join(WORKBOOK, DEFAULT_FOLDER));
  makeRoom(folder);
  const pages = await writeSite(new Site({ root: WORKBOOK, chapters: listChapters(), live: false }), folder);
  console.log(`${pages} pages are in ${path.relative(process.cwd(), folder) || '.'}; any web host can serve them.`);
  return 0;
}

function makeRoom(folder: string): void {
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (!stats) return;
  const usable = stats.isDirectory() && (fs.readdirSync(folder).length === 0 || fs.existsSync(path.join(folder, MARK)));
  if (!usable) {
    throw new GuidedError(
      `${folder} is there already, and is not an earlier build of this site.`,
      'npm run docs:build NEW-FOLDER',
    );
  }
  fs.rmSync(folder, { recursive: true });
}
