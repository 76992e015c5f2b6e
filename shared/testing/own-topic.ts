// What every experiment needs: a client for the running broker, and a topic of its own that is gone afterwards.
import { randomUUID } from 'node:crypto';
import { type Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { createLog } from '#shared/log.ts';

process.env.KAFKA_BROKERS ??= '127.0.0.1:9092';

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
    await makeTopics(admin, [{ topic, numPartitions: partitions, replicationFactor }]);
    await work(topic);
  } finally {
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  }
}
