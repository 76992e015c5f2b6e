// A few records from a place in a topic, for whoever jumps there.
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { RecordLine } from '#docs/site/client/lab/messages.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { partitionsOf } from '../../kafka-tool/topics.ts';
import { recordLine } from './record-lines.ts';
import type { Decode } from './schema-decoder.ts';

export interface Place {
  topic: string;
  /** All partitions without one. */
  partition: number | undefined;
  /** An offset, or a time in milliseconds since 1970. */
  from: { offset: bigint } | { time: number };
}

const MOST = 200;
const LIMIT_MS = 8_000;

/** Up to 200 records from a place on, by time. Throws a GuidedError when there is no such place. */
export async function readRecords(kafka: Kafka, admin: Admin, place: Place, decode: Decode): Promise<RecordLine[]> {
  const starts = await startsOf(admin, place);
  const wanted = [...starts].filter(([, { from, end }]) => from < end);
  if (wanted.length === 0) return [];
  const groupId = `workbook-panel-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const found: RecordLine[] = [];
  const open = new Set(wanted.map(([partition]) => partition));
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const passed = (partition: number, next: bigint) => {
    if (next >= (starts.get(partition)?.end ?? 0n)) open.delete(partition);
    if (open.size === 0 || found.length >= MOST) resolve();
  };
  const timer = setTimeout(resolve, LIMIT_MS);
  try {
    await consumer.connect();
    consumer.on(consumer.events.CRASH, () => resolve());
    // A marker that ends a transaction is an offset without a record.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
      passed(payload.partition, BigInt(payload.lastOffset) + 1n),
    );
    await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const { from = 0n, end = 0n } = starts.get(partition) ?? {};
        const offset = BigInt(message.offset);
        if (offset >= from && offset < end && found.length < MOST)
          found.push(await recordLine(place.topic, partition, message, decode));
      },
    });
    for (const [partition, { from }] of starts) consumer.seek({ topic: place.topic, partition, offset: String(from) });
    await finished;
    return found.toSorted((a, b) => a.timestamp - b.timestamp || a.partition - b.partition);
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => {});
  }
}

/** Where to begin in each partition and where it ends now; a partition that was not asked for begins at its end. */
async function startsOf(admin: Admin, { topic, partition, from }: Place) {
  await partitionsOf(admin, topic);
  const offsets = await admin.fetchTopicOffsets(topic);
  if (partition !== undefined && !offsets.some((known) => known.partition === partition))
    throw new GuidedError(`${topic} has no partition ${partition}.`, 'choose one that the table of topics shows.');
  const byTime = 'time' in from ? await admin.fetchTopicOffsetsByTimestamp(topic, from.time) : [];
  return new Map(
    offsets.map(({ partition: id, low, high }) => {
      const timed = byTime.find((known) => known.partition === id)?.offset;
      const wanted = 'offset' in from ? from.offset : BigInt(timed === undefined || timed === '-1' ? high : timed);
      const start =
        partition !== undefined && id !== partition ? BigInt(high) : wanted < BigInt(low) ? BigInt(low) : wanted;
      return [id, { from: start, end: BigInt(high) }];
    }),
  );
}
