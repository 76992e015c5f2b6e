// Fresh brokers for grading, started ahead of their use: while one job runs, the next one's broker gets ready.
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '#infra/kafka/choose.ts';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import type { KafkaCluster, KafkaOptions } from '#infra/kafka/kafka.ts';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { waitForBroker } from '#infra/kafka/wait-for-broker.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { deadLetterTopic, PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import type { Chapter } from '../chapters.ts';
import { emptyCluster } from './renew.ts';

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
  /** Clusters that are whole after their use are emptied and given out once more. */
  reuse?: boolean;
}

/** A cluster that is whole answers at once. */
const WHOLE_LIMIT_MS = 2_000;
/** About what a broker's start costs on two busy cores. */
const START_MS = 2_000;

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
  /** What is being emptied; each ends among the ready ones, or is removed. */
  readonly #renewals = new Set<Promise<void>>();

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

  /**
   * A cluster with the chapter's topics that nobody has used, unless clusters are to be used again. Rejects with a GuidedError
   * when none can be started.
   */
  async take(size: Size): Promise<FreshKafka> {
    const found = this.#ready.findIndex((ready) => ready.size === size);
    const [ready] = found < 0 ? [] : this.#ready.splice(found, 1);
    const taken = await (ready?.starting ?? this.#start(size));
    if (!this.#options.reuse) return taken;
    return { ...taken, cluster: { ...taken.cluster, dispose: () => this.#giveBack(size, taken) } };
  }

  /** Resolves when the cluster is ready again, or when that takes so long that the next job had better start another one. */
  async #giveBack(size: Size, used: FreshKafka): Promise<void> {
    const renewal = this.#renew(used)
      .then(() => void this.#ready.push({ size, starting: Promise.resolve(used) }))
      .catch(() => used.cluster.dispose())
      .finally(() => this.#renewals.delete(renewal));
    this.#renewals.add(renewal);
    await Promise.race([renewal, pause(START_MS)]);
  }

  async #renew({ cluster }: FreshKafka): Promise<void> {
    if (!(await isWhole(cluster))) throw new Error('a broker does not answer');
    // Checks that make their topics themselves delete all others first.
    if (this.#chapter.topics === 'none') return;
    await emptyCluster(cluster.directBrokers[0] ?? '');
    await createTopics({ brokers: cluster.directBrokers });
  }

  /** Resolves when every cluster that was given back is ready again, or removed. */
  async settled(): Promise<void> {
    await Promise.all(this.#renewals);
  }

  /** Ends the clusters that nobody took. */
  async close(): Promise<void> {
    await this.settled();
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

/** Whether every broker answers, and knows all the others. */
async function isWhole({ nodes, clusterId }: KafkaCluster): Promise<boolean> {
  const deadline = performance.now() + WHOLE_LIMIT_MS;
  const answers = nodes.map(({ directPort: port }) =>
    waitForBroker({ port, clusterId, brokers: nodes.length, deadline, assertAlive: () => {} }),
  );
  return Promise.all(answers).then(
    () => true,
    () => false,
  );
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
