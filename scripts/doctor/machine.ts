// What the doctor's commands depend on: how this machine installs things, and whether that needs sudo.
import fs from 'node:fs';
import path from 'node:path';

/** A command for each way of installing; `url` where none is known. */
export interface Ways {
  apt: string;
  dnf: string;
  brew: string;
  otherwise: string;
}

/** The one of the commands that works on this machine. */
export function commandHere(ways: Ways): string {
  if (process.platform === 'darwin') return ways.brew;
  if (findOnPath('apt-get')) return asRoot(ways.apt);
  if (findOnPath('dnf')) return asRoot(ways.dnf);
  return ways.otherwise;
}

export function asRoot(command: string): string {
  return process.getuid?.() === 0 ? command : `sudo ${command}`;
}

/** The first file of that name in the folders of PATH. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}

export function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
