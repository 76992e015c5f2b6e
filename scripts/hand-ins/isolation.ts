// How hand-ins are kept from the machine, from the grader and from each other: each as a user of its own, and on Linux each job in
// namespaces of its own, where it sees no processes, no network and no solutions but its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder } from '#infra/machine/cache.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';

export type Isolation =
  /** A user and namespaces for each job. */
  | 'namespaces'
  /** A user for each job; jobs could reach each other's brokers, so that they run one after another. */
  | 'user'
  /** None: the hand-ins are trusted. */
  | 'none';

export const ISOLATION_TEXT: Record<Isolation, string> = {
  namespaces: 'each hand-in ran as a user of its own, in a process, network and mount namespace of its own',
  user: 'each hand-in ran as a user of its own, one after another; the network was shared',
  none: 'hand-ins were trusted, and ran as the user who graded them',
};

/** Numbers that no account has: above those of people, services and most directories. */
const FIRST_UID = 1_710_000_000;
/** Batches that run at the same time must not end each other's programs: each has as many users of its own. */
const UIDS_A_BATCH = 64;
const BATCHES = 4_000_000;
const PROBE_LIMIT_MS = 20_000;
/** Where any user may write. */
const COMMON_FOLDERS = ['/tmp', '/var/tmp', '/dev/shm'];
/** What is nobody's business in a job: it needs neither, and they hold the answers and the instructor's own work. */
const HIDDEN = ['solutions', 'labs', '.workbook'];

/** The user of the job that runs in this place of the pool. */
export function uidOf(slot: number): number {
  return FIRST_UID + (process.pid % BATCHES) * UIDS_A_BATCH + (slot % UIDS_A_BATCH);
}

/** Whether this is a user that hand-ins run as. */
export function isHandInUid(uid: number): boolean {
  return uid >= FIRST_UID && uid < FIRST_UID + BATCHES * UIDS_A_BATCH;
}

/** The strongest isolation that this machine gives us. Throws a GuidedError where it gives none, and none was not asked for. */
export function chooseIsolation(trusted: boolean, parts: string | undefined): Isolation {
  if (trusted) return 'none';
  if (process.getuid?.() !== 0) {
    throw new GuidedError(
      'Hand-ins are run as users of their own, and only root can do that.',
      'sudo env "PATH=$PATH" npm run grade -- … (or in the dev container); --trust-hand-ins runs them as yourself.',
    );
  }
  demandReachable();
  // A broker in Docker is on the machine's network, which a namespace has no way to.
  if (parts === 'docker' || process.platform !== 'linux') return 'user';
  const probe = spawnSync('unshare', [...UNSHARE, '/bin/sh', '-c', SET_UP, 'job', WORKBOOK, 'true'], {
    timeout: PROBE_LIMIT_MS,
  });
  return probe.status === 0 ? 'namespaces' : 'user';
}

/** Another user must get to the workbook's Node and packages. */
function demandReachable(): void {
  const packages = fs.realpathSync(path.join(WORKBOOK, 'node_modules'));
  const read = `fs.accessSync(${JSON.stringify(path.join(packages, 'kafkajs', 'package.json'))})`;
  const uid = uidOf(0);
  const probe = spawnSync(process.execPath, ['-e', read], { uid, gid: uid, cwd: '/', timeout: PROBE_LIMIT_MS });
  if (probe.status === 0) return;
  if (probe.error) {
    throw new GuidedError(
      `Hand-ins are run as users of their own, and this machine does not let us be user ${uid} (${probe.error.message}).`,
      'in a container, one that runs as root without remapped users; --trust-hand-ins runs them as yourself.',
    );
  }
  throw new GuidedError(
    `Hand-ins are run as users of their own, and those cannot read ${packages}: a folder on the way is closed to them.`,
    `chmod o+rx the folders above it, or clone the workbook to where everybody may read, such as /opt.`,
  );
}

/** A folder for the jobs that their users can pass through; it is removed with the run. */
export function scratchFor(run: Run, isolation: Isolation): string {
  if (isolation === 'none') return run.makeFolder('jobs');
  const folder = path.join(fs.realpathSync(os.tmpdir()), `workbook-grade-${run.id}`);
  run.adoptFolder(folder);
  fs.mkdirSync(folder, { mode: 0o711 });
  fs.chmodSync(folder, 0o711);
  return folder;
}

/** A cache for one job, whose runs nobody else reaps; what is made once for all of them is linked into it. */
export function cacheForJob(folder: string): string {
  const cache = path.join(folder, 'cache');
  fs.mkdirSync(cache, { mode: 0o711 });
  for (const name of ['artifacts', 'kafka', 'java']) {
    if (fs.existsSync(cacheFolder(name))) fs.symlinkSync(cacheFolder(name), path.join(cache, name));
  }
  return cache;
}

const UNSHARE = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child', '--mount-proc'];
/** Where every user may write, and nothing of the workbook's lies: a job has its own, which are gone with it. */
function privateFolders(): string[] {
  const used = [os.tmpdir(), WORKBOOK, cacheFolder('.')].map((place) => path.resolve(place));
  const common = ['/dev/shm', '/var/tmp', '/run/lock'].filter((folder) => fs.existsSync(folder));
  return common.filter((folder) => !used.some((place) => `${place}/`.startsWith(`${folder}/`)));
}

/**
 * Brings up 127.0.0.1 and hides what is hidden in the workbook, its first argument, then runs the others; it stays, because orphans
 * need somebody to bury them.
 */
const SET_UP = [
  ...privateFolders().map((folder) => `mount -t tmpfs -o mode=1777,size=64m none ${folder} || exit 1`),
  'ip link set lo up || exit 1',
  'workbook="$1"; shift',
  `for name in ${HIDDEN.join(' ')}; do if [ -d "$workbook/$name" ]; then mount -t tmpfs -o mode=0700,size=4k none "$workbook/$name" || exit 1; fi; done`,
  '"$@"',
].join('; ');

/** Sends SIGKILL to every process of a user. Returns whether there was one. */
function signalAllOf(uid: number): boolean {
  if (!fs.existsSync('/proc/self')) return spawnSync('pkill', ['-KILL', '-u', String(uid)]).status === 0;
  const names = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pids = names.filter((pid) => fs.lstatSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid);
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {} // it has ended meanwhile
  }
  return pids.length > 0;
}

/** The command line that runs a command in this isolation. */
export function isolated(command: string[], isolation: Isolation): string[] {
  return isolation === 'namespaces'
    ? ['unshare', ...UNSHARE, '/bin/sh', '-c', SET_UP, 'job', WORKBOOK, ...command]
    : command;
}

const END_LIMIT_MS = 5_000;
const POLL_MS = 20;

/**
 * Ends what still runs as a job's user, which outside of a namespace nothing else does, and removes what it has left where
 * everybody may write.
 */
export async function sweepAfter(uid: number): Promise<void> {
  const deadline = performance.now() + END_LIMIT_MS;
  while (signalAllOf(uid) && performance.now() < deadline) await pause(POLL_MS);
  for (const folder of COMMON_FOLDERS) {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      const place = path.join(folder, name);
      if (fs.lstatSync(place, { throwIfNoEntry: false })?.uid === uid)
        fs.rmSync(place, { recursive: true, force: true });
    }
  }
}
