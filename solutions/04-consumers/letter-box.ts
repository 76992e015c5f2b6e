// A dead-letter topic as it was when `replay` started: every letter in it, and what earlier runs have dealt with.
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';

export interface Letter {
  partition: number;
  message: KafkaMessage;
}

/** One partition by offsets: its first record, the first that no run has dealt with, and the one after its last. */
interface Span {
  partition: number;
  low: bigint;
  open: bigint;
  end: bigint;
}

/** A run that was killed keeps its place in the group for this long, and the next one waits. */
const SESSION_TIMEOUT_MS = 6_000;

export class LetterBox {
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #group: string;
  #consumer: Consumer | undefined;
  /** What earlier runs have dealt with, and what they have not. */
  dealtWith: Letter[] = [];
  fresh: Letter[] = [];

  private constructor(kafka: Kafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#group = `replay-${topic}`;
  }

  /** Reads the topic to its present end. A topic that does not exist is an empty one. */
  static async open(kafka: Kafka, topic: string): Promise<LetterBox> {
    const box = new LetterBox(kafka, topic);
    const spans = await box.#spans();
    if (spans.every(({ open, end }) => open >= end)) return box;
    const openFrom = new Map(spans.map(({ partition, open }) => [partition, open]));
    for (const letter of await box.#readAll(spans)) {
      const isOpen = BigInt(letter.message.offset) >= (openFrom.get(letter.partition) ?? 0n);
      (isOpen ? box.fresh : box.dealtWith).push(letter);
    }
    return box;
  }

  /** Remembers that a letter, and everything before it in its partition, has been dealt with. */
  async dealt({ partition, message }: Letter): Promise<void> {
    const offset = String(BigInt(message.offset) + 1n);
    await this.#consumer?.commitOffsets([{ topic: this.#topic, partition, offset }]);
  }

  async close(): Promise<void> {
    await this.#consumer?.disconnect();
  }

  async #spans(): Promise<Span[]> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      if (!(await admin.listTopics()).includes(this.#topic)) return [];
      const [known] = await admin.fetchOffsets({ groupId: this.#group, topics: [this.#topic] });
      const committed = new Map(known?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
      return (await admin.fetchTopicOffsets(this.#topic)).map(({ partition, low, high }) => {
        const from = committed.get(partition) ?? -1n;
        return { partition, low: BigInt(low), open: from > BigInt(low) ? from : BigInt(low), end: BigInt(high) };
      });
    } finally {
      await admin.disconnect();
    }
  }

  /** Reads every span from its beginning, whatever the group has committed; the consumer stays a member, to commit. */
  async #readAll(spans: Span[]): Promise<Letter[]> {
    const letters: Letter[] = [];
    const unread = new Map(spans.filter(({ low, end }) => low < end).map(({ partition, end }) => [partition, end]));
    const options = { groupId: this.#group, sessionTimeout: SESSION_TIMEOUT_MS, heartbeatInterval: 1_000 };
    const consumer = this.#kafka.consumer({ ...options, maxWaitTimeInMs: 500, allowAutoTopicCreation: false });
    this.#consumer = consumer;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const assigned = payload.memberAssignment[this.#topic] ?? [];
      if (assigned.length < spans.length) reject(new Error(`another replay of ${this.#topic} is running`));
      for (const { partition, low } of spans) consumer.seek({ topic: this.#topic, partition, offset: String(low) });
    });
    // Unlike a handler, this also hears of what holds no records for us, such as the marker that ends a transaction.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      if (BigInt(lastOffset) + 1n >= (unread.get(partition) ?? 0n)) unread.delete(partition);
      if (unread.size === 0) resolve();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const end = spans.find((span) => span.partition === partition)?.end ?? 0n;
        if (BigInt(message.offset) < end) letters.push({ partition, message });
      },
    });
    await promise;
    return letters;
  }
}
