// `npm run update` from a real origin: the release arrives, and work in labs is where it was.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../testing/scratch-machine.ts';
import { git, scratchWorkbook } from '../testing/scratch-workbook.ts';
import { expectRefusal, finished, startWith } from '../testing/verb-process.ts';

const LAB = 'labs/02-topics/topics.ts';
const UNTOUCHED = 'labs/03-producer/publisher.ts';
const STARTERS = ['chapters/02-topics/starter/topics.ts', 'chapters/03-producer/starter/publisher.ts'];

/** A learner's clone of release v0.1.0, whose origin has v0.2.0 with other starters of chapters 02 and 03. */
async function clone() {
  const origin = await scratchWorkbook();
  git(origin, 'init', '--quiet', '--initial-branch=main');
  const release = (tag: string) => {
    git(origin, 'add', '--all', '--', '.', ':!node_modules');
    git(origin, 'commit', '--quiet', '--message', tag);
    git(origin, 'tag', tag);
  };
  release('v0.1.0');
  const workbook = path.join(scratchFolder('clone'), 'workbook');
  git(origin, 'clone', '--quiet', origin, workbook);
  git(workbook, 'config', 'user.name', 'Learner');
  git(workbook, 'config', 'user.email', 'learner@example.org');
  fs.symlinkSync(fs.realpathSync(path.join(origin, 'node_modules')), path.join(workbook, 'node_modules'), 'dir');
  for (const file of [LAB, UNTOUCHED, ...STARTERS, 'README.md'])
    fs.appendFileSync(path.join(origin, file), '// Newer.\n');
  release('v0.2.0');
  const read = (file: string) => fs.readFileSync(path.join(workbook, file), 'utf8');
  const append = (file: string, text: string) => fs.appendFileSync(path.join(workbook, file), text);
  const update = (...args: string[]) => finished(startWith({ workbook }, 'update', ...args));
  return { workbook, read, append, update };
}

test.each(['in the tree', 'committed'])(
  'a release arrives, and work that is %s stays',
  async (how) => {
    const { workbook, read, append, update } = await clone();
    append(LAB, '// Mine.\n');
    fs.writeFileSync(path.join(workbook, 'labs/02-topics/notes.md'), 'mine too');
    if (how === 'committed') git(workbook, 'commit', '--quiet', '--all', '--message', 'My topics');
    // git alone refuses, or stops in the middle.
    expect(() => git(workbook, 'pull', '--quiet', '--no-rebase')).toThrow('pull');
    if (how === 'committed') {
      expectRefusal(await update(), 'A merge is half done', 'git merge --abort');
      git(workbook, 'merge', '--abort');
    }

    const { output, code } = await update();
    expect(code, output).toBe(0);
    expect(output).toContain('The workbook is at v0.2.0 now.');
    expect(output).toMatch(/labs\/02-topics: left as you have it.*git diff --no-index/s);
    expect(read(LAB)).toMatch(/\/\/ Mine\.\n$/);
    expect(read(LAB)).not.toContain('Newer');
    expect(read('labs/02-topics/notes.md')).toBe('mine too');
    for (const file of [UNTOUCHED, ...STARTERS, 'README.md']) expect(read(file)).toContain('// Newer.');
    expect(git(workbook, 'status', '--porcelain', '--untracked-files=no').trim()).toBe(
      how === 'committed' ? '' : `M ${LAB}`,
    );
    expect((await update()).output).toContain('at v0.2.0 or newer already');
  },
  240_000,
);

test('an update that would have to mix files is refused, and nothing is changed', async () => {
  const { workbook, read, append, update } = await clone();
  append('README.md', 'Mine.\n');
  append(LAB, '// Mine.\n');
  expectRefusal(await update(), 'README.md', 'git stash');
  git(workbook, 'commit', '--quiet', '--all', '--message', 'Mine');
  append(LAB, '// And more.\n');
  expectRefusal(await update(), 'Your own commits change what the release changes too', 'git merge');
  expect(read('README.md')).toMatch(/Mine\.\n$/);
  expect(read(LAB)).toMatch(/\/\/ Mine\.\n\/\/ And more\.\n$/);
  expectRefusal(await update('v9.9.9'), 'neither a branch nor a tag v9.9.9', 'npm run update');
}, 240_000);
