// Which files of the workbook the site shows as they are: those of the course, by name. What is not on this list, what is
// hidden, and what a link leads out to, does not exist for the site.
import fs from 'node:fs';
import path from 'node:path';

const FOLDERS = ['chapters', 'labs', 'solutions', 'shared', 'infra', 'scripts', 'docs', '.github'];
const FILES = ['LICENSE', 'package.json', 'vitest.config.ts', 'biome.json'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** A learner's file may be anything. */
const SIZE_LIMIT_BYTES = 400_000;

export type Viewable = { kind: 'file'; text: string } | { kind: 'folder'; names: string[] };

/** What stands at a path of the workbook; undefined for what is not shown. */
export function view(root: string, file: string): Viewable | undefined {
  if (!isShown(file)) return undefined;
  const place = path.join(root, file);
  const stats = fs.lstatSync(place, { throwIfNoEntry: false });
  if (!stats || fs.realpathSync(place) !== path.join(fs.realpathSync(root), file)) return undefined;
  if (stats.isDirectory()) {
    const names = fs.readdirSync(place, { withFileTypes: true }).filter(({ name }) => isShown(`${file}/${name}`));
    return {
      kind: 'folder',
      names: names.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(),
    };
  }
  if (!stats.isFile() || stats.size > SIZE_LIMIT_BYTES) return undefined;
  return { kind: 'file', text: fs.readFileSync(place, 'utf8') };
}

/** Whether the site shows what stands at a path, if anything does. */
export function isShown(file: string): boolean {
  const [top = '', ...below] = file.split('/');
  return FILES.includes(file) || (FOLDERS.includes(top) && below.every((name) => NAME.test(name)));
}
