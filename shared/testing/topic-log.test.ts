// The grader's log against a real broker, where transactions are under way.
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbedded } from '#infra/kafka/embedded.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { Run } from '#infra/machine/run.ts';
import { endOffsets } from './end-offsets.ts';
import { TopicLog } from './topic-log.ts';

const TOPIC = 'ledger';
const ROUNDS = 20;

let run: Run;
let cluster: KafkaCluster;
let kafka: Kafka;

beforeAll(async () => {
  run = Run.begin();
  cluster = await startEmbedded({ run, brokers: 1 });
  kafka = new Kafka({ brokers: cluster.directBrokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await makeTopics(admin, [{ topic: TOPIC, numPartitions: 3 }]);
  await admin.disconnect();
});

afterAll(() => run?.dispose());

test('what was committed is read by whoever asks right after it, and what is open is not waited for', async () => {
  const [broker = ''] = cluster.directBrokers;
  const log = await TopicLog.open({ brokers: [broker] }, [TOPIC]);
  const producer = kafka.producer({ transactionalId: 'bookkeeper', idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const write = async (round: number) => {
    const transaction = await producer.transaction();
    const messages = [0, 1, 2].map((partition) => ({ value: `entry ${round}`, partition }));
    await transaction.send({ topic: TOPIC, messages });
    return transaction;
  };
  for (let round = 1; round <= ROUNDS; round++) {
    await (await write(round)).commit();
    expect(await log.catchUp()).toHaveLength(round * 3);
  }

  const open = await write(ROUNDS + 1);
  const partitions = [0, 1, 2].map((partition) => ({ topic: TOPIC, partition }));
  // Each round has left a record and a marker in each partition.
  const [stable, high] = [BigInt(ROUNDS * 2), BigInt(ROUNDS * 2 + 1)];
  const ends = partitions.map((place) => ({ ...place, stable, high }));
  expect(await endOffsets(broker, partitions)).toEqual(expect.arrayContaining(ends));
  expect(await log.catchUp()).toHaveLength(ROUNDS * 3);
  await open.abort();
  expect(await log.catchUp()).toHaveLength(ROUNDS * 3);
  await expect(endOffsets(broker, [{ topic: 'no such topic', partition: 0 }])).rejects.toThrow('error');
  await producer.disconnect();
  await log.close();
});
