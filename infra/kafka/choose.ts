// Which of the three ways a Kafka is had: decided purely, from facts about the machine and what was asked for; then started.
import { GuidedError } from '../machine/guided-error.ts';
import { attachDocker, startDocker } from './docker.ts';
import { isKafkaImagePresent } from './docker-image-present.ts';
import { attachEmbedded, startEmbedded } from './embedded.ts';
import { attachExternal, connectExternal } from './external.ts';
import { hasJava } from './java.ts';
import type { KafkaCluster, KafkaHandle, KafkaOptions, KafkaWay } from './kafka.ts';

/** What the choice depends on. */
export interface KafkaFacts {
  /** Whether the caller may use a cluster of somebody else's: graders may not. */
  allowExternal: boolean;
  /** KAFKA_BROKERS is set. */
  brokersGiven: boolean;
  /** WORKBOOK_PARTS. */
  parts: string | undefined;
  /** A Java that runs Kafka is installed. */
  java: boolean;
  /** The image is in the local Docker engine already. */
  image: boolean;
}

export interface KafkaChoice {
  way: KafkaWay;
  /** For people: completes "Kafka: …". */
  reason: string;
}

/** Throws a GuidedError when WORKBOOK_PARTS asks for something that does not exist or may not be had. */
export function chooseKafka(facts: KafkaFacts): KafkaChoice {
  const { way, reason } = chosenWay(facts);
  const ignored = facts.brokersGiven && !facts.allowExternal;
  return {
    way,
    reason: ignored ? `${reason}; KAFKA_BROKERS is not used, because grading needs a fresh broker` : reason,
  };
}

function chosenWay({ allowExternal, brokersGiven, parts, java, image }: KafkaFacts): KafkaChoice {
  switch (parts || undefined) {
    case 'docker':
      return { way: 'docker', reason: 'in Docker (WORKBOOK_PARTS=docker)' };
    case 'embedded':
      return { way: 'embedded', reason: 'in a local JVM (WORKBOOK_PARTS=embedded)' };
    case 'external':
      if (allowExternal && brokersGiven) return { way: 'external', reason: 'the cluster of KAFKA_BROKERS' };
      throw externalImpossible(allowExternal);
    case undefined:
      if (allowExternal && brokersGiven) return { way: 'external', reason: 'the cluster of KAFKA_BROKERS' };
      if (image) return { way: 'docker', reason: 'in Docker (its image is present)' };
      if (!java) return { way: 'docker', reason: 'in Docker (there is no Java 17 or newer)' };
      return { way: 'embedded', reason: 'in a local JVM (Java is present, the Docker image is not)' };
    default:
      throw new GuidedError(
        `WORKBOOK_PARTS is "${parts}", which is none of docker, embedded and external.`,
        'unset it, or set it to one of the three.',
      );
  }
}

function externalImpossible(allowExternal: boolean): GuidedError {
  return allowExternal
    ? new GuidedError(
        'WORKBOOK_PARTS=external asks for a cluster of yours, but KAFKA_BROKERS does not say where it is.',
        'set KAFKA_BROKERS=host:port, or unset WORKBOOK_PARTS.',
      )
    : new GuidedError(
        'Grading needs a fresh broker of its own, so it cannot use an external cluster.',
        'unset WORKBOOK_PARTS and the same command again (KAFKA_BROKERS may stay set; it is not used).',
      );
}

export interface StartedKafka {
  cluster: KafkaCluster;
  /** For people: why it is had in this way; completes "Kafka: …". */
  reason: string;
}

/**
 * Starts Kafka in the way that suits this machine and what was asked for: by `parts`, or else by WORKBOOK_PARTS. With
 * `allowExternal: false`, for graders, a cluster given by KAFKA_BROKERS is left alone. Throws a GuidedError when the way chosen does not work.
 */
export async function startKafka(
  options: KafkaOptions,
  { allowExternal, parts = process.env.WORKBOOK_PARTS }: { allowExternal: boolean; parts?: string },
): Promise<StartedKafka> {
  const { KAFKA_BROKERS } = process.env;
  const decided = Boolean(parts) || (allowExternal && Boolean(KAFKA_BROKERS));
  const { way, reason } = chooseKafka({
    allowExternal,
    brokersGiven: Boolean(KAFKA_BROKERS),
    parts,
    // Looking at the machine takes time, and is needed only when nobody has said what to use.
    java: decided || (await hasJava()),
    image: !decided && (await isKafkaImagePresent(process.env)),
  });
  return { cluster: await start(way, options), reason };
}

function start(way: KafkaCluster['way'], options: KafkaOptions): Promise<KafkaCluster> {
  switch (way) {
    case 'external':
      return connectExternal(process.env);
    case 'docker':
      return startDocker(options);
    case 'embedded':
      return startEmbedded(options);
  }
}

/** The cluster that a handle describes, in whichever process this is. */
export function attachKafka(handle: KafkaHandle): KafkaCluster {
  const attach = { external: attachExternal, docker: attachDocker, embedded: attachEmbedded };
  return attach[handle.way](handle);
}
