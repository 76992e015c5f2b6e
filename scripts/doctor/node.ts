// Which Node runs, and whether the packages are those of the lock.
import fs from 'node:fs';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { attention, type Finding, fine } from './finding.ts';

interface Lock {
  packages: Record<string, { version?: string; optional?: boolean; link?: boolean }>;
}

export function lookAtNode(): Finding {
  return fine('Node', `${process.version} at ${process.execPath}`);
}

/** npm writes down what it has installed in a second lock; a package that differs from ours is named. */
export function lookAtPackages(): Finding {
  const wanted = readLock(path.join(WORKBOOK, 'package-lock.json'));
  const installed = readLock(path.join(WORKBOOK, 'node_modules', '.package-lock.json'));
  const wrong = Object.keys(wanted).filter((name) => {
    const found = installed[name];
    // Packages for other platforms stay away.
    return name !== '' && (found ? found.version !== wanted[name]?.version : !wanted[name]?.optional);
  });
  const [first] = wrong;
  if (!first) return fine('packages', `${Object.keys(installed).length} installed, as package-lock.json says`);
  const name = first.replace(/^.*node_modules\//, '');
  return attention('packages', `${wrong.length} are not as package-lock.json says, the first is ${name}`, 'npm ci');
}

function readLock(file: string): Lock['packages'] {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Lock).packages : {};
}
