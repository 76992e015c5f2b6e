// Which run has reserved which port, as symbolic links: unlike a file, a link appears together with what it says.
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache.ts';

/** The folder of the locks: one link for each reserved port, named by the port, leading to its run's folder. */
export function locksFolder(): string {
  return cacheFolder('ports');
}

/** Takes the lock of a port for a run, also from a run that is gone. Returns whether it is now the run's. */
export function lockPort(port: number, runFolder: string): boolean {
  const holder = holderOf(port);
  if (holder !== undefined) {
    if (fs.existsSync(holder)) return false;
    unlockPort(port, holder);
  }
  try {
    fs.symlinkSync(runFolder, lockOf(port));
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes the lock of a port if it is (still) the run's. Two removers are kept apart by a guard, because between one's look
 * and its removal the other could have removed the old lock and a third made a new one.
 */
export function unlockPort(port: number, runFolder: string): void {
  const guard = `${lockOf(port)}.guard`;
  try {
    fs.mkdirSync(guard);
  } catch {
    return;
  }
  try {
    if (holderOf(port) === runFolder) fs.rmSync(lockOf(port), { force: true });
  } finally {
    fs.rmdirSync(guard);
  }
}

/** Removes every lock of a run. */
export function unlockPorts(runFolder: string): void {
  if (!fs.existsSync(locksFolder())) return;
  for (const name of fs.readdirSync(locksFolder())) {
    const port = Number(name);
    if (holderOf(port) === runFolder) unlockPort(port, runFolder);
  }
}

/** The folder of the run that holds a port; undefined when it is not locked. */
function holderOf(port: number): string | undefined {
  try {
    return fs.readlinkSync(lockOf(port));
  } catch {
    return undefined;
  }
}

function lockOf(port: number): string {
  return path.join(locksFolder(), String(port));
}
