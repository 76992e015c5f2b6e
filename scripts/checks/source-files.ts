// The workbook's own files, as git knows them.
import { $ } from 'zx';
import { WORKBOOK } from '#shared/testing/compile.ts';

/** Paths, relative to the workbook, of tracked and new files that match git's patterns. */
export async function sourceFiles(...patterns: string[]): Promise<string[]> {
  const { stdout } = await $({ cwd: WORKBOOK })`git ls-files --cached --others --exclude-standard -z -- ${patterns}`;
  return stdout.split('\0').filter((file) => file !== '');
}
