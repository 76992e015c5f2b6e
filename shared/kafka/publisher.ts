// A producer that is safe to publish results with: idempotent, one send at a time, and replaced after a failure, because
// kafkajs would give the next batch the sequence numbers of the lost one (chapter 03).
import { CompressionTypes, type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';

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
    return this.publishAll([{ topic, messages }]);
  }

  /** The same for several topics, in one request. */
  publishAll(topicMessages: TopicMessages[], compression: CompressionTypes = CompressionTypes.None): Promise<void> {
    const sent = this.#turn.then(() => this.#send(topicMessages, compression));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#producer?.disconnect();
  }

  async #send(topicMessages: TopicMessages[], compression: CompressionTypes): Promise<void> {
    this.#producer ??= await this.#connect();
    const producer = this.#producer;
    try {
      await producer.sendBatch({ topicMessages, acks: -1, compression });
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
