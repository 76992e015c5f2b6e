// `npm run kafka load TOPIC`: records at a steady rate, whatever the broker makes of it, with keys as they are spread in life.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka, Message, Producer } from 'kafkajs';
import { newEvent } from '#shared/events/envelope.ts';
import { toMessage } from '#shared/events/message.ts';
import { table } from '#shared/testing/evidence.ts';
import { type Options, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { DISTRIBUTIONS, type Distribution, keyPicker } from './key-distribution.ts';
import { partitionsOf } from './topics.ts';

const TICK_MS = 20;
/** The most in one request; a broker takes a megabyte. */
const LARGEST_BATCH = 1_000;

interface Load {
  topic: string;
  /** Records a second. */
  rate: number;
  /** How many different keys there are. */
  keys: number;
  distribution: Distribution;
  /** Infinity: until it is interrupted. */
  seconds: number;
}

interface Tally {
  sent: number;
  acknowledged: number;
  /** From send to acknowledgement, in milliseconds, since the last line. */
  latencies: number[];
}

export async function load(kafka: Kafka, topic: string, options: Options): Promise<void> {
  const plan: Load = {
    topic,
    rate: whole('rate', options.rate, 1) ?? 100,
    keys: whole('keys', options.keys, 1) ?? 1_000,
    distribution: distributionOf(options.distribution),
    seconds: whole('seconds', options.seconds, 1) ?? Number.POSITIVE_INFINITY,
  };
  const before = await endsOf(kafka, topic);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await play(producer, plan);
    const after = await endsOf(kafka, topic);
    const rows = [...after].map(([partition, end]) => [String(partition), String(end - (before.get(partition) ?? 0n))]);
    console.log(`\n${table(['partition', 'new records'], rows)}`);
  } finally {
    await producer.disconnect();
  }
}

/** The offset after the last record of each partition. */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const offsets = await withAdmin(kafka, async (admin) => {
    await partitionsOf(admin, topic);
    return admin.fetchTopicOffsets(topic);
  });
  const inOrder = offsets.toSorted((a, b) => a.partition - b.partition);
  return new Map(inOrder.map(({ partition, high }) => [partition, BigInt(high)]));
}

function distributionOf(text = 'even'): Distribution {
  const found = DISTRIBUTIONS.find((each) => each === text);
  if (found) return found;
  throw wrongCall(`--distribution wants ${DISTRIBUTIONS.join(', ')}, and "${text}" is none of them.`);
}

/** Sends what is due by the clock, also when the broker is slow: then the line says how far it is behind. */
async function play(producer: Producer, plan: Load): Promise<void> {
  const tally: Tally = { sent: 0, acknowledged: 0, latencies: [] };
  const message = messagesOf(plan);
  const start = performance.now();
  const under: Set<Promise<void>> = new Set();
  let failure: Error | undefined;
  for (let second = 1; tally.sent < plan.rate * plan.seconds && !failure; ) {
    await pause(TICK_MS);
    const elapsed = (performance.now() - start) / 1_000;
    const due = Math.min(Math.floor(elapsed * plan.rate), plan.rate * plan.seconds) - tally.sent;
    for (let left = due; left > 0; left -= LARGEST_BATCH) {
      const count = Math.min(left, LARGEST_BATCH);
      const messages = Array.from({ length: count }, () => message());
      tally.sent += count;
      const sending = send(producer, plan.topic, messages, tally)
        .catch((error: Error) => {
          failure ??= error;
        })
        .finally(() => under.delete(sending));
      under.add(sending);
    }
    if (elapsed >= second) {
      console.log(line(second, tally));
      second = Math.floor(elapsed) + 1;
    }
  }
  await Promise.all(under);
  if (failure) throw failure;
  console.log(line(Math.ceil((performance.now() - start) / 1_000), tally));
}

async function send(producer: Producer, topic: string, messages: Message[], tally: Tally): Promise<void> {
  const before = performance.now();
  await producer.send({ topic, messages, acks: -1 });
  tally.latencies.push(performance.now() - before);
  tally.acknowledged += messages.length;
}

function line(second: number, tally: Tally): string {
  const sorted = tally.latencies.splice(0).toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  const behind = tally.sent - tally.acknowledged;
  return `${String(second).padStart(4)} s  ${tally.acknowledged} acknowledged, ${behind} under way  p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

/** On orders.created each is an order, because a service would take anything else for poison. */
function messagesOf({ topic, keys, distribution }: Load): () => Message {
  const pick = keyPicker(keys, distribution, Math.random);
  const run = randomUUID().slice(0, 8);
  let number = 0;
  return () => {
    const key = `load-${run}-${pick()}`;
    number++;
    if (topic !== 'orders.created') return { key, value: JSON.stringify({ number, key }) };
    const items = [{ sku: 'SKU-1', quantity: 1, unit_price: 100 }];
    const payload = { order_id: key, customer_id: 'load', items, total: 100 };
    return toMessage(
      newEvent({ type: 'OrderCreated', source: 'load', correlationId: randomUUID(), causationId: null, payload }),
    );
  };
}
