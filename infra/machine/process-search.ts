import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { identify, type ProcessIdentity } from './process-identity.ts';

/**
 * Live processes whose command line names a folder and that lead a session of their own, as every child of a run does: a
 * person's pager or editor in that folder does not.
 */
export function leadersNaming(folder: string): ProcessIdentity[] {
  const pids = process.platform === 'linux' ? searchProc(folder) : searchPs(folder);
  return pids
    .filter((pid) => pid !== process.pid)
    .map(identify)
    .filter((found) => found !== undefined);
}

function searchProc(folder: string): number[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => read(pid, 'cmdline').includes(folder) && leadsSession(pid)).map(Number);
}

/** proc(5): after the name in parentheses come the state, the parent, the group and the session. */
function leadsSession(pid: string): boolean {
  const stat = read(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === pid;
}

function read(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

/** In the state of ps(1) on macOS, `s` marks the leader of a session. */
function searchPs(folder: string): number[] {
  try {
    const all = execFileSync('ps', ['-Aww', '-o', 'pid=,state=,command='], { encoding: 'utf8', maxBuffer: 16_000_000 });
    const lines = all.split('\n').filter((line) => line.includes(folder));
    return lines.filter((line) => /^\s*\d+\s+\S*s/.test(line)).map((line) => Number.parseInt(line, 10));
  } catch {
    return [];
  }
}
