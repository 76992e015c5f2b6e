// Carries events from an outbox to their topics, in their order, again and again until the broker has acknowledged them.
import { setTimeout as pause } from 'node:timers/promises';
import { CompressionTypes, type TopicMessages } from 'kafkajs';
import { toMessage } from '../events/message.ts';
import { TOPIC_OF } from '../events/topics.ts';
import type { Log } from '../log.ts';
import type { Outbox, Outgoing, Span } from '../store/outbox.ts';
import type { Publisher } from './publisher.ts';

/** How long events wait for others to share their request, in milliseconds. */
const LINGER_MS = 10;
const MOST_AT_ONCE = 1_000;
const PAUSE_AFTER_FAILURE_MS = 500;
/** After a replica has died, another one publishes what it left when this has passed. */
const LEASE_MS = 3_000;

interface Waiting {
  span: Span;
  published: () => void;
}

export class OutboxRelay {
  readonly #outbox: Outbox;
  readonly #publisher: Publisher;
  readonly #log: Log;
  /** Names this replica, and this life of it. */
  readonly #me: string = crypto.randomUUID();
  #waiting: Waiting[] = [];
  #closed = false;
  readonly #ended: Promise<void>;

  constructor(outbox: Outbox, publisher: Publisher, log: Log) {
    this.#outbox = outbox;
    this.#publisher = publisher;
    this.#log = log;
    this.#ended = this.#run();
  }

  /** Resolves when the broker has all events of a span, whoever sent them; rejects at the deadline, a time of `performance.now()`. */
  published(span: Span, deadline: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { span, published: resolve };
    this.#waiting.push(entry);
    const late = () => {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== entry);
      reject(new Error('the deadline has passed'));
    };
    const timer = setTimeout(late, deadline - performance.now());
    return promise.finally(() => clearTimeout(timer));
  }

  /** Publishes what is still there, if the broker takes it at once, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#ended;
    this.#outbox.release(this.#me);
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await pause(LINGER_MS);
      if (!(await this.#relayed())) await pause(PAUSE_AFTER_FAILURE_MS);
    }
    await this.#relayed();
  }

  /** False after a failure: nobody knows what of it the broker has, so it is sent again, and keeps its event_ids. */
  async #relayed(): Promise<boolean> {
    try {
      await this.#relay();
      return true;
    } catch (error) {
      this.#log.error(`events stay in the outbox: ${(error as Error).message}`);
      return false;
    }
  }

  async #relay(): Promise<void> {
    if (!this.#outbox.isEmpty && this.#outbox.lease(this.#me, LEASE_MS)) {
      const outgoing = this.#outbox.oldest(MOST_AT_ONCE);
      const [first, last] = [outgoing.at(0), outgoing.at(-1)];
      if (!first || !last) return;
      await this.#publisher.publishAll(requestOf(outgoing), CompressionTypes.GZIP);
      this.#outbox.remove({ from: first.id, to: last.id });
    }
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    for (const waiting of this.#waiting) {
      if (this.#outbox.holds(waiting.span)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      waiting.published();
    }
  }
}

/** One request for everything: kafkajs makes a batch for each partition of it. */
function requestOf(outgoing: Outgoing[]): TopicMessages[] {
  const byTopic = Map.groupBy(outgoing, ({ event }) => TOPIC_OF[event.event_type]);
  return [...byTopic].map(([topic, events]) => ({ topic, messages: events.map(({ event }) => toMessage(event)) }));
}
