import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { removeFromDocker } from './docker-leftovers.ts';
import { sweepPartials } from './partial-files.ts';
import { sweepLocks, unlockPorts } from './port-locks.ts';
import { identify, isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';
import { leadersNaming } from './process-search.ts';

/**
 * Everything that one invocation of the workbook has started: a folder that names its owner, its child processes, its
 * containers and their networks. Whoever ends normally removes the lot; after a `kill -9` the next start finds the folder and does it.
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
    sweepLocks();
    sweepPartials(cacheFolder('artifacts'));
    const run = new Run(`${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      for (const kind of KINDS) fs.mkdirSync(path.join(run.folder, kind), { recursive: true });
      fs.writeFileSync(path.join(run.folder, 'owner.json'), JSON.stringify(identify(process.pid)));
      return run;
    } catch (error) {
      run.dispose(); // on a full disk some of it has been made
      throw error;
    }
  }

  /** The same run seen from another process, such as a test worker; only the owner disposes of it. */
  static join(id: string): Run {
    return new Run(id);
  }

  /** The runs of this machine whose owner is alive. */
  static running(): Run[] {
    const owned = (id: string) => readJson<ProcessIdentity>(path.join(runsFolder(), id, 'owner.json'));
    return listFolder(runsFolder())
      .filter((id) => isAlive(owned(id) ?? { pid: -1, startedAt: 'never' }))
      .map((id) => new Run(id));
  }

  /** The number of the process that began it. */
  get owner(): number {
    return Number.parseInt(this.id, 10);
  }

  /** A new empty folder of this run. */
  makeFolder(name: string): string {
    return fs.mkdtempSync(path.join(this.folder, `${name}-`));
  }

  /** Notes a child that leads its own process group (`detached: true`), so that it cannot outlive the run. */
  adopt(child: ChildProcess): ProcessIdentity {
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity) return { pid: child.pid ?? -1, startedAt: 'never' };
    try {
      fs.writeFileSync(path.join(this.folder, 'children', `${identity.pid}.json`), JSON.stringify(identity));
    } catch (error) {
      // The run has just been disposed of by its owner, or the disk is full: nobody else would ever end this child.
      signalGroup(identity, 'SIGKILL');
      throw error;
    }
    return identity;
  }

  /** Notes a container by its name or id. Best before it is created: then no moment is left in which it could leak. */
  adoptContainer(name: string): void {
    fs.writeFileSync(path.join(this.folder, 'containers', name), '');
  }

  adoptNetwork(name: string): void {
    fs.writeFileSync(path.join(this.folder, 'networks', name), '');
  }

  /** Notes a folder elsewhere, best before it is made; it is removed with the run. */
  adoptFolder(folder: string): void {
    fs.writeFileSync(path.join(this.folder, 'folders', randomBytes(4).toString('hex')), folder);
  }

  /** Forgets containers and networks that their own part has removed already. */
  release(names: string[]): void {
    for (const name of names) {
      fs.rmSync(path.join(this.folder, 'containers', name), { force: true });
      fs.rmSync(path.join(this.folder, 'networks', name), { force: true });
    }
  }

  /** What the run has started and not yet ended, by name: processes, containers, networks. */
  unfinished(): string[] {
    const alive = childrenOf(this.folder).filter(isAlive);
    const [containers, networks] = ['containers', 'networks'].map((kind) => listFolder(path.join(this.folder, kind)));
    return [...alive.map(({ pid }) => `process ${pid}`), ...(containers ?? []), ...(networks ?? [])];
  }

  /** Kills every child and container of the run and removes its networks and its folder. Safe to call twice. */
  dispose(): void {
    disposeRun(this.folder);
  }
}

/** Longest wait for killed children, in milliseconds; the kernel needs a few for each. */
const DEATH_LIMIT_MS = 3000;
/** Nobody ever wakes what waits on this: the one way to pause synchronously, as on the way out of a process. */
const pausable = new Int32Array(new SharedArrayBuffer(4));

const KINDS = ['children', 'containers', 'networks', 'folders'];

function runsFolder(): string {
  return cacheFolder('runs');
}

/** Removes runs whose owner is no longer alive. Returns how many there were. */
export function reapOrphans(): number {
  const dead = orphans();
  for (const folder of dead) disposeRun(folder);
  return dead.length;
}

/** The folders of runs whose owner is no longer alive. */
export function orphans(): string[] {
  return listFolder(runsFolder())
    .map((id) => path.join(runsFolder(), id))
    .filter(isOrphan);
}

/** A folder without a readable owner is younger than its owner file, or broken: its name and then its age tell. */
function isOrphan(folder: string): boolean {
  const owner = readJson<ProcessIdentity>(path.join(folder, 'owner.json'));
  if (owner) return !isAlive(owner);
  if (!identify(Number.parseInt(path.basename(folder), 10))) return true;
  const age = Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > 60_000;
}

function disposeRun(folder: string): void {
  killChildren(folder);
  const [containers, networks] = ['containers', 'networks'].map((kind) => listFolder(path.join(folder, kind)));
  const gone = removeFromDocker(containers ?? [], networks ?? []);
  for (const elsewhere of adoptedFolders(folder)) remove(elsewhere);
  // While Docker is away its containers keep their data on the disk: their names must stay, for the next start to remove.
  const keep = gone ? [] : ['owner.json', 'containers', 'networks'];
  for (const entry of listFolder(folder)) if (!keep.includes(entry)) remove(path.join(folder, entry));
  if (gone) remove(folder);
  // Last: a worker that is still on its way out sees that the folder is gone, and takes no further lock.
  unlockPorts(folder);
}

/** Waits for the dead, because until then they hold their ports and write to their folders. */
function killChildren(folder: string): void {
  // A spawner that was killed at the wrong moment has started a child and not noted it.
  const children = [...childrenOf(folder), ...[folder, ...adoptedFolders(folder)].flatMap(leadersNaming)];
  for (const child of children) signalGroup(child, 'SIGKILL');
  const deadline = performance.now() + DEATH_LIMIT_MS;
  while (children.some(isAlive) && performance.now() < deadline) Atomics.wait(pausable, 0, 0, 5);
}

function adoptedFolders(folder: string): string[] {
  const notes = path.join(folder, 'folders');
  return listFolder(notes).map((note) => fs.readFileSync(path.join(notes, note), 'utf8'));
}

function childrenOf(folder: string): ProcessIdentity[] {
  return listFolder(path.join(folder, 'children'))
    .map((file) => readJson<ProcessIdentity>(path.join(folder, 'children', file)))
    .filter((child) => child !== undefined);
}

function remove(target: string): void {
  fs.rmSync(target, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** The names in a folder; none when it is missing, or when another process has just removed it. */
function listFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
