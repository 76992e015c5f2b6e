import os from 'node:os';
import path from 'node:path';

/**
 * The folder where downloads, class archives and the state of running parts live; shared by every clone on the machine.
 * `WORKBOOK_CACHE` overrides it; otherwise it is where the platform keeps caches (XDG base directories, Apple's Library).
 */
export function cacheFolder(...below: string[]): string {
  return path.join(process.env.WORKBOOK_CACHE || platformCache(), ...below);
}

function platformCache(): string {
  if (process.env.XDG_CACHE_HOME) return path.join(process.env.XDG_CACHE_HOME, 'kafka-workbook');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'kafka-workbook');
  return path.join(os.homedir(), '.cache', 'kafka-workbook');
}
