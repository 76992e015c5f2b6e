import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { GuidedError } from './guided-error.ts';
import { type Run, readText } from './run.ts';

// Below every platform's ephemeral range (Linux 32768–60999, macOS and IANA 49152–65535), so that no outgoing connection
// can take a port between its reservation and the moment when a broker listens on it.
const FIRST = 20_000;
const COUNT = 12_000;

/**
 * Reserves TCP ports on 127.0.0.1 for a run. A lock file keeps concurrent runs apart, a trial bind keeps foreign programs
 * apart; a lock whose run is gone is taken over. Throws a GuidedError when nothing is free.
 */
export async function reservePorts(run: Run, count: number): Promise<number[]> {
  const folder = cacheFolder('ports');
  fs.mkdirSync(folder, { recursive: true });
  const ports: number[] = [];
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT && ports.length < count; step++) {
    const port = FIRST + ((start + step) % COUNT);
    if (claim(path.join(folder, String(port)), run) && (await isFree(port))) ports.push(port);
  }
  if (ports.length < count) {
    throw new GuidedError(
      `No ${count} free TCP ports were found between ${FIRST} and ${FIRST + COUNT - 1} on 127.0.0.1.`,
      `rm -r ${folder}, then the same command again.`,
    );
  }
  return ports;
}

/** Whether a server could listen on the port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function claim(lock: string, run: Run): boolean {
  try {
    fs.writeFileSync(lock, run.folder, { flag: 'wx' });
    return true;
  } catch {
    if (fs.existsSync(readText(lock))) return false;
    fs.writeFileSync(lock, run.folder);
    return readText(lock) === run.folder;
  }
}
