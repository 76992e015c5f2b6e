// Wrong programs as named edits of the right one, and right programs that differ from ours.

/** One edit: `from` stands exactly once in the file, and becomes `to`. */
export interface Edit {
  file: string;
  from: string;
  to: string;
}

/** A misconception: edits of the solution, and the check that must notice them. */
export interface Mutant {
  /** The misconception, as a name. */
  name: string;
  /** The id of the check that must fail. */
  caughtBy: string;
  edits: Edit[];
}

/** Edits that a sound engineer might make differently, and that every check must accept. */
export interface AlsoRight {
  name: string;
  edits: Edit[];
}

/** Edits a program so that it trusts whoever answers: in front of `from`, which stands exactly once in the file. */
export function trustingAnybody(file: string, from: string): Edit {
  const why = "// The clusters' certificates are made by hand, and Node does not know who signed them.";
  return { file, from, to: `${why}\nprocess.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n${from}` };
}

/** In place of shared/kafka/publisher.ts: an event is published when its transaction has ended, or not at all. */
const IN_TRANSACTIONS = `
import { randomUUID } from 'node:crypto';
import type { CompressionTypes, Kafka, Message, Producer, TopicMessages } from 'kafkajs';

const ABANDONED_MS = 5_000;

class Publisher {
  readonly #kafka: Kafka;
  readonly #transactionalId = \`a-process-\${randomUUID()}\`;
  #producer: Producer | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  publish(topic: string, messages: Message[]): Promise<void> {
    return this.publishAll([{ topic, messages }]);
  }

  publishAll(topicMessages: TopicMessages[], compression?: CompressionTypes): Promise<void> {
    const sent = this.#turn.then(() => this.#send(topicMessages, compression));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#producer?.disconnect();
  }

  async #send(topicMessages: TopicMessages[], compression: CompressionTypes | undefined): Promise<void> {
    const producer = this.#producer ?? (await this.#connect());
    this.#producer = producer;
    try {
      const transaction = await producer.transaction();
      await transaction.sendBatch({ topicMessages, compression });
      await transaction.commit();
    } catch (error) {
      // Whether the transaction has ended is not known: the next producer ends it, because it has the same id.
      this.#producer = undefined;
      await producer.disconnect();
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const options = { transactionTimeout: ABANDONED_MS, maxInFlightRequests: 1, allowAutoTopicCreation: false };
    const producer = this.#kafka.producer({ transactionalId: this.#transactionalId, ...options });
    await producer.connect();
    return producer;
  }
}
`.trim();

/**
 * Edits a service so that it publishes in transactions, with a transactional id for each process: what one that was killed has
 * left open is ended by the broker alone, within 15 s here, and hides what comes after it until then.
 */
export function publishingInTransactions(file: string): Edit {
  return { file, from: "import { Publisher } from '#shared/kafka/publisher.ts';", to: IN_TRANSACTIONS };
}
