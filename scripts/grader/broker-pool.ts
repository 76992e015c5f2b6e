// Fresh brokers for grading, started ahead of their use: while one job runs, the next one's broker gets ready.
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '#infra/kafka/choose.ts';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import type { KafkaCluster, KafkaOptions } from '#infra/kafka/kafka.ts';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { deadLetterTopic, PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import type { Chapter } from '../chapters.ts';

export interface FreshKafka {
  cluster: KafkaCluster;
  /** Why it is had in this way. */
  reason: string;
}

export interface BrokerPoolOptions {
  run: Run;
  report?: ((status: string) => void) | undefined;
  /** How Kafka is had, in place of WORKBOOK_PARTS. */
  parts?: string | undefined;
}

/** How many brokers a cluster has. */
export type Size = KafkaOptions['brokers'];

/** The size of a chapter's clusters, where a test file does not ask for another. */
export function brokersOf({ needs }: Chapter): Size {
  return needs === 'kafka x3' ? 3 : 1;
}

export class BrokerPool {
  readonly #options: BrokerPoolOptions;
  readonly #chapter: Chapter;
  #ready: { size: Size; starting: Promise<FreshKafka> }[] = [];

  constructor(chapter: Chapter, options: BrokerPoolOptions) {
    this.#chapter = chapter;
    this.#options = options;
  }

  /** Begins to start clusters, so that these are ready or on their way. */
  warm(wanted: Size[]): void {
    const there = this.#ready.map(({ size }) => size);
    for (const size of wanted) {
      const found = there.indexOf(size);
      if (found >= 0) {
        there.splice(found, 1);
        continue;
      }
      const starting = this.#start(size);
      // Whoever takes it hears of a failure; until then it is nobody's unhandled rejection.
      starting.catch(() => {});
      this.#ready.push({ size, starting });
    }
  }

  /** A cluster that nobody has used, with the chapter's topics. Rejects with a GuidedError when none can be started. */
  take(size: Size): Promise<FreshKafka> {
    const found = this.#ready.findIndex((ready) => ready.size === size);
    const [ready] = found < 0 ? [] : this.#ready.splice(found, 1);
    return ready?.starting ?? this.#start(size);
  }

  /** Ends the clusters that nobody took. */
  async close(): Promise<void> {
    const rest = await Promise.allSettled(this.#ready.splice(0).map(({ starting }) => starting));
    await Promise.all(rest.map(async (one) => one.status === 'fulfilled' && one.value.cluster.dispose()));
  }

  async #start(brokers: Size): Promise<FreshKafka> {
    const { run, report, parts } = this.#options;
    // Programs are sent to the tap, which the job's worker opens on these ports.
    const advertisedPorts = await reservePorts(run, brokers);
    const options = { run, brokers, advertisedPorts, ...(report ? { report } : {}) };
    const fresh = await startKafka(options, { allowExternal: false, ...(parts ? { parts } : {}) });
    if (this.#chapter.topics === 'made') await createTopics({ brokers: fresh.cluster.directBrokers });
    return fresh;
  }
}

/** The six topics of the course and a dead-letter topic for each. */
export async function createTopics(connection: ClientConfig): Promise<void> {
  const admin = new Kafka({ ...connection, clientId: 'workbook-setup', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = [...TOPICS, ...TOPICS.map(deadLetterTopic)];
  await makeTopics(
    admin,
    names.map((topic) => ({ topic, numPartitions: PARTITIONS })),
  );
  await admin.disconnect();
}
