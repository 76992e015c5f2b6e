// What every experiment needs: a client for the running broker, and a topic of its own that is gone afterwards.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, type Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { createLog } from '#shared/log.ts';

process.env.KAFKA_BROKERS ??= '127.0.0.1:9092';

const ATTEMPTS = 40;
const PAUSE_MS = 250;

/** A silent client for KAFKA_BROKERS; without it, for the broker that `npm run solution NN` keeps up. */
export function connectExperiment(options: Partial<KafkaConfig> = {}): Kafka {
  return kafkaFromEnvironment('experiment', createLog('experiment'), { logLevel: logLevel.NOTHING, ...options });
}

/** Makes a topic with as many replicas as the cluster has brokers (three at most), and deletes it after `work`. */
export async function withTopic(partitions: number, work: (topic: string) => Promise<void>): Promise<void> {
  const topic = `experiment-${randomUUID().slice(0, 8)}`;
  const admin = connectExperiment().admin();
  await admin.connect();
  try {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = Math.min(3, brokers.length);
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor }],
      waitForLeaders: false,
    });
    // kafkajs waits for leaders, but not for a busy broker that has not heard of the new topic yet.
    await untilKnown(admin, topic);
    await work(topic);
  } finally {
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  }
}

async function untilKnown(admin: Admin, topic: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await pause(PAUSE_MS);
    }
  }
}
