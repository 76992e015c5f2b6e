// Which hand-ins there are: each argument is one, or a folder of them.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { listChapters } from '../chapters.ts';

export interface HandIn {
  /** What it is called in reports: its folder or archive, without the ending. */
  name: string;
  /** The same, fit for the name of a file, and no other hand-in's. */
  slug: string;
  /** The folder or archive. */
  place: string;
}

const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)$/i;

/** Every hand-in that the arguments name. Throws a GuidedError when one does not exist or holds none. */
export function findHandIns(places: string[]): HandIn[] {
  const found = places.flatMap(handInsAt).map((place) => path.resolve(place));
  const slugs = new Set<string>();
  const all = [...new Set(found)];
  return all.map((place) => {
    const name = nameOf(place);
    // Of two groups, say: the folder above tells them apart.
    const isRepeated = all.filter((other) => nameOf(other) === name).length > 1;
    return {
      name: isRepeated ? `${nameOf(path.dirname(place))}/${name}` : name,
      slug: freeSlug(name, slugs),
      place,
    };
  });
}

/** Somebody else's text, which goes to terminals and pages. */
function nameOf(place: string): string {
  return path
    .basename(place)
    .replace(ARCHIVE, '')
    .replaceAll(/\p{Cc}/gu, '\uFFFD');
}

function handInsAt(place: string): string[] {
  const what = fs.statSync(place, { throwIfNoEntry: false });
  if (!what) throw new GuidedError(`${place} does not exist.`, 'npm run grade -- hand-ins/ --out report');
  if (!what.isDirectory()) return [place];
  if (holdsLabs(place)) return [place];
  const entries = fs.readdirSync(place, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  const hand = entries.filter((entry) => entry.isDirectory() || ARCHIVE.test(entry.name));
  if (hand.length > 0) return hand.map(({ name }) => path.join(place, name)).toSorted();
  throw new GuidedError(
    `${place} is neither a hand-in (it has no labs/) nor a folder of hand-ins.`,
    'name a checkout, a zip or tar file, or a folder of those.',
  );
}

/** A checkout of the workbook, or the content of its labs folder. */
function holdsLabs(folder: string): boolean {
  const chapters = listChapters().map((chapter) => chapter.folder);
  return fs.existsSync(path.join(folder, 'labs')) || chapters.some((name) => fs.existsSync(path.join(folder, name)));
}

/** As many whole characters as have so many bytes. */
function cut(text: string, bytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

/** In bytes; a name has at most 255, some of them for an ending and for what is being written. */
const LONGEST_SLUG = 150;

function freeSlug(name: string, taken: Set<string>): string {
  const fit = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '');
  const plain = cut(fit, LONGEST_SLUG) || 'hand-in';
  for (let number = 1; ; number++) {
    const slug = number === 1 ? plain : `${plain}-${number}`;
    if (taken.has(slug.toLowerCase())) continue;
    taken.add(slug.toLowerCase());
    return slug;
  }
}
