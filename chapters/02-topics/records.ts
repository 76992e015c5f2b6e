// Records of the grader's own, to see that a topic keeps them.
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { waitUntil } from '#infra/machine/wait-until.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { withAdmin } from './cluster.ts';

const READ_LIMIT_MS = 20_000;

function client(bench: Workbench): Kafka {
  return new Kafka({ brokers: bench.kafka.directBrokers, clientId: 'workbook-grader', logLevel: logLevel.NOTHING });
}

/** Writes `count` records with different keys to a topic. Returns their values. */
export async function filled(bench: Workbench, topic: string, count: number): Promise<string[]> {
  const messages = Array.from({ length: count }, (_, number) => ({
    key: `order-${number}`,
    value: `record ${number}`,
  }));
  const producer = client(bench).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
  return messages.map(({ value }) => value);
}

/** Writes a record in a transaction. The broker keeps the state of transactions in a topic of its own, made for the first. */
export async function filledInTransaction(bench: Workbench, topic: string): Promise<void> {
  // The coordinator of transactions comes up only now.
  const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 60 };
  const transactionalId = `workbook-writer-${crypto.randomUUID()}`;
  const producer = client(bench).producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'record of a transaction' }] });
  await transaction.commit();
  await producer.disconnect();
}

/** The values of all records that can be read from a topic now. */
export async function readAll(bench: Workbench, topic: string): Promise<string[]> {
  const left = await withAdmin(bench, (admin) => recordsIn(admin, topic));
  if (left === 0) return [];
  const groupId = `workbook-reader-${crypto.randomUUID()}`;
  const consumer = client(bench).consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const values: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        values.push(message.value?.toString() ?? '');
      },
    });
    await waitUntil(() => values.length >= left, READ_LIMIT_MS, `the grader to have read ${left} records of ${topic}`);
    return values;
  } finally {
    await consumer.disconnect();
  }
}

async function recordsIn(admin: Admin, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
}
