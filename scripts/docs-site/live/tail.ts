// Records as they come, for pages that look on: every one is counted, and as many are shown as a person could read.
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { RecordLine } from '#docs/site/client/lab/messages.ts';
import { recordLine } from './record-lines.ts';
import type { Decode } from './schema-decoder.ts';

const FLUSH_MS = 250;
/** Of one flush; at more than 240 a second the rest is counted and not shown. */
const SHOWN_AT_ONCE = 60;
/** Longer than any pause of a consumer that is well, rebalances and slow brokers included. */
const STILL_MS = 10_000;
/** Of each partition, when a page begins to look. */
const LOOK_BACK = 50n;

export type Positions = Map<string, bigint>;

export interface TailOptions {
  kafka: Kafka;
  /** The topics to read, with the first and the next offset of their partitions. */
  topics: { name: string; partitions: { id: number; first: string; end: string }[] }[];
  /** Where an earlier tail has got to, by `topic/partition`; brought forward by this one. */
  positions: Positions;
  decode: Decode;
  onRecords: (records: RecordLine[], left: number) => void;
}

export class Tail {
  readonly #consumer: Consumer;
  readonly #options: TailOptions;
  #shown: RecordLine[] = [];
  #left = 0;
  readonly #flushing: NodeJS.Timeout;
  /** It has been given up by the client, and reads no more. */
  broken = false;
  /** Since when nothing has been read although there was something; undefined while all is read, or reading goes on. */
  #stillSince: number | undefined;
  /** Where it was, and what there was to be read, at the last look. */
  #lastLook = '';

  private constructor(options: TailOptions) {
    this.#options = options;
    const groupId = `workbook-panel-${randomUUID()}`;
    const retry = { retries: 3, restartOnFailure: async () => false };
    this.#consumer = options.kafka.consumer({ groupId, maxWaitTimeInMs: 200, retry, allowAutoTopicCreation: false });
    this.#consumer.on(this.#consumer.events.CRASH, () => {
      this.broken = true;
    });
    // Of a batch without records, such as the marker that ends a transaction, nothing reaches the handler.
    this.#consumer.on(this.#consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) =>
      this.#passed(`${topic}/${partition}`, BigInt(lastOffset)),
    );
    this.#flushing = setInterval(() => this.#flush(), FLUSH_MS);
  }

  /** Begins to read. Rejects when the brokers do not answer. */
  static async open(options: TailOptions): Promise<Tail> {
    const tail = new Tail(options);
    try {
      await tail.#read();
      return tail;
    } catch (error) {
      await tail.close();
      throw error;
    }
  }

  /**
   * Whether it has read nothing for so long, although there is something in the topics, that it never will: a consumer of
   * kafkajs can stand still without a word. To be asked again and again, with what the topics are like each time.
   */
  standsStill(topics: TailOptions['topics']): boolean {
    const { positions } = this.#options;
    const all = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ id, end }) => ({ at: `${name}/${id}`, end })),
    );
    const behind = all.filter(({ at, end }) => BigInt(end || 0) > (positions.get(at) ?? BigInt(end || 0)));
    const look = behind.map(({ at }) => `${at} ${positions.get(at)}`).join();
    if (look === '' || look !== this.#lastLook) this.#stillSince = look === '' ? undefined : performance.now();
    this.#lastLook = look;
    return this.#stillSince !== undefined && performance.now() - this.#stillSince > STILL_MS;
  }

  async close(): Promise<void> {
    this.broken = true;
    clearInterval(this.#flushing);
    await this.#consumer.disconnect().catch(() => {});
  }

  async #read(): Promise<void> {
    const { topics } = this.#options;
    this.#takeUp();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: topics.map(({ name }) => name), fromBeginning: false });
    // A group that has committed nothing begins at the end whenever it is joined, also again after a slow moment.
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, () => this.#seekAll());
    await this.#consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) });
  }

  /** Where each partition is read from: on from an earlier tail, unless its topic was made anew since. */
  #takeUp(): void {
    const { topics, positions } = this.#options;
    for (const { name, partitions } of topics) {
      for (const { id, first, end } of partitions) {
        const known = positions.get(`${name}/${id}`) ?? lookBack(BigInt(first || 0), BigInt(end || 0));
        const wasMadeAnew = end !== '' && known > BigInt(end);
        positions.set(`${name}/${id}`, wasMadeAnew ? BigInt(first) : known);
      }
    }
  }

  #seekAll(): void {
    const { topics, positions } = this.#options;
    for (const { name: topic, partitions } of topics) {
      for (const { id: partition } of partitions) {
        this.#consumer.seek({ topic, partition, offset: String(positions.get(`${topic}/${partition}`) ?? 0n) });
      }
    }
  }

  async #take({ batch: { topic, partition, messages } }: EachBatchPayload): Promise<void> {
    const { decode } = this.#options;
    for (const message of messages) {
      if (this.#shown.length < SHOWN_AT_ONCE) this.#shown.push(await recordLine(topic, partition, message, decode));
      else this.#left++;
    }
    const last = messages.at(-1);
    if (last) this.#passed(`${topic}/${partition}`, BigInt(last.offset));
  }

  #passed(place: string, offset: bigint): void {
    const { positions } = this.#options;
    if (offset >= (positions.get(place) ?? 0n)) positions.set(place, offset + 1n);
  }

  #flush(): void {
    if (this.#shown.length === 0) return;
    // Partitions come one after another; a reader wants them side by side.
    this.#options.onRecords(
      this.#shown.toSorted((a, b) => a.timestamp - b.timestamp),
      this.#left,
    );
    this.#shown = [];
    this.#left = 0;
  }
}

function lookBack(first: bigint, end: bigint): bigint {
  return end - LOOK_BACK > first ? end - LOOK_BACK : first;
}
