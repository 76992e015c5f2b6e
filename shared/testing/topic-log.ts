// What is in the topics, read by the grader over its own listener: every record once, in offset order, as soon as it is there.
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, type Consumer, Kafka, type KafkaJSProtocolError, type KafkaMessage, logLevel } from 'kafkajs';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { endOffsets, type PartitionEnd } from './end-offsets.ts';
import { forgetOldest } from './latest.ts';

export interface TopicRecord {
  topic: string;
  partition: number;
  offset: bigint;
  key: string | null;
  /** The value's text; null for a tombstone. */
  value: string | null;
  /** The parsed value; undefined when it is not JSON. */
  json: unknown;
  headers: Record<string, string>;
  timestamp: string;
  /** The record as kafkajs gives it, in bytes. */
  message: KafkaMessage;
}

/** How long a standing consumer is waited for, and how often one is tried. */
const CATCH_UP_MS = 6_000;
const ATTEMPTS = 4;
/** Longer than an election takes, after a broker has missed its heartbeats to the controller. */
const LEADERLESS_MS = 20_000;
/** A broker writes the markers that end a transaction at once. */
const MARKERS_MS = 500;
/** A fetch that finds nothing waits so long at the broker; the end of a log, for a fetch. */
const FETCH_MS = 250;
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 1_000 };

/**
 * Whether a record is about an order: it has its key, or names it in its value, also in JSON within JSON. Ids that are
 * counted begin with each other, so a name ends where its text does.
 */
export function isAbout({ key, value }: TopicRecord, orderId: string): boolean {
  return key === orderId || [`"${orderId}"`, `"${orderId}\\"`].some((name) => value?.includes(name));
}

export class TopicLog {
  /** Every record so far; with `keep`, at least so many of the latest. */
  readonly records: TopicRecord[] = [];
  keep = Number.POSITIVE_INFINITY;
  readonly #topics: string[];
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  /** The one broker of the cluster, where it may be asked past kafkajs. */
  readonly #broker: string | undefined;
  #consumer: Consumer | undefined;
  /** Of all topics, as they were when they were first asked for: a program of the course makes no more of them. */
  #partitions: { topic: string; partition: number }[] | undefined;
  /** The offset after the last one read, by `topic/partition`. */
  readonly #positions = new Map<string, bigint>();
  onRecord: (record: TopicRecord) => void = () => {};

  private constructor(kafka: Kafka, topics: string[], broker: string | undefined) {
    this.#kafka = kafka;
    this.#topics = topics;
    this.#broker = broker;
    this.#admin = kafka.admin({ retry: RETRY });
  }

  /** Starts reading topics, which must exist, from their first record. `connection` is what kafkajs needs to reach the brokers. */
  static async open(connection: ClientConfig, topics: string[]): Promise<TopicLog> {
    const kafka = new Kafka({ ...connection, clientId: 'workbook-log', logLevel: logLevel.NOTHING, retry: RETRY });
    const { brokers, ssl, sasl } = connection;
    const log = new TopicLog(kafka, topics, brokers.length === 1 && !ssl && !sasl ? brokers[0] : undefined);
    await Promise.all([log.#admin.connect(), log.#consume()]);
    return log;
  }

  /**
   * Resolves when everything that was in the topics at the time of the call has been read. What lies in a transaction that is
   * open is waited for `openMs`; that is a moment, because a program hears of a commit shortly before others can read what was
   * committed.
   */
  async catchUp(openMs = MARKERS_MS): Promise<TopicRecord[]> {
    const ends = await this.#ends();
    const hasRead = (end: 'stable' | 'high') => () =>
      ends.every((each) => (this.#positions.get(`${each.topic}/${each.partition}`) ?? 0n) >= each[end]);
    for (let attempt = 1; ; attempt++) {
      try {
        await waitUntil(hasRead('stable'), CATCH_UP_MS, 'the grader to have read every record');
        await waitUntil(hasRead('high'), openMs, 'open transactions to end').catch(() => {});
        return this.records;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        // A consumer that stands still, for whatever reason, is replaced; what has been read is not read again.
        await this.#stopConsuming();
        await this.#consume();
      }
    }
  }

  /** Of a cluster of several brokers, what lies in open transactions is not seen. */
  async #ends(): Promise<PartitionEnd[]> {
    if (this.#topics.length === 0) return [];
    const atOnce = await this.#endsAtOnce().catch(() => undefined);
    // All topics at once: one after another, a dozen of them take longer than most of what checks wait for.
    return atOnce ?? (await Promise.all(this.#topics.map((topic) => this.#endsOf(topic)))).flat();
  }

  /** Undefined where the broker may not be asked past kafkajs. */
  async #endsAtOnce(): Promise<PartitionEnd[] | undefined> {
    if (!this.#broker) return undefined;
    this.#partitions ??= await partitionsOf(this.#topics, this.#admin);
    return endOffsets(this.#broker, this.#partitions);
  }

  /** Asked again while a busy broker has lost its leadership for a moment; kafkajs does not. */
  async #endsOf(topic: string, deadline = performance.now() + LEADERLESS_MS): Promise<PartitionEnd[]> {
    try {
      const offsets = await this.#admin.fetchTopicOffsets(topic);
      return offsets.map(({ partition, high }) => ({ topic, partition, stable: BigInt(high), high: BigInt(high) }));
    } catch (error) {
      if (!(error as KafkaJSProtocolError).retriable || performance.now() > deadline) throw error;
      await pause(RETRY.initialRetryTime);
      return this.#endsOf(topic, deadline);
    }
  }

  /** The records of one topic read so far. */
  of(topic: string): TopicRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }

  /** Every topic of the cluster, also those that are not read. */
  async topics(): Promise<{ name: string; partitions: number }[]> {
    const { topics } = await this.#admin.fetchTopicMetadata();
    return topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }));
  }

  async close(): Promise<void> {
    await this.#stopConsuming();
    await this.#admin.disconnect();
  }

  async #consume(): Promise<void> {
    if (this.#topics.length === 0) return;
    const groupId = `workbook-log-${crypto.randomUUID()}`;
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: FETCH_MS, retry: RETRY });
    this.#consumer = consumer;
    // What holds no records, such as the marker that ends a transaction, never reaches the handler, and must be passed too.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) =>
      this.#passed(`${topic}/${partition}`, BigInt(lastOffset)),
    );
    await consumer.connect();
    await consumer.subscribe({ topics: this.#topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch;
        const place = `${topic}/${partition}`;
        const position = this.#positions.get(place) ?? 0n;
        for (const message of messages) {
          if (BigInt(message.offset) >= position) this.#take(topic, partition, message);
        }
      },
    });
  }

  #passed(place: string, offset: bigint): void {
    if (offset >= (this.#positions.get(place) ?? 0n)) this.#positions.set(place, offset + 1n);
  }

  /** Its group never commits, so nothing of it stays but a name, which the broker forgets. */
  async #stopConsuming(): Promise<void> {
    await this.#consumer?.disconnect().catch(() => {});
  }

  #take(topic: string, partition: number, message: KafkaMessage): void {
    const value = message.value?.toString('utf8') ?? null;
    const record = {
      topic,
      partition,
      offset: BigInt(message.offset),
      key: message.key?.toString('utf8') ?? null,
      value,
      json: parse(value),
      headers: textHeaders(message),
      timestamp: new Date(Number(message.timestamp)).toISOString(),
      message,
    };
    this.records.push(record);
    forgetOldest(this.records, this.keep);
    this.onRecord(record);
  }
}

async function partitionsOf(names: string[], admin: Admin): Promise<{ topic: string; partition: number }[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId }) => ({ topic: name, partition: partitionId })),
  );
}

function parse(value: string | null): unknown {
  try {
    return value === null ? undefined : JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** kafkajs gives a header as bytes, or as a list of them where its name stands more than once; the last one counts. */
function textHeaders({ headers = {} }: KafkaMessage): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat().at(-1)?.toString() ?? '']);
  return Object.fromEntries(entries);
}
