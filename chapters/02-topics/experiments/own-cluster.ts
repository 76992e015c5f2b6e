// What every experiment needs: three brokers of its own, which it may kill, and a silent client for them.
import { type Admin, type ITopicConfig, Kafka, logLevel } from 'kafkajs';
import { startKafka } from '#infra/kafka/choose.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';

const LIMIT_MS = 30_000;

export interface Laboratory {
  cluster: KafkaCluster;
  kafka: Kafka;
  admin: Admin;
  /** Makes topics, and waits until they have leaders. */
  make(topics: ITopicConfig[]): Promise<void>;
}

/** Starts three brokers for as long as `work` takes. */
export async function withThreeBrokers(work: (laboratory: Laboratory) => Promise<void>): Promise<void> {
  const run = Run.begin();
  process.once('SIGINT', () => {
    run.dispose();
    process.exit(130);
  });
  try {
    console.error('starting three brokers');
    const { cluster } = await startKafka({ run, brokers: 3 }, { allowExternal: false });
    // Few retries: an experiment wants to see the errors.
    const retry = { retries: 2, initialRetryTime: 100 };
    const kafka = new Kafka({
      brokers: cluster.directBrokers,
      clientId: 'experiment',
      logLevel: logLevel.NOTHING,
      retry,
    });
    const admin = kafka.admin({ retry: { retries: 50, initialRetryTime: 50, maxRetryTime: 300 } });
    await admin.connect();
    const make = async (topics: ITopicConfig[]) => {
      await admin.createTopics({ topics, waitForLeaders: false });
      const names = topics.map(({ topic }) => topic);
      const visible = async () => {
        const there = await admin.listTopics();
        return names.every((name) => there.includes(name));
      };
      await waitUntil(visible, LIMIT_MS, 'the topics');
    };
    await work({ cluster, kafka, admin, make });
    await admin.disconnect();
  } finally {
    run.dispose();
  }
}

/** Settings as kafkajs takes them. */
export function entries(settings: Record<string, string>) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}
