// A newer release of the workbook under a learner's feet: everything is replaced but the labs that have been worked on.
import fs from 'node:fs';
import path from 'node:path';
import { $, type ProcessOutput } from 'zx';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { type Chapter, listChapters } from '../chapters.ts';
import { isAsShipped, labFolder, saveLab } from './reset.ts';

export interface Update {
  /** The release that the workbook is at now. */
  release: string;
  /** Whether anything was newer. */
  changed: boolean;
  /** The labs that were left alone, by their folder's names. */
  kept: {
    folder: string;
    /** Where a copy was put before anything was done, relative to the workbook. */
    saved: string;
    /** Whether the release ships this lab differently. */
    shippedAnew: boolean;
  }[];
  /** Whether the packages are others now. */
  packages: boolean;
}

const RELEASE = /^v\d+\.\d+\.\d+$/;

/**
 * Moves to the newest release, or to a branch or tag of `origin`. Labs that differ from what was shipped stay as they are, and a
 * copy of each is saved first. Throws a GuidedError, with nothing changed, where that is not possible.
 */
export async function updateWorkbook(
  wanted: string | undefined,
  now: Date,
  onSaved: (copy: string) => void,
): Promise<Update> {
  await demandCleanCheckout();
  const { release, commit } = await findRelease(wanted);
  if (await succeeds('merge-base', '--is-ancestor', commit, 'HEAD'))
    return { release, changed: false, kept: [], packages: false };
  const before = await git('rev-parse', 'HEAD');
  const kept = listChapters().filter((chapter) => fs.existsSync(labFolder(chapter)) && !isAsShipped(chapter));
  const saved = kept.map((chapter) => saveLab(chapter, now));
  // Before anything is touched: who ends this with Ctrl-C has to know where the work is.
  for (const copy of saved) onSaved(copy);
  try {
    for (const { folder } of kept) await checkOutLab(folder);
    await merge(commit, kept);
  } finally {
    for (const [index, chapter] of kept.entries()) putBack(chapter, saved[index] ?? '');
  }
  const differs = async (file: string) => !(await succeeds('diff', '--quiet', before, 'HEAD', '--', file));
  return {
    release,
    changed: true,
    kept: await Promise.all(
      kept.map(async ({ folder }, index) => {
        const shippedAnew = await differs(`chapters/${folder}/starter`);
        return { folder, saved: saved[index] ?? '', shippedAnew };
      }),
    ),
    packages: await differs('package-lock.json'),
  };
}

async function demandCleanCheckout(): Promise<void> {
  const root = await $({ cwd: WORKBOOK, nothrow: true, quiet: true })`git rev-parse --show-toplevel`;
  if (root.exitCode !== 0 || fs.realpathSync(root.stdout.trim()) !== fs.realpathSync(WORKBOOK)) {
    throw new GuidedError(
      'This copy of the workbook is not a git checkout, so it cannot be updated in place.',
      'git clone the workbook beside it, and copy your labs/ folder over.',
    );
  }
  if (await succeeds('rev-parse', '--verify', '--quiet', 'MERGE_HEAD')) {
    throw new GuidedError(
      'A merge is half done: a git pull, say, that met what you have changed. Your work is safe in it.',
      'git merge --abort, then npm run update',
    );
  }
  const status = await git('status', '--porcelain', '--untracked-files=no');
  const others = status.split('\n').filter((line) => line !== '' && !/^.. "?labs\//.test(line));
  if (others.length === 0) return;
  const list = others.map((line) => `  ${line.slice(3)}`).join('\n');
  throw new GuidedError(
    `Files outside of labs/ are changed, and an update would have to mix them with its own:\n${list}`,
    'git stash, then npm run update, then git stash pop',
  );
}

async function findRelease(wanted: string | undefined): Promise<{ release: string; commit: string }> {
  // A clone of the last commit alone lacks what a merge stands upon.
  const whole = (await git('rev-parse', '--is-shallow-repository')) === 'true' ? ['--unshallow'] : [];
  await $({ cwd: WORKBOOK, quiet: true })`git fetch --quiet --tags ${whole} origin`.catch((error: ProcessOutput) => {
    const [reason = ''] = error.stderr.trim().split('\n');
    throw new GuidedError(
      `The workbook's origin cannot be asked: ${reason}.`,
      'git remote -v, and see whether it can be reached.',
    );
  });
  const tags = (await git('tag', '--list', 'v*', '--sort=-version:refname')).split('\n');
  const release = wanted ?? tags.find((tag) => RELEASE.test(tag));
  if (release === undefined)
    throw new GuidedError('The workbook has no release yet.', 'npm run update main, for the state of that branch.');
  for (const name of [`refs/remotes/origin/${release}`, `refs/tags/${release}`]) {
    const commit = await $({
      cwd: WORKBOOK,
      nothrow: true,
      quiet: true,
    })`git rev-parse --verify --quiet ${name}^{commit}`;
    if (commit.exitCode === 0) return { release, commit: commit.stdout.trim() };
  }
  throw new GuidedError(`origin has neither a branch nor a tag ${release}.`, 'npm run update, for the newest release.');
}

/** What git knows of a lab, in the tree and in the index, without what the learner has done since. */
async function checkOutLab(folder: string): Promise<void> {
  fs.rmSync(path.join(WORKBOOK, 'labs', folder), { recursive: true, force: true });
  await $({ cwd: WORKBOOK, nothrow: true, quiet: true })`git checkout --quiet HEAD -- labs/${folder}`;
}

/** Where the learner has commits of their own it is a merge, in which their labs win. */
async function merge(commit: string, kept: Chapter[]): Promise<void> {
  if (await succeeds('merge', '--quiet', '--ff-only', commit)) return;
  await $({ cwd: WORKBOOK, nothrow: true, quiet: true })`git merge --quiet --no-ff --no-commit ${commit}`;
  for (const { folder } of kept) {
    await git('rm', '-r', '--force', '--quiet', '--cached', '--ignore-unmatch', '--', `labs/${folder}`);
    await checkOutLab(folder);
  }
  const conflicts = await git('diff', '--name-only', '--diff-filter=U');
  const done = conflicts === '' && (await succeeds('commit', '--quiet', '--no-edit'));
  if (done) return;
  await succeeds('merge', '--abort');
  throw new GuidedError(
    conflicts === ''
      ? 'git refuses the merge with your own commits.'
      : `Your own commits change what the release changes too:\n${conflicts.replaceAll(/^/gm, '  ')}`,
    `git merge ${commit.slice(0, 12)}, and solve it by hand; nothing is changed yet.`,
  );
}

/** The lab exactly as it was. */
function putBack(chapter: Chapter, saved: string): void {
  fs.rmSync(labFolder(chapter), { recursive: true, force: true });
  fs.cpSync(path.join(WORKBOOK, saved), labFolder(chapter), { recursive: true, verbatimSymlinks: true });
}

async function git(...args: string[]): Promise<string> {
  return (await $({ cwd: WORKBOOK, quiet: true })`git ${args}`).stdout.trimEnd();
}

async function succeeds(...args: string[]): Promise<boolean> {
  return (await $({ cwd: WORKBOOK, nothrow: true, quiet: true })`git ${args}`).exitCode === 0;
}
