import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { GuidedError } from '../machine/guided-error.ts';

export interface Java {
  command: string;
  /** The feature release: 17, 21, 25 … */
  major: number;
  /** Everything that tells this runtime from another, for caches that are valid only with it. */
  fingerprint: string;
}

/** Kafka 4's brokers are compiled for Java 17 (class file version 61). */
export const REQUIRED_JAVA = 17;

const HOW_TO_GET_ONE =
  'install a Java 17 or newer (Debian and Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk), ' +
  'or use Docker instead: WORKBOOK_PARTS=docker and the same command again.';

/** Finds a Java that can run Kafka: JAVA_HOME first, then the path. Throws a GuidedError when there is none. */
export function findJava(): Java {
  const candidates = [...(process.env.JAVA_HOME ? [path.join(process.env.JAVA_HOME, 'bin', 'java')] : []), 'java'];
  const found = candidates.map(inspect).filter((java) => java !== undefined);
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
export function hasJava(): boolean {
  try {
    return findJava().major >= REQUIRED_JAVA;
  } catch {
    return false;
  }
}

function inspect(command: string): Java | undefined {
  const { stderr } = spawnSync(command, ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  });
  return stderr ? parseJava(command, stderr) : undefined;
}

/** Reads `java -XshowSettings:properties -version`. */
export function parseJava(command: string, settings: string): Java | undefined {
  const property = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(settings)?.[1]?.trim();
  const specification = property('java\\.specification\\.version');
  const version = property('java\\.vm\\.version');
  if (!specification || !version) return undefined;
  // Up to Java 8 the specification was called 1.8.
  const major = Number(specification.replace(/^1\./, ''));
  return { command, major, fingerprint: [version, property('java\\.vm\\.vendor'), property('java\\.home')].join(' ') };
}
