import fs from 'node:fs';
import net from 'node:net';
import { GuidedError } from './guided-error.ts';
import { lockPort, locksFolder, unlockPort } from './port-locks.ts';
import type { Run } from './run.ts';

// Below every platform's ephemeral range (Linux 32768–60999, macOS and IANA 49152–65535), so that no outgoing connection
// can take a port between its reservation and the moment when a broker listens on it.
const FIRST = 20_000;
const COUNT = 12_000;

/**
 * Reserves TCP ports on 127.0.0.1 for a run. A lock keeps concurrent runs apart, a trial bind keeps foreign programs apart;
 * a lock whose run is gone is taken over. Throws a GuidedError when nothing is free, and another error when the run has ended.
 */
export async function reservePorts(run: Run, count: number): Promise<number[]> {
  const ports: number[] = [];
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT && ports.length < count; step++) {
    if (!fs.existsSync(run.folder)) throw new Error(`Run ${run.id} has ended, and needs no port.`);
    const port = FIRST + ((start + step) % COUNT);
    if (await takePort(run, port)) ports.push(port);
  }
  if (ports.length < count) {
    throw new GuidedError(
      `No ${count} free TCP ports were found between ${FIRST} and ${FIRST + COUNT - 1} on 127.0.0.1.`,
      `rm -r ${locksFolder()}, then the same command again.`,
    );
  }
  return ports;
}

/** Reserves one port of 127.0.0.1 for a run: the preferred one where nobody has it, else any. Throws like `reservePorts`. */
export async function reservePreferred(run: Run, preferred: number): Promise<number> {
  if (await takePort(run, preferred)) return preferred;
  const [spare = preferred] = await reservePorts(run, 1);
  return spare;
}

/** How often a port may be taken by somebody else between its reservation and its use. */
const ATTEMPTS = 3;

/**
 * Reserves a port like `reservePreferred` and listens on it. A program of somebody else may have been faster: then another
 * port is tried. Rejects like `reservePreferred`, and with whatever else `listen` rejects with.
 */
export async function listenOnPreferred<T>(
  run: Run,
  preferred: number,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(await reservePreferred(run, preferred));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function takePort(run: Run, port: number): Promise<boolean> {
  if (!lockPort(port, run.folder)) return false;
  const free = await isFree(port);
  if (!free) unlockPort(port, run.folder);
  return free;
}

/** Whether a server could listen on the port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
