import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { GuidedError } from '../machine/guided-error.ts';
import { REQUIRED_JAVA } from './java.ts';

/** A Java development kit: more than what runs Kafka, it can cut a runtime out of itself. */
export interface Jdk {
  jlink: string;
  /** Tells the machine's JDK from another, for caches. */
  fingerprint: string;
}

/** Finds jlink, in JAVA_HOME or on the path. Throws a GuidedError when there is none for Kafka's Java, or not on Linux. */
export function findJdk(): Jdk {
  if (process.platform !== 'linux') {
    throw new GuidedError(
      'The image is made from this machine’s own Java and C library, which is possible on Linux only.',
      'use the official image (unset WORKBOOK_KAFKA_IMAGE), or no Docker at all: WORKBOOK_PARTS=embedded.',
    );
  }
  const candidates = [...(process.env.JAVA_HOME ? [path.join(process.env.JAVA_HOME, 'bin', 'jlink')] : []), 'jlink'];
  for (const jlink of candidates) {
    const version = versionOf(jlink);
    if (Number.parseInt(version, 10) >= REQUIRED_JAVA) {
      return { jlink, fingerprint: `${version} ${process.arch}` };
    }
  }
  throw new GuidedError(
    `The image needs the jlink of a JDK ${REQUIRED_JAVA} or newer, and neither JAVA_HOME nor the path leads to one.`,
    'apt-get install openjdk-17-jdk-headless',
  );
}

function versionOf(jlink: string): string {
  try {
    return execFileSync(jlink, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
