// For chapter 05; in chapter 04 this is what you are about to write.
// A member of a consumer group that lives as long as its service: each record is handled, and committed when that is done. A
// service writes a handler and nothing else about consuming.
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachMessagePayload, Kafka } from 'kafkajs';
import type { CourseEvent } from '../events/event.ts';
import { readEvent } from '../events/read-event.ts';
import { deadLetterTopic, type Topic } from '../events/topics.ts';
import type { Log } from '../log.ts';
import { deadLetter } from './dead-letters.ts';
import type { Publisher } from './publisher.ts';

/** Thrown by a handler for an event that no further attempt could process: it becomes a dead letter. */
export class Unprocessable extends Error {}

/** Does all the work of an event. Rejects when `signal` aborts, or for an event that is to be delivered again. */
export type Handler = (event: CourseEvent, signal: AbortSignal) => Promise<void> | void;

export interface Membership {
  kafka: Kafka;
  group: string;
  topics: Topic[];
  sessionTimeoutMs: number;
  /** For dead letters. */
  publisher: Publisher;
  log: Log;
  handle: Handler;
}

const PAUSE_BEFORE_NEXT_MS = 500;
/** The record in hand may take this long after `close`; then it is somebody else's. */
const FAREWELL_MS = 5_000;

export class GroupConsumer {
  readonly #membership: Membership;
  readonly #farewell = new AbortController();
  #consumer: Consumer | undefined;
  #member = false;
  #closed = false;

  constructor(membership: Membership) {
    this.#membership = membership;
    void this.#stayMember();
  }

  /** Whether the group has given us a share of its partitions. */
  get joined(): boolean {
    return this.#member;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => this.#farewell.abort(new Error('the service ends')), FAREWELL_MS);
    await this.#consumer?.disconnect();
    clearTimeout(timer);
  }

  /** kafkajs gives up after some errors, and after others it restarts: here every end is followed by a new consumer. */
  async #stayMember(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#oneLife();
      } catch (error) {
        this.#membership.log.error(`not a member of the group: ${(error as Error).message}`);
      }
      this.#member = false;
      await this.#consumer?.disconnect().catch(() => {});
      await pause(PAUSE_BEFORE_NEXT_MS);
    }
  }

  /** From connecting to the end of a consumer, of whichever kind. */
  async #oneLife(): Promise<void> {
    const { kafka, group, topics, sessionTimeoutMs } = this.#membership;
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 6,
      maxWaitTimeInMs: 250,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: async () => false },
    });
    this.#consumer = consumer;
    const { GROUP_JOIN, REBALANCING, STOP, CRASH } = consumer.events;
    const end = Promise.withResolvers<void>();
    consumer.on(GROUP_JOIN, () => {
      this.#member = true;
    });
    consumer.on(REBALANCING, () => {
      this.#member = false;
    });
    consumer.on(STOP, () => end.resolve());
    consumer.on(CRASH, ({ payload }) => end.reject(payload.error));
    end.promise.catch(() => {});
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    // A threshold of one record: kafkajs commits after each, and only what `eachMessage` has resolved for.
    await consumer.run({ autoCommitThreshold: 1, eachMessage: (payload) => this.#withHeartbeats(payload) });
    await end.promise;
  }

  /** kafkajs heartbeats between records. A record that takes longer than the session needs them in between, too. */
  async #withHeartbeats(payload: EachMessagePayload): Promise<void> {
    const expelled = new AbortController();
    const beat = () => payload.heartbeat().catch((reason) => expelled.abort(reason));
    const timer = setInterval(beat, this.#membership.sessionTimeoutMs / 6);
    try {
      await this.#process(payload, AbortSignal.any([this.#farewell.signal, expelled.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  async #process(payload: EachMessagePayload, signal: AbortSignal): Promise<void> {
    const { handle, log } = this.#membership;
    const reading = readEvent(payload.message.value);
    if (reading.kind === 'unknown') return log.info(`skipped an event of the unknown type ${reading.type}`);
    if (reading.kind === 'poison') return this.#putAside(payload, reading.reason);
    try {
      await handle(reading.event, signal);
    } catch (error) {
      if (!(error instanceof Unprocessable)) throw error;
      await this.#putAside(payload, error.message);
    }
  }

  async #putAside(payload: EachMessagePayload, reason: string): Promise<void> {
    const { group, publisher, log } = this.#membership;
    const { topic, partition, message } = payload;
    await publisher.publish(deadLetterTopic(topic), [deadLetter(payload, group, reason)]);
    const correlation_id = message.headers?.['correlation-id']?.toString();
    log.warn(`dead letter: ${reason}`, { correlation_id, topic, partition, offset: message.offset });
  }
}
