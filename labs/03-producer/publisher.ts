// The order service's way to Kafka: one idempotent producer at a time, everything that waits in one request, and no
// answer before the broker's.
import { setTimeout as pause } from 'node:timers/promises';
import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import type { OrderCreated } from '#shared/events/orders.ts';
import type { Log } from '#shared/log.ts';
import { notDoneYet } from '#shared/todo.ts';

/** How long an order waits for others to share its request, in milliseconds. kafkajs has no `linger.ms` of its own. */
const LINGER_MS = 10;
/** With so many messages gathered, the queue holds on to the rest. */
const MOST_AT_ONCE = 1000;

/** After a failure, before the next try; in milliseconds. */
const PAUSE_AFTER_FAILURE_MS = 500;

/** The messages of one HTTP request, waiting for the broker. */
interface Waiting {
  messages: Message[];
  deadline: number;
  acknowledged: () => void;
  failed: (error: Error) => void;
}

export class Publisher {
  readonly #kafka: Kafka;
  readonly #log: Log;
  #waiting: Waiting[] = [];
  #producer: Producer | undefined;
  #closed = false;

  constructor(kafka: Kafka, log: Log) {
    this.#kafka = kafka;
    this.#log = log;
    void this.#run();
  }

  get connected(): boolean {
    return this.#producer !== undefined;
  }

  /** Resolves when the broker has acknowledged every event; rejects at the deadline, a time of `performance.now()`. */
  publish(events: OrderCreated[], deadline: number): Promise<void> {
    const messages = events.map(toMessage);
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error('the deadline has passed'));
      const timer = setTimeout(late, deadline - performance.now());
      const settle = (how: () => void) => {
        clearTimeout(timer);
        how();
      };
      const acknowledged = () => settle(resolve);
      const failed = (error: Error) => settle(() => reject(error));
      this.#waiting.push({ messages, deadline, acknowledged, failed });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#producer?.disconnect();
  }

  /** The publisher's whole life: gather, send, and only then gather again, so that one request is under way at a time. */
  async #run(): Promise<void> {
    while (!this.#closed) {
      await pause(LINGER_MS);
      try {
        this.#producer ??= await this.#connect();
        await this.#sendWaiting(this.#producer);
      } catch (error) {
        this.#log.error((error as Error).message);
        await pause(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }

  /** Opens a producer, or throws; `#run` tries again. */
  async #connect(): Promise<Producer> {
    // TODO 1: make an idempotent producer that creates no topics and retries for about as long as an order may wait, and
    // connect it. A producer that could not connect must be disconnected before its error goes on.
    return notDoneYet('TODO 1: connect an idempotent producer');
  }

  /** Publishes what is waiting as one request, and tells each order what became of it. */
  async #sendWaiting(producer: Producer): Promise<void> {
    const gathered = this.#takeWaiting();
    if (gathered.length === 0) return;
    try {
      // TODO 3: publish all messages of `gathered` to orders.created in one request, acknowledged by all in-sync replicas and
      // compressed with gzip. Only when the broker has acknowledged it, tell each order so.
      notDoneYet('TODO 3: publish what is waiting, and wait for the acknowledgement');
    } catch (error) {
      for (const order of gathered) order.failed(error as Error);
      // TODO 4: nobody knows whether the broker has stored these messages, and this producer would give the same sequence
      // numbers to the next messages. Make sure that this producer never sends again, and that the next order finds a new
      // producer.
      throw error;
    }
  }

  /** Waiting messages until there are MOST_AT_ONCE or more, as an order batch stays whole; late orders are dropped. */
  #takeWaiting(): Waiting[] {
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > performance.now());
    const gathered: Waiting[] = [];
    let count = 0;
    while (count < MOST_AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) break;
      gathered.push(next);
      count += next.messages.length;
    }
    return gathered;
  }
}

function toMessage(event: OrderCreated): Message {
  // TODO 2: the message of an event: keyed so that everything about one order stays in one partition, the envelope as JSON,
  // and the three headers of the contract (event-type, correlation-id, content-type).
  return notDoneYet('TODO 2: turn an event into a message');
}
