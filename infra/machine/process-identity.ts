import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number: pids are reused, start times are not. */
export interface ProcessIdentity {
  pid: number;
  startedAt: string;
}

/** The identity of a live process, or undefined when there is none (a zombie counts as none once all its threads are gone). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Sends a signal to the whole process group that `identity` leads or has led: members may outlive their leader. A group
 * that is gone is fine.
 */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  const now = identify(identity.pid);
  // A number is not given to a new process while a group still bears it, so a stranger here means that ours is gone.
  if (identity.pid <= 1 || (now && now.startedAt !== identity.startedAt)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch (error) {
    // macOS answers EPERM for a group of which only zombies are left.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && !(code === 'EPERM' && !now)) throw error;
  }
}

function startTimeFromProc(pid: number): string | undefined {
  try {
    // proc(5): the name in parentheses may hold spaces; after it come field 3, the state, and so on.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, startedAt] = [fields[0], Number(fields[17]), fields[19]];
    // A killed process turns zombie while its other threads still hold its sockets and file locks.
    const ended = state === 'X' || (state === 'Z' && threads <= 1);
    return ended ? undefined : startedAt;
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state = 'Z', ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}
