// How both services read their topics: in a group, one record after another, and an offset is committed when its record is
// done. kafkajs ends a consumer for good after some errors; then the next one is a new one.
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { CourseEvent } from '#shared/events/event.ts';
import { readEvent } from '#shared/events/read-event.ts';
import { deadLetterTopic, type Topic } from '#shared/events/topics.ts';
import { deadLetter, type PlacedMessage } from '#shared/kafka/dead-letters.ts';
import type { Publisher } from '#shared/kafka/publisher.ts';
import type { Log } from '#shared/log.ts';
import { whileBeating } from './patience.ts';

/** What a handler throws for an event that it will never be able to process, whenever it is delivered again. */
export class Poison extends Error {}

export interface Consumption {
  kafka: Kafka;
  log: Log;
  publisher: Publisher;
  group: string;
  topics: Topic[];
  sessionTimeoutMs: number;
  /** Does the whole work of an event. When `signal` aborts, it gives up waiting and rejects. */
  handle: (event: CourseEvent, signal: AbortSignal) => Promise<void>;
}

/** Before the next consumer, after one has ended; in milliseconds. */
const PAUSE_AFTER_END_MS = 1_000;
/** How long the record in hand may still take after a SIGTERM. */
const IN_HAND_MS = 5_000;

export class GroupConsumer {
  readonly #options: Consumption;
  readonly #abandon = new AbortController();
  #consumer: Consumer | undefined;
  #ended: Promise<void> = Promise.resolve();
  #joined = false;
  #closed = false;

  constructor(options: Consumption) {
    this.#options = options;
    void this.#live();
  }

  /** Whether this consumer is a member of its group now. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Takes no further record, finishes the one in hand or abandons it uncommitted, and leaves the group. */
  async close(): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => this.#abandon.abort(new Error('the service is stopping')), IN_HAND_MS);
    await this.#consumer?.disconnect();
    clearTimeout(timer);
  }

  async #live(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#join();
        await this.#ended;
      } catch (error) {
        this.#options.log.error(`not in the group: ${(error as Error).message}`);
      }
      this.#joined = false;
      await this.#consumer?.disconnect().catch(() => {});
      await pause(PAUSE_AFTER_END_MS);
    }
  }

  /** Makes a consumer, joins the group with it, and begins to take batches. */
  async #join(): Promise<void> {
    const { kafka, group, topics, sessionTimeoutMs } = this.#options;
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 6,
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: async () => false },
    });
    this.#watch(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#takeBatch(payload),
    });
  }

  /** Follows a consumer's fate: whether it is in the group, and when it has ended. */
  #watch(consumer: Consumer): void {
    const { GROUP_JOIN, REBALANCING, STOP, CRASH } = consumer.events;
    this.#consumer = consumer;
    this.#ended = new Promise((resolve) => {
      consumer.on(CRASH, () => resolve());
      consumer.on(STOP, () => resolve());
    });
    consumer.on(GROUP_JOIN, () => {
      this.#joined = true;
    });
    for (const event of [REBALANCING, STOP, CRASH]) {
      consumer.on(event, () => {
        this.#joined = false;
      });
    }
  }

  /** One record after another: done, then committed. A rejection hands the batch back to kafkajs from the record on. */
  async #takeBatch({ batch, isRunning, heartbeat, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload) {
    const { topic, partition, messages } = batch;
    // Often: kafkajs leaves out what comes sooner than heartbeatInterval after the last one.
    const beatEveryMs = this.#options.sessionTimeoutMs / 12;
    for (const message of messages) {
      if (!isRunning()) return;
      const work = (signal: AbortSignal) => this.#process({ topic, partition, message }, signal);
      await whileBeating(heartbeat, beatEveryMs, this.#abandon.signal, work);
      resolveOffset(message.offset);
      const next = String(BigInt(message.offset) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
      await heartbeat();
    }
  }

  async #process(placed: PlacedMessage, signal: AbortSignal): Promise<void> {
    const { log, handle } = this.#options;
    const reading = readEvent(placed.message.value);
    switch (reading.kind) {
      case 'unknown':
        return log.info(`skipped an event of the unknown type ${reading.type}`);
      case 'poison':
        return this.#bury(placed, reading.reason);
      case 'event':
        try {
          return await handle(reading.event, signal);
        } catch (error) {
          if (error instanceof Poison) return this.#bury(placed, error.message);
          throw error;
        }
      default:
        return reading satisfies never;
    }
  }

  /** Puts a record aside for a human. Only then may its offset be committed. */
  async #bury(placed: PlacedMessage, reason: string): Promise<void> {
    const { group, publisher, log } = this.#options;
    await publisher.publish(deadLetterTopic(placed.topic), [deadLetter(placed, group, reason)]);
    const { topic, partition, message } = placed;
    const correlation_id = message.headers?.['correlation-id']?.toString();
    log.warn(`dead letter: ${reason}`, { correlation_id, topic, partition, offset: message.offset });
  }
}
