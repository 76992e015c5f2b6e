import { type ChildProcess, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { identify, isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

/**
 * Everything that one invocation of the workbook has started: a folder that names its owner, its child processes and its
 * containers. Whoever ends normally removes the lot; after a `kill -9` the next start finds the folder and does it.
 */
export class Run {
  readonly id: string;
  readonly folder: string;

  private constructor(id: string) {
    this.id = id;
    this.folder = path.join(runsFolder(), id);
  }

  /** Begins a run owned by this process, after removing what runs with a dead owner left behind. */
  static begin(): Run {
    reapOrphans();
    const run = new Run(`${process.pid}-${randomBytes(4).toString('hex')}`);
    fs.mkdirSync(path.join(run.folder, 'children'), { recursive: true });
    fs.mkdirSync(path.join(run.folder, 'containers'), { recursive: true });
    fs.writeFileSync(path.join(run.folder, 'owner.json'), JSON.stringify(identify(process.pid)));
    return run;
  }

  /** The same run seen from another process, such as a test worker; only the owner disposes of it. */
  static join(id: string): Run {
    return new Run(id);
  }

  /** A new empty folder of this run. */
  makeFolder(name: string): string {
    return fs.mkdtempSync(path.join(this.folder, `${name}-`));
  }

  /** Notes a child that leads its own process group (`detached: true`), so that it cannot outlive the run. */
  adopt(child: ChildProcess): ProcessIdentity {
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity) return { pid: child.pid ?? -1, startedAt: 'never' };
    fs.writeFileSync(path.join(this.folder, 'children', `${identity.pid}.json`), JSON.stringify(identity));
    return identity;
  }

  adoptContainer(containerId: string): void {
    fs.writeFileSync(path.join(this.folder, 'containers', containerId), '');
  }

  /** Kills every child and container of the run and removes its folder. Safe to call twice. */
  dispose(): void {
    disposeRun(this.folder);
  }
}

function runsFolder(): string {
  return cacheFolder('runs');
}

/** Removes runs whose owner is no longer alive. Returns how many there were. */
export function reapOrphans(): number {
  const orphans = listFolder(runsFolder())
    .map((id) => path.join(runsFolder(), id))
    .filter(isOrphan);
  for (const folder of orphans) disposeRun(folder);
  return orphans.length;
}

/** A folder without a readable owner is younger than its owner file, or broken: only its age tells. */
function isOrphan(folder: string): boolean {
  const owner = readJson<ProcessIdentity>(path.join(folder, 'owner.json'));
  if (owner) return !isAlive(owner);
  const age = Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > 60_000;
}

function disposeRun(folder: string): void {
  for (const file of listFolder(path.join(folder, 'children'))) {
    const child = readJson<ProcessIdentity>(path.join(folder, 'children', file));
    if (child) signalGroup(child, 'SIGKILL');
  }
  const containers = listFolder(path.join(folder, 'containers'));
  if (containers.length > 0) removeContainers(containers);
  for (const port of listFolder(cacheFolder('ports'))) {
    const lock = cacheFolder('ports', port);
    if (readText(lock) === folder) fs.rmSync(lock, { force: true });
  }
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function removeContainers(ids: string[]): void {
  try {
    execFileSync('docker', ['rm', '--force', '--volumes', ...ids], { stdio: 'ignore', timeout: 30_000 });
  } catch {
    // The engine is gone, and its containers with it; or they were removed already. Either way nothing is left to do.
  }
}

function listFolder(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readText(file)) as T;
  } catch {
    return undefined;
  }
}

/** The text of a file, or nothing when another process has just removed it. */
export function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
