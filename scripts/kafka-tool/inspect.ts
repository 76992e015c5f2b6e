// `npm run kafka inspect TOPIC PARTITION OFFSET`: everything about one record.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { table } from '#shared/testing/evidence.ts';
import { wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { partitionsOf } from './topics.ts';

/** A record that is there arrives well within this; after it, only a transaction's marker can stand at the offset. */
const ARRIVAL_LIMIT_MS = 5_000;

interface Place {
  topic: string;
  partition: number;
  offset: bigint;
}

export async function inspectRecord(
  kafka: Kafka,
  topic: string,
  [partition = '', offset = '']: string[],
): Promise<void> {
  if (!/^\d+$/.test(partition) || !/^\d+$/.test(offset))
    throw wrongCall('A partition and an offset are whole numbers.');
  const place = { topic, partition: Number(partition), offset: BigInt(offset) };
  await demandInLog(kafka, place);
  const record = await recordFrom(kafka, place);
  if (record && BigInt(record.offset) === place.offset) return console.log(describe(place, record));
  const next = record ? `the next record is at ${record.offset}` : 'no record follows';
  throw new GuidedError(
    `No record stands at offset ${offset}: it was compacted away, or it marks the end of a transaction; ${next}.`,
    record ? `npm run kafka inspect ${topic} ${partition} ${record.offset}` : `npm run kafka topics describe ${topic}`,
  );
}

async function demandInLog(kafka: Kafka, { topic, partition, offset }: Place): Promise<void> {
  const offsets = await withAdmin(kafka, async (admin) => {
    await partitionsOf(admin, topic);
    return admin.fetchTopicOffsets(topic);
  });
  const found = offsets.find((each) => each.partition === partition);
  const describeIt = `npm run kafka topics describe ${topic}`;
  if (!found) throw new GuidedError(`${topic} has no partition ${partition}.`, describeIt);
  if (offset >= BigInt(found.low) && offset < BigInt(found.high)) return;
  const range = found.low === found.high ? 'is empty' : `has the offsets ${found.low} to ${BigInt(found.high) - 1n}`;
  throw new GuidedError(`${topic}[${partition}] ${range}, and ${offset} is not among them.`, describeIt);
}

/** The first record at the offset or after it; undefined where none comes. */
async function recordFrom(kafka: Kafka, { topic, partition, offset }: Place): Promise<KafkaMessage | undefined> {
  const groupId = `workbook-console-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const { promise, resolve, reject } = Promise.withResolvers<KafkaMessage>();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition: from, message }) => {
        if (from === partition && BigInt(message.offset) >= offset) resolve(message);
      },
    });
    consumer.seek({ topic, partition, offset: String(offset) });
    return await Promise.race([promise, pause(ARRIVAL_LIMIT_MS, undefined, { ref: false })]);
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
  }
}

function describe({ topic, partition, offset }: Place, { timestamp, key, headers = {}, value }: KafkaMessage): string {
  const named = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((each) => [`header ${name}`, show(asBuffer(each))]),
  );
  const rows = [
    ['record', `${topic}[${partition}]@${offset}`],
    ['timestamp', `${new Date(Number(timestamp)).toISOString()} (${timestamp})`],
    ['key', show(key)],
    ...named,
    ['value', value === null ? '(null: a tombstone)' : `${value.length} bytes`],
  ];
  return value === null ? table(['what', 'is'], rows) : `${table(['what', 'is'], rows)}\n\n${pretty(value)}`;
}

function asBuffer(value: Buffer | string | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value);
}

function show(bytes: Buffer | null): string {
  return bytes === null ? '(null)' : (textOf(bytes) ?? `0x${bytes.toString('hex')}`);
}

/** JSON in several lines, other text as it is, anything else as bytes with their offsets. */
function pretty(value: Buffer): string {
  const text = textOf(value);
  if (text === undefined) return hexLines(value);
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The text, where the bytes are UTF-8 that a terminal can show. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal must not be sent
  const harmless = !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
  return harmless && Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

const BYTES_A_LINE = 16;

function hexLines(bytes: Buffer): string {
  const count = Math.ceil(bytes.length / BYTES_A_LINE);
  const line = (number: number) => bytes.subarray(number * BYTES_A_LINE, (number + 1) * BYTES_A_LINE).toString('hex');
  return Array.from(
    { length: count },
    (_, number) => `${String(number * BYTES_A_LINE).padStart(6)}  ${line(number)}`,
  ).join('\n');
}
