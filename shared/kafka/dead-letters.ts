// Where a record goes that can never be processed, and how it says where it lay.
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';

/** A record with its place in the log. */
export interface PlacedMessage {
  topic: string;
  partition: number;
  message: KafkaMessage;
}

/** Headers that a dead letter has and its original had not. */
const ADDED = 'dlq-';

/** The dead letter of a record: everything as it was, byte for byte, and where it lay, who gave it up, and why. */
export function deadLetter({ topic, partition, message }: PlacedMessage, group: string, error: string): Message {
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...message.headers,
      [`${ADDED}topic`]: topic,
      [`${ADDED}partition`]: String(partition),
      [`${ADDED}offset`]: message.offset,
      [`${ADDED}group`]: group,
      [`${ADDED}error`]: error,
    },
  };
}

/** The place from which a dead letter came, as one text; two letters of the same record have the same. */
export function originOf({ headers }: KafkaMessage): string {
  return ['topic', 'partition', 'offset'].map((name) => headers?.[ADDED + name]?.toString()).join('/');
}

/** The headers that the record had before it became a dead letter. */
export function originalHeaders({ headers = {} }: KafkaMessage): IHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(ADDED)));
}
