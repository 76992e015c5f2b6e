import type { EventType } from './event.ts';

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

/** The topic of each type of event: a topic holds one type. */
export const TOPIC_OF: Record<EventType, Topic> = {
  OrderCreated: 'orders.created',
  InventoryReserved: 'inventory.reserved',
  InventoryFailed: 'inventory.failed',
  NotificationSent: 'notifications.sent',
  OrderCompleted: 'orders.completed',
  OrderCancelled: 'orders.cancelled',
};

/** Where records of a topic go that a consumer can never process. */
export function deadLetterTopic<T extends string>(topic: T): `${T}.dlq` {
  return `${topic}.dlq`;
}

/** Partitions of every topic of the course, dead letters included. */
export const PARTITIONS = 3;
