// Whether there is a Java that runs Kafka, and where.

import { findJava, type Java, REQUIRED_JAVA } from '#infra/kafka/java.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { attention, type Finding, fine, trouble } from './finding.ts';
import { commandHere } from './machine.ts';

const INSTALL = {
  apt: 'apt-get install -y openjdk-17-jre-headless',
  dnf: 'dnf install -y java-21-openjdk-headless',
  brew: 'brew install --cask temurin',
  otherwise: 'npm run doctor -- --fix',
};

/** The Java, or the sentence that says why there is none. */
export async function examineJava(): Promise<Java | string> {
  try {
    return await findJava();
  } catch (error) {
    if (error instanceof GuidedError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** `needed`: Kafka is to run on it. */
export function lookAtJava(java: Java | string, needed: boolean): Finding {
  if (typeof java !== 'string')
    return fine('Java', `${java.major} at ${java.home}; Kafka needs ${REQUIRED_JAVA} or newer`);
  const finding = needed ? trouble : attention;
  return finding('Java', needed ? java : `${java}; Docker does without`, commandHere(INSTALL));
}
