// The events that this chapter's checks and scenario publish, each about an order of its own.
import type { Message } from 'kafkajs';
import { type Envelope, newEvent } from '#shared/events/envelope.ts';
import type { EventOf } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';

export type OrderCreated = EventOf<'OrderCreated'>;
export type Cause = OrderCreated | EventOf<'InventoryReserved'> | EventOf<'OrderCancelled'>;

/** Quantities by sku; a list where one sku stands on several lines. */
export type Lines = Record<string, number> | [sku: string, quantity: number][];

/** How many there are of each sku of `sku()`, and of `bulkSku()`. */
export const STOCK = 10;
export const BULK_STOCK = 100_000;
const SKUS = 120;
const BULK_SKUS = 20;

const numbered = (prefix: string, count: number, each: number) =>
  Array.from({ length: count }, (_, number) => [`${prefix}-${number}`, each] as const);

/** One that does not stand in a path as it is. */
export const NAMED_SKU = 'Teekanne, groß, 100% Ton';

/** A text like any other, also where a database takes it for a number. */
export const NUMBERED_SKU = '00471';

/** There are none of it, and it is known all the same. */
export const SOLD_OUT_SKU = 'SOLD-OUT';

/** What a grader's inventory starts with. */
export const INITIAL_STOCK: Record<string, number> = Object.fromEntries([
  ...numbered('SKU', SKUS, STOCK),
  ...numbered('BULK', BULK_SKUS, BULK_STOCK),
  [NAMED_SKU, STOCK],
  [NUMBERED_SKU, STOCK],
  [SOLD_OUT_SKU, 0],
]);

let skus = 0;
let bulkSkus = 0;

/** A sku that no other check of this lane orders. */
export function sku(): string {
  return `SKU-${skus++ % SKUS}`;
}

export function bulkSku(): string {
  return `BULK-${bulkSkus++ % BULK_SKUS}`;
}

export function orderCreated(lines: Lines, orderId: string = crypto.randomUUID()): OrderCreated {
  const entries = Array.isArray(lines) ? lines : Object.entries(lines);
  const items = entries.map(([name, quantity]) => ({ sku: name, quantity, unit_price: 250 }));
  const total = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
  return newEvent({
    type: 'OrderCreated',
    source: 'order-service',
    correlationId: crypto.randomUUID(),
    causationId: null,
    payload: { order_id: orderId, customer_id: `customer-${orderId.slice(0, 8)}`, items, total },
  });
}

/** What the inventory would say of an order. */
export function inventoryReserved({ event_id, correlation_id, payload }: OrderCreated): EventOf<'InventoryReserved'> {
  return newEvent({
    type: 'InventoryReserved',
    source: 'inventory-service',
    correlationId: correlation_id,
    causationId: event_id,
    payload: {
      order_id: payload.order_id,
      items: payload.items.map(({ sku: name, quantity }) => ({ sku: name, quantity })),
    },
  });
}

/** An order that took too long is cancelled because of no event. */
export function orderTimedOut(order: OrderCreated): EventOf<'OrderCancelled'> {
  const { payload, metadata, ...event } = orderCancelled(order);
  return { ...event, payload: { ...payload, reason: 'TIMEOUT' }, metadata: { ...metadata, causation_id: null } };
}

export function orderCancelled(
  { event_id, correlation_id, payload }: OrderCreated,
  reason: EventOf<'OrderCancelled'>['payload']['reason'] = 'OUT_OF_STOCK',
): EventOf<'OrderCancelled'> {
  return newEvent({
    type: 'OrderCancelled',
    source: 'order-service',
    correlationId: correlation_id,
    causationId: event_id,
    payload: { order_id: payload.order_id, reason },
  });
}

export function messageOf(event: Cause, partition?: number): Message {
  return { ...toMessage(event), ...(partition === undefined ? {} : { partition }) };
}

/** An envelope of a type that nobody of this course knows. */
export function unknownEvent(payload: object): Envelope<string, object> {
  const correlationId = crypto.randomUUID();
  return newEvent({ type: 'OrderGiftWrapped', source: 'wrapping-service', correlationId, causationId: null, payload });
}
