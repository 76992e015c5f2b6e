// `npm run kafka consume TOPIC`: records as they are in the log, without a trace in it: the group that reads is deleted.
import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Options, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { partitionsOf } from './topics.ts';

/** Reads until `--max` records are shown, or for ever. */
export async function consume(kafka: Kafka, topic: string, options: Options): Promise<void> {
  const max = whole('max', options.max, 1) ?? Number.POSITIVE_INFINITY;
  const partition = whole('partition', options.partition, 0);
  const from = startingPoint(options.from);
  const starts = await withAdmin(kafka, (admin) => startsOf(admin, topic, from, partition));
  const groupId = `workbook-console-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await shown(consumer, topic, starts, max);
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
  }
}

/** The offset to begin with in each partition that is to be shown. */
async function startsOf(
  admin: Admin,
  topic: string,
  from: From,
  only: number | undefined,
): Promise<Map<number, bigint>> {
  await partitionsOf(admin, topic);
  const offsets = (await admin.fetchTopicOffsets(topic)).filter(({ partition }) => partition === (only ?? partition));
  if (offsets.length === 0)
    throw new GuidedError(`${topic} has no partition ${only}.`, `npm run kafka topics describe ${topic}`);
  const start = ({ low, high }: { low: string; high: string }) =>
    from === 'beginning' ? BigInt(low) : from === 'latest' ? BigInt(high) : from;
  return new Map(offsets.map((offset) => [offset.partition, start(offset)]));
}

/** Resolves when enough records were printed. */
async function shown(consumer: Consumer, topic: string, starts: Map<number, bigint>, max: number): Promise<void> {
  let count = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const start = starts.get(partition);
      if (start === undefined || BigInt(message.offset) < start || count >= max) return;
      console.log(line(partition, message));
      if (++count >= max) resolve();
    },
  });
  for (const [partition, offset] of starts) consumer.seek({ topic, partition, offset: String(offset) });
  await promise;
}

function line(partition: number, { offset, timestamp, key, headers = {}, value }: KafkaMessage): string {
  const names = Object.entries(headers).map(([name, content]) => `${name}=${[content].flat().join(',')}`);
  const facts = [
    `[${partition}]@${offset}`,
    new Date(Number(timestamp)).toISOString(),
    `key=${key?.toString() ?? '(null)'}`,
    ...names,
    value?.toString() ?? '(null: a tombstone)',
  ];
  return facts.join('  ');
}

type From = 'beginning' | 'latest' | bigint;

function startingPoint(text = 'beginning'): From {
  if (text === 'beginning' || text === 'latest') return text;
  if (/^\d+$/.test(text)) return BigInt(text);
  throw wrongCall(`--from wants beginning, latest or an offset, and "${text}" is none.`);
}
