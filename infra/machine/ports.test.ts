import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { expect, test } from 'vitest';
import { lockedPorts, lockPort, unlockPort } from './port-locks.ts';
import { isFree, listenOnPreferred, reservePorts, reservePreferred } from './ports.ts';
import { Run } from './run.ts';
import { runScript, scratchCache } from './test-cache.ts';
import { waitUntil } from './wait-until.ts';

scratchCache();

test('two processes that reserve at the same time never get the same port', async () => {
  const processes = Array.from({ length: 2 }, () => runScript('machine/test-programs/reserve-ports.ts', ['300']));
  await waitUntil(() => processes.every(({ output }) => output().includes('\n')), 30_000, 'both to reserve');
  const ports = processes.flatMap(({ output }) => JSON.parse(output()) as number[]);
  expect(ports).toHaveLength(600);
  expect(new Set(ports).size).toBe(600);
});

test('the ports of a run are free for others after it', async () => {
  const first = Run.begin();
  await reservePorts(first, 5);
  expect(lockedPorts(first.folder)).toHaveLength(5);
  first.dispose();
  expect(lockedPorts(first.folder)).toEqual([]);
});

test('a run that has ended gets no port, and leaves no lock', async () => {
  const run = Run.begin();
  const [port = 0] = await reservePorts(run, 1);
  run.dispose();
  expect(lockPort(port, run.folder)).toBe(false);
  await expect(reservePorts(run, 1)).rejects.toThrow('has ended');
  expect(lockedPorts(run.folder)).toEqual([]);
});

test('a port that somebody takes in the last moment is replaced by another', async () => {
  const run = Run.begin();
  const [preferred = 0] = await reservePorts(run, 1);
  unlockPort(preferred, run.folder);
  const faster = net.createServer();
  const listening = await listenOnPreferred(run, preferred, async (port) => {
    if (port === preferred) await once(faster.listen(port, '127.0.0.1'), 'listening');
    const server = net.createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  });
  expect((listening.address() as net.AddressInfo).port).not.toBe(preferred);
  for (const server of [faster, listening]) server.close();
  run.dispose();
});

test('the next run removes the locks of a run whose folder somebody has deleted', async () => {
  const run = Run.begin();
  await reservePorts(run, 2);
  fs.rmSync(run.folder, { recursive: true });
  Run.begin().dispose();
  expect(lockedPorts(run.folder)).toEqual([]);
});

test('two runs that prefer the same port at the same time do not both get it', async () => {
  const [one, other] = [Run.begin(), Run.begin()];
  const [preferred = 0] = await reservePorts(one, 1);
  unlockPort(preferred, one.folder);
  const ports = await Promise.all([reservePreferred(one, preferred), reservePreferred(other, preferred)]);
  expect(ports.filter((port) => port === preferred)).toHaveLength(1);
  for (const run of [one, other]) run.dispose();
});

test('a port on which somebody listens is not free', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await waitUntil(() => server.listening, 5000, 'the server to listen');
  const { port } = server.address() as net.AddressInfo;
  expect(await isFree(port)).toBe(false);
  server.close();
  await waitUntil(() => isFree(port), 5000, 'the port to be free again');
});
