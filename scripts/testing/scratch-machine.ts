// For tests: a cache folder of the test's own, so that everything that a verb has left is found, and nothing of anybody
// else's is taken for it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { brokerJvm } from '#infra/kafka/broker-jvm.ts';
import { prepareBroker } from '#infra/kafka/prepared-broker.ts';
import { cacheFolder } from '#infra/machine/cache.ts';
import { lockedPorts } from '#infra/machine/port-locks.ts';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';

const END_LIMIT_MS = 10_000;
/** What is made once for all runs; a test may borrow it. */
const [ARTIFACTS, PREPARED] = ['artifacts', 'kafka'];

/** An empty folder that is gone after the test. */
export function scratchFolder(name: string): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), `${name}-`));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A cache in which Kafka is there already. */
export function cacheWithKafka(folder = scratchFolder('cache')): string {
  return withLinks(folder, [ARTIFACTS, PREPARED]);
}

/** A cache in which Kafka's jars are there, and the broker is yet to be prepared. */
export function coldCache(): string {
  return withLinks(scratchFolder('cache'), [ARTIFACTS]);
}

function withLinks(folder: string, names: string[]): string {
  for (const name of names) fs.symlinkSync(cacheFolder(name), path.join(folder, name));
  return folder;
}

/** Fetches and prepares Kafka in the real cache, where it is not there yet. */
export async function ensureKafka(): Promise<void> {
  const run = Run.begin();
  try {
    await prepareBroker(await brokerJvm(), run, () => {});
  } finally {
    run.dispose();
  }
}

/** Asserts that nothing of a verb that used the cache is left: process, run, port lock, half-written file. */
export async function expectNothingLeft(cache: string, told = ''): Promise<void> {
  const look = () => processesNaming(cache);
  await waitUntil(() => look().length === 0, END_LIMIT_MS, 'its processes to end').catch(() => {});
  expect(look(), told).toEqual([]);
  expect(entries(path.join(cache, 'runs')), told).toEqual([]);
  expect(lockedPorts(cache), told).toEqual([]);
  expect(fs.readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter(isHalf)).toEqual([]);
}

function isHalf(file: string): boolean {
  return file.endsWith('.part');
}

function entries(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/** Command lines of processes that name a folder, in their arguments or (on Linux) in their environment. */
function processesNaming(folder: string): string[] {
  if (process.platform !== 'linux') {
    const all = execFileSync('ps', ['-Aww', '-o', 'pid=,command='], { encoding: 'utf8' });
    return all.split('\n').filter((line) => line.includes(folder));
  }
  const texts = (pid: string) => ['cmdline', 'environ'].map((file) => readProc(pid, file));
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => texts(pid).some((text) => text.includes(folder))).map((pid) => readProc(pid, 'cmdline'));
}

function readProc(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
