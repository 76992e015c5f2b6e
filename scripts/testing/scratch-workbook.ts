// For tests: a workbook of the test's own, whose labs may be changed.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { sourceFiles } from '../checks/source-files.ts';
import { scratchFolder } from './scratch-machine.ts';
import { finished, startWith } from './verb-process.ts';

/** A copy of this workbook's files, with its packages; it is gone after the test. */
export async function scratchWorkbook(): Promise<string> {
  const folder = scratchFolder('workbook');
  for (const file of await sourceFiles()) {
    // A file that git knows may have been deleted since.
    if (fs.existsSync(path.join(WORKBOOK, file))) fs.cpSync(path.join(WORKBOOK, file), path.join(folder, file));
  }
  fs.symlinkSync(fs.realpathSync(path.join(WORKBOOK, 'node_modules')), path.join(folder, 'node_modules'), 'dir');
  return folder;
}

/** Adds a chapter with one task and one check, which is graded in seconds. Its folder is `99-tiny`, if not told otherwise. */
export async function addTinyChapter(workbook: string, number = '99', name = 'tiny'): Promise<void> {
  const { code, output } = await finished(startWith({ workbook }, 'new-chapter', number, name, 'tiny-service'));
  if (code !== 0) throw new Error(output);
}

/** Runs git in a folder, as nobody in particular; returns what it says. */
export function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Learner', '-c', 'user.email=learner@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}
