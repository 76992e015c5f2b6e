import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';

const EVERY_MS = 1_000;
/** A broker that has answered nothing for this long counts as lost. */
const LOST_AFTER_MS = 4_000;

/**
 * Asks the broker for a topic's metadata once a second, over a connection of its own. An idle producer notices a lost
 * broker only at its next request, so readiness needs somebody who keeps asking.
 */
export class BrokerWatch {
  readonly #kafka: Kafka;
  readonly #topic: string;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  #closed = false;
  #admin: Admin | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
    void this.#watch();
  }

  get reachable(): boolean {
    return performance.now() - this.#lastAnswer < LOST_AFTER_MS;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#admin?.disconnect();
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#ask();
        this.#lastAnswer = performance.now();
      } catch {
        // A client that has failed is given up whole, so that the next question starts on a fresh connection.
        await this.#admin?.disconnect().catch(() => {});
        this.#admin = undefined;
      }
      await pause(EVERY_MS, undefined, { ref: false });
    }
  }

  async #ask(): Promise<void> {
    if (!this.#admin) {
      this.#admin = this.#kafka.admin({ retry: { retries: 0 } });
      await this.#admin.connect();
    }
    await this.#admin.fetchTopicMetadata({ topics: [this.#topic] });
  }
}
