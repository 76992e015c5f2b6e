// What is in the topics, read by the grader over its own listener: every record once, in offset order, as soon as it is there.
import { type Admin, type Consumer, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';

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
}

const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 1_000 };

export class TopicLog {
  readonly records: TopicRecord[] = [];
  readonly #topics: string[];
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #groupId: string;
  /** The offset after the last one read, by `topic/partition`. */
  readonly #positions = new Map<string, bigint>();
  onRecord: (record: TopicRecord) => void = () => {};

  private constructor(kafka: Kafka, topics: string[]) {
    this.#topics = topics;
    this.#groupId = `workbook-log-${crypto.randomUUID()}`;
    this.#admin = kafka.admin({ retry: RETRY });
    this.#consumer = kafka.consumer({ groupId: this.#groupId, maxWaitTimeInMs: 100, retry: RETRY });
  }

  /** Starts reading topics from their first record. `connection` is what kafkajs needs to reach the brokers. */
  static async open(connection: ClientConfig, topics: string[]): Promise<TopicLog> {
    const kafka = new Kafka({ ...connection, clientId: 'workbook-log', logLevel: logLevel.NOTHING, retry: RETRY });
    const log = new TopicLog(kafka, topics);
    await Promise.all([log.#admin.connect(), log.#consumer.connect()]);
    await log.#consumer.subscribe({ topics, fromBeginning: true });
    await log.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch;
        for (const message of messages) log.#take(topic, partition, message);
        log.#positions.set(`${topic}/${partition}`, BigInt(batch.lastOffset()) + 1n);
      },
    });
    return log;
  }

  /** Resolves when everything that was in the topics at the time of the call has been read. */
  async catchUp(limitMs = 15_000): Promise<TopicRecord[]> {
    const ends = new Map<string, bigint>();
    for (const topic of this.#topics) {
      for (const { partition, high } of await this.#admin.fetchTopicOffsets(topic)) {
        ends.set(`${topic}/${partition}`, BigInt(high));
      }
    }
    const caughtUp = () => [...ends].every(([place, end]) => (this.#positions.get(place) ?? 0n) >= end);
    await waitUntil(caughtUp, limitMs, 'the grader to have read every record');
    return this.records;
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
    await this.#consumer.disconnect();
    await this.#admin.deleteGroups([this.#groupId]).catch(() => {});
    await this.#admin.disconnect();
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
    };
    this.records.push(record);
    this.onRecord(record);
  }
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
