// Which run has reserved which port, as symbolic links: unlike a file, a link appears together with what it says.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * The folder of the locks: one link for each reserved port, named by the port, leading to its run's folder. Ports are the
 * machine's, so the runs of all caches share it.
 */
export function locksFolder(): string {
  return path.join(os.tmpdir(), `kafka-workbook-ports-${process.getuid?.() ?? 'user'}`);
}

const GUARD = '.guard';
/** Far more than a removal takes. */
const GUARD_LIMIT_MS = 60_000;

/**
 * Takes the lock of a port for a run, also from a run that is gone. Returns whether it is now the run's; a run that has ended
 * gets none, because nobody would ever remove it.
 */
export function lockPort(port: number, runFolder: string): boolean {
  const holder = holderOf(port);
  if (holder !== undefined) {
    if (fs.existsSync(holder)) return false;
    unlockPort(port, holder);
  }
  if (!makeLock(port, runFolder)) return false;
  if (fs.existsSync(runFolder)) return true;
  unlockPort(port, runFolder);
  return false;
}

/** Tries again where another run has just removed the folder, which was empty. Throws where the disk is full. */
function makeLock(port: number, runFolder: string, attempts = 3): boolean {
  try {
    fs.mkdirSync(locksFolder(), { recursive: true });
    fs.symlinkSync(runFolder, lockOf(port));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw error;
    return code === 'ENOENT' && attempts > 1 && makeLock(port, runFolder, attempts - 1);
  }
}

/**
 * Removes the lock of a port if it is (still) the run's. Two removers are kept apart by a guard, because between one's look
 * and its removal the other could have removed the old lock and a third made a new one.
 */
export function unlockPort(port: number, runFolder: string): void {
  const guard = `${lockOf(port)}${GUARD}`;
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

/** Removes every lock of a run, and the folder after the last of all. */
export function unlockPorts(runFolder: string): void {
  for (const port of lockedPorts(runFolder)) unlockPort(port, runFolder);
  try {
    fs.rmdirSync(locksFolder());
  } catch {
    // Other runs have locks in it.
  }
}

/** Removes the locks of runs that are gone, such as those of a cache that somebody has deleted, and guards that a kill -9 has left. */
export function sweepLocks(): void {
  for (const name of lockNames()) {
    const holder = holderOf(Number(name));
    if (holder !== undefined && !fs.existsSync(holder)) unlockPort(Number(name), holder);
    if (name.endsWith(GUARD)) removeOld(path.join(locksFolder(), name));
  }
}

function removeOld(guard: string): void {
  const since = fs.statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - since > GUARD_LIMIT_MS) fs.rmSync(guard, { recursive: true, force: true });
}

/** The ports that are locked by the run of a folder, or by one whose folder lies in it. */
export function lockedPorts(folder: string): number[] {
  const ports = lockNames().map(Number);
  return ports.filter((port) => `${holderOf(port)}/`.startsWith(`${folder}/`));
}

/** None where there is no folder, which goes and comes with the locks in it. */
function lockNames(): string[] {
  try {
    return fs.readdirSync(locksFolder());
  } catch {
    return [];
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
