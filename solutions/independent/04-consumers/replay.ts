// replay T.dlq: what has been replayed says so itself. Each record that goes back carries where it lay in `replayed-from`, so
// T is the memory, and a run that dies in the middle forgets nothing.
import type { Kafka, KafkaMessage } from 'kafkajs';
import { die, kafkaFromEnv } from './kit.ts';

const kafka: Kafka = kafkaFromEnv('replay');
const [letters = ''] = process.argv.slice(2);
if (!letters.endsWith('.dlq')) die('usage: replay T.dlq');
const topic = letters.slice(0, -'.dlq'.length);

const header = (message: KafkaMessage, name: string) => message.headers?.[name]?.toString();

/** Every record that is in a topic now. */
async function everything(name: string): Promise<KafkaMessage[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<number, bigint>();
  if ((await admin.listTopics()).includes(name)) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(name)) {
      if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high));
    }
  }
  const found: KafkaMessage[] = [];
  if (ends.size > 0) {
    const groupId = `replay-${crypto.randomUUID()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 300, allowAutoTopicCreation: false });
    const read = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => read.reject(payload.error));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (BigInt(payload.lastOffset) + 1n >= (ends.get(payload.partition) ?? 0n)) ends.delete(payload.partition);
      if (ends.size === 0) read.resolve();
    });
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void found.push(message) });
    await read.promise;
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
  }
  await admin.disconnect();
  return found;
}

async function main(): Promise<number> {
  const dead = await everything(letters);
  if (dead.length === 0) return 0;
  const known = new Set((await everything(topic)).map((message) => header(message, 'replayed-from')));
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  let count = 0;
  for (const letter of dead) {
    const origin = ['dlq-topic', 'dlq-partition', 'dlq-offset'].map((name) => header(letter, name)).join(' ');
    if (known.has(origin)) continue;
    known.add(origin);
    const kept = Object.entries(letter.headers ?? {}).filter(([name]) => !name.startsWith('dlq-'));
    const times = Number(header(letter, 'replay-count') ?? 0) + 1;
    const headers = { ...Object.fromEntries(kept), 'replayed-from': origin, 'replay-count': String(times) };
    await producer.send({ topic, messages: [{ key: letter.key, value: letter.value, headers }] });
    count++;
  }
  await producer.disconnect();
  return count;
}

main().then(
  (count) => {
    console.log(count);
    process.exit(0);
  },
  (error: Error) => die(`replay failed: ${error.message}`),
);
