// Every event of the course: what its payload must look like, and the types that follow from it.
import { z } from 'zod';
import type { Envelope } from './envelope.ts';

const text = z.string().min(1);
const quantity = z.int().min(1);
const cents = z.int().min(0);

/** Fields beyond these are ignored, so that a publisher may be newer than its consumers. */
export const PAYLOADS = {
  OrderCreated: z.object({
    order_id: text,
    customer_id: text,
    items: z.array(z.object({ sku: text, quantity, unit_price: cents })),
    total: cents,
  }),
  InventoryReserved: z.object({ order_id: text, items: z.array(z.object({ sku: text, quantity })) }),
  InventoryFailed: z.object({
    order_id: text,
    reason: z.enum(['OUT_OF_STOCK', 'UNKNOWN_SKU']),
    unavailable: z.array(z.object({ sku: text, requested: quantity, available: z.int() })),
  }),
  NotificationSent: z.object({
    order_id: text,
    kind: z.enum(['ORDER_RECEIVED', 'ORDER_CONFIRMED', 'ORDER_CANCELLED']),
    channel: z.literal('email'),
  }),
  OrderCompleted: z.object({ order_id: text }),
  OrderCancelled: z.object({ order_id: text, reason: z.enum(['OUT_OF_STOCK', 'UNKNOWN_SKU', 'TIMEOUT']) }),
};

export type EventType = keyof typeof PAYLOADS;
export type EventOf<Type extends EventType> = Envelope<Type, z.infer<(typeof PAYLOADS)[Type]>>;
/** Any event of the course; its `event_type` tells which. */
export type CourseEvent = { [Type in EventType]: EventOf<Type> }[EventType];

export type NotificationKind = EventOf<'NotificationSent'>['payload']['kind'];
