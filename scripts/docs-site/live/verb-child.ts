// A verb of the workbook as a child of the docs site, as a terminal would start it.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { Output } from '#shared/testing/output.ts';

export type VerbChild = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Starts a verb. It has a run of its own, which it ends itself: when it is asked to, when the site ends, and otherwise when
 * nobody reads any more what it says.
 */
export function startVerb(words: string[], onLine: (line: string) => void): VerbChild {
  const child = spawn(process.execPath, ['scripts/run.mjs', ...words], {
    cwd: WORKBOOK,
    detached: true,
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', new Output().taker(onLine));
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('close', () => process.removeListener('exit', end));
  return child;
}
