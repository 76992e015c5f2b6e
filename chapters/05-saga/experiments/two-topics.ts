// Is what was published later also read later? One producer writes a pair of records for each order, the second one only when
// the first is acknowledged, with the same key: to two topics, and then to one. A consumer reads both topics.
import type { Kafka, Producer } from 'kafkajs';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const ORDERS = 500;
const PARTITIONS = 3;

async function publishPairs(producer: Producer, first: string, second: string): Promise<void> {
  for (let order = 0; order < ORDERS; order++) {
    const key = `order-${order}`;
    await producer.send({ topic: first, messages: [{ key, value: 'created' }] });
    await producer.send({ topic: second, messages: [{ key, value: 'cancelled' }] });
  }
}

/** Reads everything, and counts the orders whose cancellation was read before them. */
async function countReversed(kafka: Kafka, topics: string[], meanwhile: () => Promise<void>): Promise<number> {
  const consumer = kafka.consumer({ groupId: `experiment-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
  const created = new Set<string>();
  let [read, reversed] = [0, 0];
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [...new Set(topics)], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const key = String(message.key);
      if (message.value?.toString() === 'created') created.add(key);
      else if (!created.has(key)) reversed++;
      if (++read === ORDERS * 2) resolve();
    },
  });
  await meanwhile();
  await promise;
  await consumer.disconnect();
  return reversed;
}

const kafka = connectExperiment();
const producer = kafka.producer({ idempotent: true });
await producer.connect();
const rows: Record<string, object> = {};
for (const [name, apart] of [
  ['two topics', true],
  ['one topic', false],
] as const) {
  await withTopic(PARTITIONS, (one) =>
    withTopic(PARTITIONS, async (other) => {
      const second = apart ? other : one;
      const live = await countReversed(kafka, [one, second], () => publishPairs(producer, one, second));
      const backlog = await countReversed(kafka, [one, second], async () => {});
      rows[name] = { orders: ORDERS, 'reversed, read live': live, 'reversed, from a backlog': backlog };
    }),
  );
}
console.table(rows);
await producer.disconnect();
