// Which program listens on a port, where that can be told without asking for more rights.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';

const LIMIT_MS = 2_000;
/** The state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

export interface Holder {
  pid: number;
  name: string;
}

export async function holderOf(port: number): Promise<Holder | undefined> {
  return process.platform === 'linux' ? holderInProc(port) : holderByLsof(port);
}

/** proc(5): /proc/net/tcp names the inode of the listening socket, and /proc/PID/fd leads to the same inode. */
function holderInProc(port: number): Holder | undefined {
  const sockets = ['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`);
  const pid = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => openFiles(name).some((file) => sockets.includes(file)));
  return pid === undefined ? undefined : { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() };
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readText(`/proc/net/${table}`).split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(wanted) && state === LISTEN)
    .map((fields) => fields[9] ?? '');
}

function openFiles(pid: string): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // another user's process, or one that has just ended
  }
}

async function holderByLsof(port: number): Promise<Holder | undefined> {
  try {
    const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
    const { stdout } = await promisify(execFile)('lsof', args, { timeout: LIMIT_MS });
    const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout) ?? [];
    return pid === undefined ? undefined : { pid: Number(pid), name: name ?? '' };
  } catch {
    return undefined;
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
