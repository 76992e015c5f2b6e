// The lag that the live page shows, where it is easily wrong: nothing committed, an offset set back, a transaction open.
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { startKafka } from '#infra/kafka/choose.ts';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { groupStates, topicStates } from './cluster-state.ts';
import { Tail } from './tail.ts';

const TOPIC = 'parcels';
const LIMIT_MS = 60_000;

async function freshKafka(): Promise<{ kafka: Kafka; admin: Admin }> {
  const run = Run.begin();
  onTestFinished(() => run.dispose());
  const { cluster } = await startKafka({ run, brokers: 1 }, { allowExternal: false });
  const kafka = new Kafka({ brokers: cluster.directBrokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return { kafka, admin };
}

async function lagOf(admin: Admin, id: string): Promise<number | undefined> {
  return (await groupStates(admin)).find((group) => group.id === id)?.lag;
}

test('lag counts what the group can still read, and every record is told once', async () => {
  const { kafka, admin } = await freshKafka();
  await makeTopics(admin, [{ topic: TOPIC, numPartitions: 1 }]);
  const producer = kafka.producer({ transactionalId: 'parcels', maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const messages = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `parcel ${at}` }));
  await producer.send({ topic: TOPIC, messages: messages(5) });

  const silent = kafka.consumer({ groupId: 'never-commits' });
  await silent.connect();
  onTestFinished(() => silent.disconnect());
  await silent.subscribe({ topics: [TOPIC], fromBeginning: true });
  await silent.run({ autoCommit: false, eachMessage: async () => {} });
  await waitUntil(async () => (await lagOf(admin, 'never-commits')) === 5, LIMIT_MS, 'a group that never commits');
  const [group] = (await groupStates(admin)).filter(({ id }) => id === 'never-commits');
  expect(group?.positions[0]?.committed).toBeUndefined();
  expect(group?.members[0]?.assigned).toEqual([`${TOPIC}[0]`]);

  const setTo = (offset: string) =>
    admin.setOffsets({ groupId: 'set', topic: TOPIC, partitions: [{ partition: 0, offset }] });
  await setTo('3');
  expect(await lagOf(admin, 'set')).toBe(2);
  await setTo('0');
  expect(await lagOf(admin, 'set')).toBe(5);
  await setTo('5');

  const told: string[] = [];
  const topics = await topicStates(admin);
  const onRecords = (records: { offset: string }[]) => told.push(...records.map(({ offset }) => offset));
  const tail = await Tail.open({ kafka, topics, positions: new Map(), decode: async () => undefined, onRecords });
  onTestFinished(() => tail.close());
  const transaction = await producer.transaction();
  await transaction.send({ topic: TOPIC, messages: messages(4) });
  expect(await lagOf(admin, 'set')).toBe(0); // nobody who reads what is committed can read them yet
  await transaction.commit();
  await waitUntil(async () => (await lagOf(admin, 'set')) === 5, LIMIT_MS, 'four records and the marker behind them');
  await waitUntil(() => told.length >= 9, LIMIT_MS, 'every record to be told');
  expect(told).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);

  // What there is, marker and all, has been read; of what there is not it reads nothing, which is what standing still looks like.
  await waitUntil(async () => !tail.standsStill(await topicStates(admin)), LIMIT_MS, 'all to be read');
  const [state] = await topicStates(admin);
  const [partition] = state?.partitions ?? [];
  if (!state || !partition) throw new Error(`${TOPIC} is gone`);
  const more = [{ ...state, partitions: [{ ...partition, end: String(Number(partition.end) + 1) }] }];
  expect(tail.standsStill(more)).toBe(false);
  await waitUntil(() => tail.standsStill(more), LIMIT_MS, 'the tail to be known for standing still');
});
