// Clusters that are used again, as the proof of the mutants does: the next job must not see anything of the one before.
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { deadLetterTopic, TOPICS } from '#shared/events/topics.ts';
import { findChapter } from '../chapters.ts';
import { BrokerPool } from './broker-pool.ts';

const GROUP = 'inventory-service-group';
const TOPIC = 'orders.created';
const READ_LIMIT_MS = 30_000;

let run: Run;
let pool: BrokerPool;

beforeAll(() => {
  run = Run.begin();
  pool = new BrokerPool(findChapter('04'), { run, reuse: true, parts: 'embedded' });
});

afterAll(async () => {
  await pool?.close();
  run?.dispose();
});

test('a cluster that was used comes back without records, groups or strangers’ topics; one that was killed does not', async () => {
  const first = (await pool.take(1)).cluster;
  const kafka = new Kafka({ brokers: first.directBrokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: GROUP, sessionTimeout: 6_000 });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  await admin.createTopics({ topics: [{ topic: 'strangers' }] });
  await producer.send({ topic: TOPIC, messages: [{ value: 'one' }] });
  let read = 0;
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({ eachMessage: async () => void read++ });
  await waitUntil(() => read === 1, READ_LIMIT_MS, 'the record to be read');
  await consumer.disconnect();
  await first.dispose();
  await pool.settled();

  const second = (await pool.take(1)).cluster;
  expect(second.clusterId).toBe(first.clusterId);
  expect((await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()).toEqual(
    TOPICS.flatMap((topic) => [topic, deadLetterTopic(topic)]).sort(),
  );
  expect((await admin.fetchTopicOffsets(TOPIC)).map(({ offset }) => offset)).toEqual(['0', '0', '0']);
  expect((await admin.listGroups()).groups).toEqual([]);
  await Promise.all([admin.disconnect(), producer.disconnect()]);

  await second.nodes[0]?.kill();
  await second.dispose();
  await pool.settled();
  const third = (await pool.take(1)).cluster;
  expect(third.clusterId).not.toBe(first.clusterId);
  await third.dispose();
});
