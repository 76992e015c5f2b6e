// What the doctor's commands depend on: how this machine installs things, and whether that needs sudo.
import fs from 'node:fs';
import path from 'node:path';

/** Where package managers are, also for a PATH that is short. */
const SYSTEM_FOLDERS = ['/usr/bin', '/bin'];

/** A command for each way of installing, and one for where none of them is. */
export interface Ways {
  apt: string;
  dnf: string;
  brew: string;
  otherwise: string;
}

/** The one of the commands that works on this machine. */
export function commandHere(ways: Ways): string {
  if (process.platform === 'darwin') return ways.brew;
  if (isInstalled('apt-get')) return asRoot(ways.apt);
  if (isInstalled('dnf')) return asRoot(ways.dnf);
  return ways.otherwise;
}

export function asRoot(command: string): string {
  return process.getuid?.() === 0 ? command : `sudo ${command}`;
}

export function isInstalled(name: string): boolean {
  return findOnPath(name) !== undefined || SYSTEM_FOLDERS.some((folder) => fs.existsSync(path.join(folder, name)));
}

/** The first file of that name in the folders of PATH. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}

export function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
