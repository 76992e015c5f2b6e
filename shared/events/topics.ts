/** The six topics of the course, named for what has happened. */
export const TOPICS = [
  'orders.created',
  'inventory.reserved',
  'inventory.failed',
  'notifications.sent',
  'orders.completed',
  'orders.cancelled',
] as const;

export type Topic = (typeof TOPICS)[number];

/** Where records of a topic go that a consumer can never process. */
export function deadLetterTopic<T extends string>(topic: T): `${T}.dlq` {
  return `${topic}.dlq`;
}

/** Partitions of every topic of the course, dead letters included. */
export const PARTITIONS = 3;
