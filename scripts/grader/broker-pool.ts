// Fresh brokers for grading, started ahead of their use: while one job runs, the next one's broker gets ready.
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '#infra/kafka/choose.ts';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
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

/** How many brokers a chapter's cluster has. */
export function brokersOf({ needs }: Chapter): 1 | 3 {
  return needs === 'kafka x3' ? 3 : 1;
}

export class BrokerPool {
  readonly #options: BrokerPoolOptions;
  readonly #brokers: 1 | 3;
  #ready: Promise<FreshKafka>[] = [];

  constructor(brokers: 1 | 3, options: BrokerPoolOptions) {
    this.#brokers = brokers;
    this.#options = options;
  }

  /** Begins to start clusters, so that `count` of them are ready or on their way. */
  warm(count: number): void {
    while (this.#ready.length < count) {
      const starting = this.#start();
      // Whoever takes it hears of a failure; until then it is nobody's unhandled rejection.
      starting.catch(() => {});
      this.#ready.push(starting);
    }
  }

  /** A cluster that nobody has used, with the topics of the course. Rejects with a GuidedError when none can be started. */
  take(): Promise<FreshKafka> {
    return this.#ready.shift() ?? this.#start();
  }

  /** Ends the clusters that nobody took. */
  async close(): Promise<void> {
    const rest = await Promise.allSettled(this.#ready.splice(0));
    await Promise.all(rest.map(async (one) => one.status === 'fulfilled' && one.value.cluster.dispose()));
  }

  async #start(): Promise<FreshKafka> {
    const { run, report, parts } = this.#options;
    // Programs are sent to the tap, which the job's worker opens on these ports.
    const advertisedPorts = await reservePorts(run, this.#brokers);
    const options = { run, brokers: this.#brokers, advertisedPorts, ...(report ? { report } : {}) };
    const fresh = await startKafka(options, { allowExternal: false, ...(parts ? { parts } : {}) });
    await createTopics({ brokers: fresh.cluster.directBrokers });
    return fresh;
  }
}

/** The six topics of the course and a dead-letter topic for each. */
export async function createTopics(connection: ClientConfig): Promise<void> {
  const admin = new Kafka({ ...connection, clientId: 'workbook-setup', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = [...TOPICS, ...TOPICS.map(deadLetterTopic)];
  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS })),
    waitForLeaders: true,
  });
  await admin.disconnect();
}
