// Whatever has been graded is over: its processes, containers and temporary files are gone, and the tree is as it was.
import fs from 'node:fs';
import path from 'node:path';
import { $ } from 'zx';
import { lockedPorts, locksFolder } from '#infra/machine/port-locks.ts';
import type { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';

/** Remembers how things are now; the check that it returns says what has been added since. */
export function watchForLeftovers(run: Run): () => Promise<string[]> {
  const tree = treeState();
  // Whoever makes a temporary file from now on makes it here, where nobody else does.
  const temporary = run.makeFolder('tmp');
  process.env.TMPDIR = temporary;
  return async () => [
    ...(process.argv.includes('--write')
      ? []
      : difference(await tree, await treeState()).map((line) => `the tree has changed: ${line}`)),
    ...fs.readdirSync(temporary).flatMap((file) => leftIn(path.join(temporary, file), run)),
    ...fs.globSync('job-*', { cwd: run.folder }).map((job) => `a job's folder is left: ${job}`),
    ...(await stillThere(run)).map((name) => `still there: ${name}`),
  ];
}

/** A temporary file, or in the folder of the port locks what is not this run's, which it removes when it ends. */
function leftIn(file: string, run: Run): string[] {
  if (file !== locksFolder()) return [`a temporary file is left: ${path.basename(file)}`];
  const mine = lockedPorts(run.folder).map(String);
  return difference(mine, fs.readdirSync(file)).map((lock) => `the lock of a port is left: ${lock}`);
}

/** What has just been killed may take a moment to be gone. */
const DEATH_LIMIT_MS = 3_000;

async function stillThere(run: Run): Promise<string[]> {
  await waitUntil(() => run.unfinished().length === 0, DEATH_LIMIT_MS, 'the last process to end').catch(() => {});
  return run.unfinished();
}

/** Changed and untracked files, as git names them, with what they are now. */
async function treeState(): Promise<string[]> {
  const { stdout } = await $({ cwd: WORKBOOK })`git status --porcelain --untracked-files=all`;
  return stdout.split('\n').filter((line) => line !== '');
}

function difference(before: string[], after: string[]): string[] {
  return after.filter((line) => !before.includes(line));
}
