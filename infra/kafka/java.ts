import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { GuidedError } from '../machine/guided-error.ts';
import { cachedJava } from './java-runtime.ts';

export interface Java {
  command: string;
  /** The feature release: 17, 21, 25 … */
  major: number;
  /** The folder of its installation. */
  home: string;
  /** Everything that tells this runtime from another, for caches that are valid only with it. */
  fingerprint: string;
}

/** Kafka 4's brokers are compiled for Java 17 (class file version 61). */
export const REQUIRED_JAVA = 17;

/** A Java that is there answers within a second; on a machine that is busy, much later. */
const LIMIT_MS = 60_000;
const execute = promisify(execFile);

const HOW_TO_GET_ONE =
  'npm run doctor, which names the command that installs one here; or use Docker: WORKBOOK_PARTS=docker before the same command.';

/** Finds a Java that can run Kafka: JAVA_HOME first, then the path, then the one that the doctor has fetched. Throws a GuidedError when there is none. */
export async function findJava(): Promise<Java> {
  const home = process.env.JAVA_HOME;
  const candidates = [...(home ? [path.join(home, 'bin', 'java')] : []), 'java', cachedJava()];
  const found = (await Promise.all(candidates.map(inspectOnce))).filter((java) => java !== undefined);
  const suitable = found.find((java) => java.major >= REQUIRED_JAVA);
  if (suitable) return suitable;
  const [tooOld] = found;
  throw new GuidedError(
    tooOld
      ? `Kafka needs Java ${REQUIRED_JAVA} or newer, and ${tooOld.command} is Java ${tooOld.major}.`
      : `Kafka runs on Java, and there is none: neither JAVA_HOME nor the path leads to one.`,
    HOW_TO_GET_ONE,
  );
}

/** Whether `findJava` would succeed. */
export async function hasJava(): Promise<boolean> {
  try {
    await findJava();
    return true;
  } catch {
    return false;
  }
}

/** What was found by a command and a path; each look starts a JVM, and every broker asks. */
const known = new Map<string, Java>();

async function inspectOnce(command: string): Promise<Java | undefined> {
  const place = `${command}\n${process.env.PATH}`;
  const java = known.get(place) ?? (await inspect(command));
  if (java) known.set(place, java);
  return java;
}

async function inspect(command: string): Promise<Java | undefined> {
  try {
    const { stderr } = await execute(command, ['-XshowSettings:properties', '-version'], {
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    return parseJava(command, stderr);
  } catch {
    return undefined;
  }
}

/** Reads `java -XshowSettings:properties -version`. */
export function parseJava(command: string, settings: string): Java | undefined {
  const property = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(settings)?.[1]?.trim();
  const specification = property('java\\.specification\\.version');
  const version = property('java\\.vm\\.version');
  const home = property('java\\.home') ?? '';
  if (!specification || !version) return undefined;
  // Up to Java 8 the specification was called 1.8.
  const major = Number(specification.replace(/^1\./, ''));
  return { command, major, home, fingerprint: [version, property('java\\.vm\\.vendor'), home].join(' ') };
}
