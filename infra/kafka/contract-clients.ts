// What the contract's cases say to a broker: kafkajs clients that disconnect when their test is over.
import { randomUUID } from 'node:crypto';
import { type Consumer, Kafka, type KafkaConfig, logLevel, type ProducerConfig } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../machine/wait-until.ts';
import { clientConfig } from './client-config.ts';
import type { KafkaCluster } from './kafka.ts';
import { makeTopics } from './make-topics.ts';

/** Far above what a broker takes: a machine that is busy otherwise is no broken one. */
export const LIMIT_MS = 90_000;

/** A name that no other case uses. */
export function uniqueName(kind: string): string {
  return `${kind}-${randomUUID().slice(0, 8)}`;
}

/** A client that reaches the cluster as a learner's program would: by its KAFKA_* variables. */
export function clientOf(cluster: KafkaCluster, config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    ...clientConfig(cluster.environment),
    clientId: 'contract',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 20 },
    ...config,
  });
}

export async function connectAdmin(kafka: Kafka) {
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return admin;
}

export async function connectProducer(kafka: Kafka, config: ProducerConfig = {}) {
  const producer = kafka.producer(config);
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

/** Creates a topic and returns its name; `replicas` are in sync before the first record is sent. */
export async function createTopic(kafka: Kafka, partitions = 1, replicas = 1): Promise<string> {
  const topic = uniqueName('topic');
  const admin = await connectAdmin(kafka);
  await makeTopics(admin, [{ topic, numPartitions: partitions, replicationFactor: replicas }]);
  return topic;
}

/** Sends values to one partition; the default acks wait for every in-sync replica. */
export async function send(kafka: Kafka, topic: string, values: string[], partition = 0): Promise<void> {
  const producer = await connectProducer(kafka);
  await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
}

export interface Member {
  consumer: Consumer;
  /** Values in the order of their arrival. */
  values: string[];
  /** How many partitions the group has given it; none before the first rebalance. */
  partitions: () => number;
}

/** A member of a group that reads a topic from its beginning, with read_committed isolation. */
export async function joinGroup(kafka: Kafka, groupId: string, topic: string): Promise<Member> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 10_000, heartbeatInterval: 500 });
  const values: string[] = [];
  let partitions = 0;
  consumer.on('consumer.group_join', ({ payload }) => {
    partitions = payload.memberAssignment[topic]?.length ?? 0;
  });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value?.toString() ?? '');
    },
  });
  return { consumer, values, partitions: () => partitions };
}

/** Reads a topic from its beginning until the last of the expected values has come; returns everything that came. */
export async function readThrough(kafka: Kafka, topic: string, last: string): Promise<string[]> {
  const { values } = await joinGroup(kafka, uniqueName('group'), topic);
  await waitUntil(() => values.includes(last), LIMIT_MS, `"${last}" from ${topic}`);
  return values;
}
