// `npm run kafka consume TOPIC`: records as they are in the log, without a trace in it: the group that reads is deleted.
import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Options, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { partitionsOf } from './topics.ts';

/** From an offset to before another one; without an end for as long as somebody reads. */
interface Span {
  start: bigint;
  end: bigint | undefined;
}

interface Shown {
  max: number;
  matches: (message: KafkaMessage) => boolean;
  text: (topic: string, partition: number, message: KafkaMessage) => string;
}

/** Reads until `--max` records are shown, to the end that `--to` names, or for ever. */
export async function consume(kafka: Kafka, topic: string, options: Options): Promise<void> {
  const shown: Shown = {
    max: whole('max', options.max, 1) ?? Number.POSITIVE_INFINITY,
    matches: matching(options.filter),
    text: formatOf(options.format),
  };
  const partition = whole('partition', options.partition, 0);
  const [from, to] = [pointOf('from', options.from ?? 'beginning'), options.to && pointOf('to', options.to)];
  const spans = await withAdmin(kafka, (admin) =>
    spansOf(admin, topic, { from, to: to || undefined, only: partition }),
  );
  if (isOver(spans)) return;
  const groupId = `workbook-console-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await show(consumer, topic, spans, shown);
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
  }
}

type Point = 'beginning' | 'latest' | { offset: bigint } | { ms: number };

function pointOf(option: 'from' | 'to', text: string): Point {
  if (text === 'latest' || (text === 'beginning' && option === 'from')) return text;
  if (/^\d+$/.test(text)) return { offset: BigInt(text) };
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return { ms };
  const words = option === 'from' ? 'beginning, latest' : 'latest';
  throw wrongCall(`--${option} wants ${words}, an offset or a time, and "${text}" is none.`);
}

/** What is to be shown of each partition: `to` an offset means with it, to a time before it, and never past the present end. */
async function spansOf(
  admin: Admin,
  topic: string,
  { from, to, only }: { from: Point; to: Point | undefined; only: number | undefined },
): Promise<Map<number, Span>> {
  await partitionsOf(admin, topic);
  const offsets = (await admin.fetchTopicOffsets(topic)).filter(({ partition }) => partition === (only ?? partition));
  if (offsets.length === 0)
    throw new GuidedError(`${topic} has no partition ${only}.`, `npm run kafka topics describe ${topic}`);
  const [fromTimes, toTimes] = [await offsetsAt(admin, topic, from), await offsetsAt(admin, topic, to)];
  return new Map(
    offsets.map(({ partition, low, high }) => {
      const place = { low: BigInt(low), high: BigInt(high) };
      const start = resolved(from, place, fromTimes.get(partition));
      const end = to === undefined ? undefined : smaller(place.high, endOf(to, place, toTimes.get(partition)));
      return [partition, { start, end }];
    }),
  );
}

async function offsetsAt(admin: Admin, topic: string, point: Point | undefined): Promise<Map<number, bigint>> {
  if (typeof point !== 'object' || !('ms' in point)) return new Map();
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, point.ms);
  return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
}

interface Ends {
  low: bigint;
  high: bigint;
}

function resolved(point: Point, { low, high }: Ends, atTime: bigint | undefined): bigint {
  if (point === 'beginning') return low;
  if (point === 'latest') return high;
  if ('ms' in point) return atTime ?? high;
  return point.offset < low ? low : point.offset;
}

/** The offset after the last one to be shown. */
function endOf(point: Point, ends: Ends, atTime: bigint | undefined): bigint {
  const offset = resolved(point, ends, atTime);
  return typeof point === 'object' && 'offset' in point ? offset + 1n : offset;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function isOver(spans: Map<number, Span>): boolean {
  return [...spans.values()].every(({ start, end }) => end !== undefined && start >= end);
}

/** Resolves when enough records were printed, or all that were asked for. */
async function show(consumer: Consumer, topic: string, spans: Map<number, Span>, shown: Shown): Promise<void> {
  let count = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  // Told of batches, too, of which nothing is handed out: their records are the markers of transactions.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    const span = spans.get(partition);
    const next = BigInt(lastOffset) + 1n;
    if (span && next > span.start) span.start = next;
    if (isOver(spans)) resolve();
  });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const span = spans.get(partition);
      const offset = BigInt(message.offset);
      if (!span || offset < span.start || (span.end !== undefined && offset >= span.end)) return;
      if (count >= shown.max || !shown.matches(message)) return;
      console.log(shown.text(topic, partition, message));
      if (++count >= shown.max) resolve();
    },
  });
  for (const [partition, { start }] of spans) consumer.seek({ topic, partition, offset: String(start) });
  await promise;
}

function matching(text: string | undefined): Shown['matches'] {
  if (text === undefined) return () => true;
  return ({ key, value, headers = {} }) =>
    [key, value, ...Object.entries(headers).flat(2)].some((part) => part?.toString().includes(text));
}

function formatOf(name = 'line'): Shown['text'] {
  const format = { line, json, value: raw }[name];
  if (format) return format;
  throw wrongCall(`--format wants line, json or value, and "${name}" is none.`);
}

function line(_topic: string, partition: number, message: KafkaMessage): string {
  const { offset, key, value } = message;
  const headers = Object.entries(headersOf(message)).map(([name, content]) => `${name}=${[content].flat().join(',')}`);
  const facts = [
    `[${partition}]@${offset}`,
    timeOf(message),
    `key=${key?.toString() ?? '(null)'}`,
    ...headers,
    value?.toString() ?? '(null: a tombstone)',
  ];
  return printable(facts.join('  '));
}

function json(topic: string, partition: number, message: KafkaMessage): string {
  const { offset, key, value } = message;
  const text = (bytes: Buffer | null) => bytes?.toString() ?? null;
  const record = { topic, partition, offset, timestamp: timeOf(message), key: text(key) };
  return JSON.stringify({ ...record, headers: headersOf(message), value: text(value) });
}

function raw(_topic: string, _partition: number, { value }: KafkaMessage): string {
  return value?.toString() ?? '';
}

function timeOf({ timestamp }: KafkaMessage): string {
  return new Date(Number(timestamp)).toISOString();
}

function headersOf({ headers = {} }: KafkaMessage): Record<string, string | string[]> {
  const text = (content: Buffer | string | undefined) => content?.toString() ?? '';
  return Object.fromEntries(
    Object.entries(headers).map(([name, content]) => [
      name,
      Array.isArray(content) ? content.map(text) : text(content),
    ]),
  );
}

/** Records hold whatever bytes they hold, and a terminal would carry them out. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
