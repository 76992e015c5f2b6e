// Checks that other tools make.
import { $ } from 'zx';
import { WORKBOOK } from '#shared/testing/compile.ts';

export function formatAndLint(): Promise<string[]> {
  return complaintsOf($({ cwd: WORKBOOK, nothrow: true })`biome check --error-on-warnings --colors=off .`);
}

/** One project a folder; a folder that imports one which it does not reference is an error (TS6307). */
export function types(): Promise<string[]> {
  return complaintsOf($({ cwd: WORKBOOK, nothrow: true })`tsc --build scripts labs solutions`);
}

async function complaintsOf(command: Promise<{ exitCode: number | null; stdout: string; stderr: string }>) {
  const { exitCode, stdout, stderr } = await command;
  return exitCode === 0 ? [] : [`${stdout}${stderr}`.trim() || `exit code ${exitCode}`];
}
