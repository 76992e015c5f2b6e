// A producer that is safe to publish results with: idempotent, one send at a time, and replaced after a failure, because
// kafkajs would give the next batch the sequence numbers of the lost one (chapter 03).
import type { Kafka, Message, Producer } from 'kafkajs';

export class Publisher {
  readonly #kafka: Kafka;
  #producer: Producer | undefined;
  /** Ends when the last send that was asked for has ended. */
  #turn: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Resolves when all in-sync replicas have the messages. After a rejection nobody knows; publish the same event again. */
  publish(topic: string, messages: Message[]): Promise<void> {
    const sent = this.#turn.then(() => this.#send(topic, messages));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#producer?.disconnect();
  }

  async #send(topic: string, messages: Message[]): Promise<void> {
    this.#producer ??= await this.#connect();
    const producer = this.#producer;
    try {
      await producer.send({ topic, acks: -1, messages });
    } catch (error) {
      this.#producer = undefined;
      await producer.disconnect();
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect();
      throw error;
    }
  }
}
