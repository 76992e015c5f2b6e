// What the compiler says of a learner's programs. Programs run without their types, so this is told and not graded.
import path from 'node:path';
import { $ } from 'zx';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';

/** The errors in a chapter's lab, each with file and line; none when the types hold. */
export async function typeErrors({ folder }: Chapter): Promise<string[]> {
  const compiler = path.join(WORKBOOK, 'node_modules', '.bin', 'tsc');
  const { stdout } = await $({ cwd: WORKBOOK, nothrow: true, quiet: true })`${compiler} --build --pretty false labs`;
  const [, ...errors] = `\n${stdout}`.split(/\n(?=\S)/);
  return errors.map((error) => error.trimEnd()).filter((error) => error.startsWith(`labs/${folder}/`));
}
