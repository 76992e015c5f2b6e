import fs from 'node:fs';
import path from 'node:path';
import type { Run } from './run.ts';

/**
 * Returns `place`, a file or folder of the cache that is made once and then shared. Where it is missing, `make` makes it at a
 * path in a folder of the run, in which it may leave other things; then it is renamed, so that an interruption leaves nothing
 * half made.
 */
export async function madeOnce(run: Run, place: string, make: (target: string) => Promise<void>): Promise<string> {
  if (fs.existsSync(place)) return place;
  const scratch = run.makeFolder('prepare');
  const made = path.join(scratch, 'made');
  await make(made);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  try {
    fs.renameSync(made, place);
  } catch (error) {
    // Another process was faster; what it has made is as good as ours.
    if (!fs.existsSync(place)) throw error;
  }
  fs.rmSync(scratch, { recursive: true, force: true });
  return place;
}
