// Files on their way into a folder that outlives a run: each bears the number of the process that writes it, so that what a
// `kill -9` has left is told from what is still being written.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { identify } from './process-identity.ts';

const PARTIAL = /\.(?:(\d+)-)?[^.]*\.part$/;

/** A name beside the target, for this process alone. */
export function partialName(target: string): string {
  return `${target}.${process.pid}-${randomBytes(6).toString('hex')}.part`;
}

/** The half-written files in a folder whose writers are gone. */
export function abandonedPartials(folder: string): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files.filter((file) => isAbandoned(file)).map((file) => path.join(folder, file));
}

/** Removes them. */
export function sweepPartials(folder: string): void {
  for (const file of abandonedPartials(folder)) fs.rmSync(file, { force: true });
}

function isAbandoned(file: string): boolean {
  const match = PARTIAL.exec(file);
  return match !== null && (match[1] === undefined || identify(Number(match[1])) === undefined);
}
