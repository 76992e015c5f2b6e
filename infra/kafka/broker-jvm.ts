import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fetchArtifacts, type LockedArtifact } from '../maven/artifacts.ts';
import lock from './artifacts.lock.json' with { type: 'json' };
import { findJava, type Java } from './java.ts';

/** What it takes to run one of Kafka's main classes. */
export interface BrokerJvm {
  java: Java;
  classPath: string;
}

/** Finds a Java and fetches the pinned jars. Throws a GuidedError when either cannot be had. */
export async function brokerJvm(report: (status: string) => void = () => {}): Promise<BrokerJvm> {
  const java = await findJava();
  // By their real paths, so that whoever reaches the cache through a link shares what has been prepared for it.
  const jars = (await fetchBrokerJars(report)).map((jar) => fs.realpathSync(jar));
  // The class data archive is valid only for the very same class path, so its order is the lock's order.
  return { java, classPath: jars.join(path.delimiter) };
}

/** The paths of Kafka's jars, fetched where they are missing. Throws a GuidedError when they cannot be had. */
export function fetchBrokerJars(report: (status: string) => void): Promise<string[]> {
  return fetchArtifacts(lock as LockedArtifact[], (done, total) => {
    report(`fetching Apache Kafka (once): ${megabytes(done)} of ${megabytes(total)} MB`);
  });
}

/** Flags that halve a small broker's start: no optimising compiler, the simplest collector (measured in `npm run bench`). */
const FLAGS = [
  '-XX:-UsePerfData',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** A heap (JVM notation) that is enough for a lab on one broker, and for each of three. */
export function heapFor(brokers: number): string {
  return brokers === 1 ? '-Xmx512m' : '-Xmx160m';
}

/**
 * Starts a main class in a process group of its own, so that a Ctrl-C in the terminal reaches us and not the broker; its
 * output is appended to `logFile`, and what its libraries unpack (native code of codecs) goes beside it, not to /tmp.
 */
export function spawnJava(jvm: BrokerJvm, flags: string[], main: string[], logFile: string): ChildProcess {
  const log = fs.openSync(logFile, 'a');
  try {
    return spawn(
      jvm.java.command,
      [...FLAGS, `-Djava.io.tmpdir=${path.dirname(logFile)}`, ...flags, '-cp', jvm.classPath, ...main],
      {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: path.dirname(logFile),
      },
    );
  } finally {
    fs.closeSync(log);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
