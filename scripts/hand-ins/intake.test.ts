// What is taken of a hand-in, where it may come from, and when a batch does not begin.
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { findChapter } from '../chapters.ts';
import { writeZip } from '../testing/archives.ts';
import { scratchFolder } from '../testing/scratch-machine.ts';
import { expectRefusal, finished, start } from '../testing/verb-process.ts';
import { findHandIns } from './find.ts';
import { takeIn } from './intake.ts';
import { chooseIsolation } from './isolation.ts';

const CHAPTERS = [findChapter('02'), findChapter('03')];

function write(folder: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

test.each([
  ['a checkout', 'labs/02-topics/topics.ts'],
  ['a checkout in a folder', 'workbook-main/labs/02-topics/topics.ts'],
  ['the labs alone', '02-topics/topics.ts'],
])('%s is taken, as a folder and as a zip file', async (_what, file) => {
  const others = { 'chapters/02-topics/topics.test.ts': 'mine', 'solutions/02-topics/topics.ts': 'mine' };
  const folder = write(scratchFolder('hand-in'), { [file]: 'mine', ...(file.startsWith('labs') && others) });
  const zip = path.join(scratchFolder('zip'), 'ana.zip');
  writeZip(zip, [{ name: file, content: 'mine' }]);
  for (const place of [folder, zip]) {
    const target = path.join(scratchFolder('subject'), 'subject');
    const intake = await takeIn(place, CHAPTERS, target);
    expect(Object.keys(intake.chapters)).toEqual(['02-topics']);
    expect(fs.readFileSync(path.join(target, '02-topics', 'topics.ts'), 'utf8')).toBe('mine');
    expect(intake.trouble).toBeUndefined();
  }
});

test('a lab of too many files is not taken, and the other one is', async () => {
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`labs/02-topics/${n}.ts`, '']));
  const folder = write(scratchFolder('hand-in'), { ...many, 'labs/03-producer/order-service.ts': 'x' });
  const target = path.join(scratchFolder('subject'), 'subject');
  const intake = await takeIn(folder, CHAPTERS, target);
  expect(intake.refusedChapters).toEqual({ '02-topics': expect.stringContaining('201 files') });
  expect(fs.readdirSync(target)).toEqual(['03-producer']);
});

test('of a lab that is too large nothing more is written than what may be taken', async () => {
  const zip = path.join(scratchFolder('zip'), 'bomb.zip');
  const content = Buffer.alloc(900_000, 32);
  writeZip(
    zip,
    Array.from({ length: 40 }, (_, n) => ({ name: `labs/02-topics/${n}.ts`, content })),
  );
  const target = path.join(scratchFolder('subject'), 'subject');
  const written = vi.spyOn(fs, 'writeFileSync');
  onTestFinished(() => void vi.restoreAllMocks());
  const intake = await takeIn(zip, CHAPTERS, target);
  expect(intake.refusedChapters).toEqual({ '02-topics': expect.stringContaining('more than 5 MB') });
  expect(written.mock.calls.length).toBeLessThan(8);
});

test('a lab whose folder was renamed is named, and labs in two places are not chosen from', async () => {
  const renamed = write(scratchFolder('hand-in'), {
    'labs/02-topics/topics.ts': 'mine',
    'labs/03-Producer/order-service.ts': 'mine',
    'labs/04-consumers/consume.ts': 'of a chapter that is not asked for',
  });
  const target = () => path.join(scratchFolder('subject'), 'subject');
  const intake = await takeIn(renamed, CHAPTERS, target());
  expect(intake.leftOut).toEqual([{ name: 'labs/03-Producer/', why: 'no chapter of this workbook' }]);
  const zip = path.join(scratchFolder('zip'), 'all-submissions.zip');
  writeZip(
    zip,
    ['ana', 'ben'].map((name) => ({ name: `${name}/labs/02-topics/topics.ts`, content: name })),
  );
  const both = await takeIn(zip, CHAPTERS, target());
  expect(both.trouble).toBe('it has labs in 2 places (ana/labs/, ben/labs/): whose is it?');
  expect(both.chapters).toEqual({});
});

test('hand-ins have names that files can have, and none has that of another', () => {
  const folder = scratchFolder('class');
  for (const name of ['ana', 'Ana', '- x ∕ y', '<b>', "o'neill"])
    fs.mkdirSync(path.join(folder, name), { recursive: true });
  writeZip(path.join(folder, 'ana.zip'), []);
  fs.writeFileSync(path.join(folder, 'notes.txt'), '');
  const found = findHandIns([folder]);
  expect(found).toHaveLength(6);
  expect(new Set(found.map(({ slug }) => slug.toLowerCase())).size).toBe(6);
  for (const { slug } of found) expect(slug).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u);
});

test('names are told apart, fit for a terminal, and short enough for a file', () => {
  const folder = scratchFolder('groups');
  const long = '字'.repeat(80);
  for (const name of ['a/ana', 'b/ana', `b/${long}`, 'b/x\u001b[31m'])
    fs.mkdirSync(path.join(folder, name), { recursive: true });
  const found = findHandIns([path.join(folder, 'a'), path.join(folder, 'b')]);
  expect(found.map(({ name }) => name)).toEqual(['a/ana', 'b/ana', 'x\uFFFD[31m', long]);
  for (const { slug } of found) expect(Buffer.byteLength(slug)).toBeLessThanOrEqual(150);
});

test('without root a batch is refused, unless the hand-ins are trusted', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1_000);
  onTestFinished(() => void vi.restoreAllMocks());
  expect(() => chooseIsolation(false, 'embedded')).toThrow('only root can do that');
  expect(chooseIsolation(true, 'embedded')).toBe('none');
});

test.each([
  [[], 'Which hand-ins?', 'npm run grade -- DIR'],
  [['/nowhere'], '/nowhere does not exist', 'npm run grade'],
  [['docs/decisions'], 'neither a hand-in', 'name a checkout'],
  [['.', '--jobs', '0'], '"0" is none', 'npm run grade'],
  [['.', '--chapter', '77'], 'There is no chapter "77"', 'use a chapter'],
  [['.', '--report', 'x'], "Unknown option '--report'", 'npm run grade'],
])('npm run grade %j is refused in one sentence with a next step', async (args, sentence, next) => {
  expectRefusal(await finished(start('grade', ...args)), sentence, next);
});

test('of a checkout, what was changed, added and deleted outside of the labs is named, up to a number', async () => {
  const ours = (file: string) => fs.readFileSync(path.join(WORKBOOK, file), 'utf8');
  const checkout = write(scratchFolder('hand-in'), {
    'labs/02-topics/topics.ts': 'mine',
    'package.json': ours('package.json'),
    'shared/todo.ts': 'mine',
    'shared/mine.ts': 'mine',
    'chapters/02-topics/README.md': ours('chapters/02-topics/README.md').replaceAll('\n', '\r\n'),
  });
  const { changedElsewhere } = await takeIn(checkout, CHAPTERS, path.join(scratchFolder('subject'), 'subject'));
  expect(changedElsewhere).toEqual(
    expect.arrayContaining([
      'shared/todo.ts (changed)',
      'shared/mine.ts (added)',
      'shared/log.ts (deleted)',
      'chapters/02-topics/hints.md (deleted)',
    ]),
  );
  expect(changedElsewhere).not.toContainEqual(expect.stringMatching(/02-topics\/README|package\.json|solutions/));

  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`notes/${n}.md`, 'mine']));
  const noisy = write(scratchFolder('hand-in'), { 'labs/02-topics/topics.ts': 'mine', ...many });
  const intake = await takeIn(noisy, CHAPTERS, path.join(scratchFolder('subject'), 'subject'));
  expect(intake.changedElsewhere).toHaveLength(201);
  expect(intake.changedElsewhere.at(-1)).toBe('… only the first 200 are named');
});
