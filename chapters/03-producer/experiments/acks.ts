// How long one order waits for its acknowledgement with acks 0, 1 and -1. In turns, so that a busy moment of the machine
// falls on all three.
import type { Producer } from 'kafkajs';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const ROUNDS = 500;
const WARM_UP = 200;
const ACKS = [0, 1, -1];

/** Each acks has a producer, and so a connection, of its own: after a request without an answer TCP may hold back the next. */
interface Series {
  acks: number;
  producer: Producer;
  times: number[];
}

async function connectSeries(acks: number): Promise<Series> {
  // Not idempotent: an idempotent producer refuses every acks but -1.
  const producer = connectExperiment().producer();
  await producer.connect();
  return { acks, producer, times: [] };
}

async function timeToSend({ producer, acks }: Series, topic: string): Promise<number> {
  const start = performance.now();
  await producer.send({ topic, acks, messages: [{ key: 'order', value: 'x'.repeat(400) }] });
  return performance.now() - start;
}

function quantile(times: number[], part: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(2);
}

await withTopic(1, async (topic) => {
  const all = await Promise.all(ACKS.map(connectSeries));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const series of all) {
      const ms = await timeToSend(series, topic);
      if (round >= 0) series.times.push(ms);
    }
  }
  const rows = all.map(({ acks, times }) => {
    return [`acks ${acks}`, { 'median ms': quantile(times, 0.5), 'p99 ms': quantile(times, 0.99) }];
  });
  console.table(Object.fromEntries(rows));
  await Promise.all(all.map(({ producer }) => producer.disconnect()));
});
