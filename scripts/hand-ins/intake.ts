// What is taken of a hand-in: the labs of known chapters, within limits, into a folder of ours. Everything else is only compared with
// the workbook that grades.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { type Entry, entriesOf, TooLarge } from './sources.ts';

/** Of a chapter; the largest solution of the course has twelve files of 10 kB. */
const MOST_FILES = 200;
const MOST_BYTES = 5_000_000;
/** Of one file. */
const LARGEST_FILE = 1_000_000;
/** Longer lists help nobody. */
const MOST_NAMED = 200;
const NOT_ALL = `only the first ${MOST_NAMED} are named`;
/** What a checkout of the workbook holds beside the labs. */
const OURS = ['chapters', 'docs', 'infra', 'scripts', 'shared', 'solutions'];

export interface Intake {
  /** The taken chapters, by their folder's name, with a digest of what was taken. */
  chapters: Record<string, { digest: string }>;
  /** Chapters that were there and could not be taken, by their folder's name, with the reason. */
  refusedChapters: Record<string, string>;
  /** Single entries of labs that were left out. */
  leftOut: { name: string; why: string }[];
  /** Files outside of the labs that differ from the workbook's, that it does not have, or that only it has. */
  changedElsewhere: string[];
  /** Why nothing at all could be taken. */
  trouble?: string;
}

/** Takes the labs of a hand-in into `target`, which is then a subject. Never rejects because of what a hand-in holds. */
export async function takeIn(place: string, chapters: Chapter[], target: string): Promise<Intake> {
  const intake: Intake = { chapters: {}, refusedChapters: {}, leftOut: [], changedElsewhere: [] };
  const taken: Taken = new Map();
  const seen = new Set<string>();
  try {
    const places = await findLabs(place, chapters);
    const [labs] = places;
    if (labs === undefined) return { ...intake, trouble: 'it has no folder of a chapter, such as labs/02-topics' };
    if (places.length > 1) {
      const some = places.slice(0, 3).map((each) => each || './');
      return { ...intake, trouble: `it has labs in ${places.length} places (${some.join(', ')}): whose is it?` };
    }
    for await (const entry of entriesOf(place)) await take(entry, { labs, chapters, target, intake, taken, seen });
  } catch (error) {
    // A bomb or a damaged archive: what was read so far may be half of it.
    fs.rmSync(target, { recursive: true, force: true });
    return { ...intake, chapters: {}, trouble: `it cannot be read: ${(error as Error).message}` };
  }
  for (const { folder } of chapters) settle(folder, target, intake, taken);
  noteDeleted(seen, intake);
  if (intake.changedElsewhere.length >= MOST_NAMED) intake.changedElsewhere.push(`… ${NOT_ALL}`);
  return intake;
}

/** The path before the chapters' folders: `labs/`, `someone-main/labs/`, or nothing; several where it is not clear which. */
async function findLabs(place: string, chapters: Chapter[]): Promise<string[]> {
  const names = chapters.map(({ folder }) => folder).join('|');
  const below = (parent: string) => new RegExp(`^((?:.*/)?${parent})(?:${names})/`);
  const found = { labs: [] as string[], bare: [] as string[] };
  for await (const { name } of entriesOf(place)) {
    const [, labs] = below('labs/').exec(name) ?? [];
    const [, bare] = below('').exec(name) ?? [];
    if (labs !== undefined) found.labs.push(labs);
    else if (bare !== undefined && !/(?:chapters|solutions|independent)\/$/.test(bare)) found.bare.push(bare);
  }
  const depth = (prefix: string) => prefix.split('/').length;
  const highest = (all: string[]) => all.filter((each) => depth(each) === Math.min(...all.map(depth)));
  return [...new Set(found.labs.length > 0 ? highest(found.labs) : highest(found.bare))];
}

/** How much of each chapter has been taken so far, by its folder's name. */
type Taken = Map<string, { files: number; bytes: number }>;

interface Taking {
  labs: string;
  chapters: Chapter[];
  target: string;
  intake: Intake;
  taken: Taken;
  /** Files outside of the labs. */
  seen: Set<string>;
}

async function take(entry: Entry, { labs, chapters, target, intake, taken, seen }: Taking): Promise<void> {
  const root = labs.replace(/labs\/$/, '');
  const inLab = chapters.find(({ folder }) => entry.name.startsWith(`${labs}${folder}/`));
  if (!inLab) {
    const name = entry.name.startsWith(root) ? entry.name.slice(root.length) : entry.name;
    seen.add(name);
    if (!name.startsWith('labs/') || /^labs\/[^/]+$/.test(name)) await compare(entry, name, intake);
    else noteStranger(name, intake);
    return;
  }
  const name = entry.name.slice(labs.length);
  const why = reasonAgainst(entry, name);
  if (why) {
    leaveOut(`labs/${name}`, why, intake);
    return;
  }
  const sum = taken.get(inLab.folder) ?? { files: 0, bytes: 0 };
  taken.set(inLab.folder, sum);
  sum.files++;
  // What is too much is not written either: it would be the disk of all the others.
  if (isTooMuch(sum)) return;
  try {
    const content = await entry.read(LARGEST_FILE);
    sum.bytes += content.length;
    const file = path.join(target, ...name.split('/'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    sum.files--;
    leaveOut(`labs/${name}`, error.message, intake);
  }
}

function leaveOut(name: string, why: string, { leftOut }: Intake): void {
  if (leftOut.length < MOST_NAMED) leftOut.push({ name, why });
  else if (leftOut.length === MOST_NAMED) leftOut.push({ name: '…', why: NOT_ALL });
}

function isTooMuch({ files, bytes }: { files: number; bytes: number }): boolean {
  return files > MOST_FILES || bytes > MOST_BYTES;
}

/** A folder beside the labs of the course, such as one whose name was changed. */
function noteStranger(name: string, intake: Intake): void {
  const [, folder = ''] = name.split('/');
  const known = listChapters().some((chapter) => chapter.folder === folder);
  const stranger = `labs/${folder}/`;
  if (known || intake.leftOut.some((each) => each.name === stranger)) return;
  leaveOut(stranger, 'no chapter of this workbook', intake);
}

/** What a checkout of the workbook lacks; a hand-in that is none lacks nothing. */
function noteDeleted(seen: Set<string>, { changedElsewhere }: Intake): void {
  if (!seen.has('package.json')) return;
  for (const folder of OURS) {
    // An instructor may give a workbook without its solutions.
    if (![...seen].some((name) => name.startsWith(`${folder}/`))) continue;
    const ours = fs.globSync(`${folder}/**/*`, { cwd: WORKBOOK, withFileTypes: true }).filter((one) => one.isFile());
    for (const { parentPath, name } of ours) {
      const file = path.relative(WORKBOOK, path.join(parentPath, name)).replaceAll(path.sep, '/');
      if (!seen.has(file) && changedElsewhere.length < MOST_NAMED) changedElsewhere.push(`${file} (deleted)`);
    }
  }
}

/** Why an entry is not taken; undefined for an ordinary file with an ordinary path. */
function reasonAgainst({ kind }: Entry, name: string): string | undefined {
  if (kind !== 'file') return kind === 'link' ? 'a link, and links are not followed' : 'not an ordinary file';
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'its path leads elsewhere';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name that is to be shown and made
  if (/[\u0000-\u001f\\]/.test(name) || parts.some((part) => Buffer.byteLength(part) > 200))
    return 'not a name of a file';
  return undefined;
}

async function compare(entry: Entry, name: string, intake: Intake): Promise<void> {
  if (intake.changedElsewhere.length >= MOST_NAMED || entry.kind !== 'file') return;
  const ours = path.resolve(WORKBOOK, name);
  const isOurs = ours.startsWith(`${WORKBOOK}${path.sep}`) && fs.statSync(ours, { throwIfNoEntry: false })?.isFile();
  if (!isOurs) return void intake.changedElsewhere.push(`${name} (added)`);
  const theirs = await entry.read(LARGEST_FILE).catch(() => Buffer.alloc(0));
  const text = (bytes: Buffer) => bytes.toString('latin1').replaceAll('\r\n', '\n');
  if (text(theirs) !== text(fs.readFileSync(ours))) intake.changedElsewhere.push(`${name} (changed)`);
}

/** What was taken of a chapter counts, unless there is too much of it. */
function settle(folder: string, target: string, intake: Intake, taken: Taken): void {
  const lab = path.join(target, folder);
  if (!fs.existsSync(lab)) return;
  const sum = taken.get(folder) ?? { files: 0, bytes: 0 };
  if (isTooMuch(sum)) {
    fs.rmSync(lab, { recursive: true });
    intake.refusedChapters[folder] =
      `it has ${sum.files} files, or more than ${MOST_BYTES / 1e6} MB; at most ${MOST_FILES} of ${MOST_BYTES / 1e6} MB are taken`;
    return;
  }
  const entries = fs.readdirSync(lab, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }) => path.join(parentPath, name)).toSorted();
  intake.chapters[folder] = { digest: digestOf(lab, files) };
}

function digestOf(lab: string, files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(`${path.relative(lab, file)}\0${fs.statSync(file).size}\0`).update(fs.readFileSync(file));
  return hash.digest('hex');
}
