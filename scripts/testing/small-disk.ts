// For tests: a disk that is soon full. It is a tmpfs, which only root may mount, and only on Linux.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether this process may mount one. */
export const MAY_MOUNT = mayMount();

/** The name of a test that needs a small disk, with the reason where it cannot be had. */
export function onSmallDisk(name: string): string {
  return MAY_MOUNT ? name : `${name} (skipped: only root on Linux may mount a small disk)`;
}

/** A disk of that many bytes, gone after the test. */
export function smallDisk(bytes: number): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'small-disk-'));
  mount(folder, bytes);
  onTestFinished(() => unmount(folder));
  return folder;
}

/** Writes until nothing more fits. */
export function fill(folder: string): void {
  const file = fs.openSync(path.join(folder, 'filler'), 'w');
  try {
    for (;;) fs.writeSync(file, Buffer.alloc(4096, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(file);
  }
}

function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'small-disk-'));
  try {
    mount(folder, 1_000_000);
  } catch {
    fs.rmdirSync(folder);
    return false;
  }
  unmount(folder);
  return true;
}

function mount(folder: string, bytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  fs.rmdirSync(folder);
}
