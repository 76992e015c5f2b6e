// The orders that this chapter's checks place, and the events that a check publishes in the place of a service that is not there.
import { type Envelope, newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf, NotificationKind } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { TOPIC_OF } from '#shared/events/topics.ts';
import type { Workbench } from '#shared/testing/workbench.ts';

export type Created = EventOf<'OrderCreated'>;
type Line = { sku: string; quantity: number };
/** Quantities by sku; a list where one sku stands on several lines. */
export type Lines = Record<string, number> | [sku: string, quantity: number][];

/** How many there are of each sku of `sku()`, and of BULK. */
export const STOCK = 10;
export const BULK = 'BULK';
export const BULK_STOCK = 100_000;
const SKUS = 100;

/** What a grader's inventory starts with. */
export const INITIAL_STOCK: Record<string, number> = Object.fromEntries([
  [BULK, BULK_STOCK],
  ...Array.from({ length: SKUS }, (_, number) => [`SKU-${number}`, STOCK]),
]);

let skus = 0;

/** A sku that no other check of this lane orders. */
export function sku(): string {
  return `SKU-${skus++ % SKUS}`;
}

/** Each of them orders again and again. */
const CUSTOMERS = ['Zoë 東京', 'customer-2', 'customer-3'];
let orders = 0;

/** The body of a request for an order. */
export function orderRequest(lines: Lines = { [BULK]: 1 }) {
  const entries = Array.isArray(lines) ? lines : Object.entries(lines);
  const items = entries.map(([name, quantity]) => ({ sku: name, quantity, unit_price: 250 }));
  return { customer_id: CUSTOMERS[orders++ % CUSTOMERS.length] ?? '', items };
}

export function orderCreated(lines: Lines = { [BULK]: 1 }): Created {
  const { customer_id, items } = orderRequest(lines);
  const total = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
  const payload = { order_id: crypto.randomUUID(), customer_id, items, total };
  const correlationId = crypto.randomUUID();
  return newEvent({ type: 'OrderCreated', source: 'order-service', correlationId, causationId: null, payload });
}

/** What the services say because of an order; the cause of some is the reservation, and a grader need not be that exact. */
export function inventoryReserved(created: Created): EventOf<'InventoryReserved'> {
  const { order_id, items } = created.payload;
  const lines = items.map(({ sku: name, quantity }): Line => ({ sku: name, quantity }));
  return newEvent({ ...because(created, 'inventory'), type: 'InventoryReserved', payload: { order_id, items: lines } });
}

export function inventoryFailed(
  created: Created,
  reason: 'OUT_OF_STOCK' | 'UNKNOWN_SKU' = 'OUT_OF_STOCK',
): EventOf<'InventoryFailed'> {
  const { order_id, items } = created.payload;
  const [{ sku: name, quantity } = { sku: BULK, quantity: 1 }] = items;
  const unavailable = [{ sku: name, requested: quantity, available: 0 }];
  const payload = { order_id, reason, unavailable };
  return newEvent({ ...because(created, 'inventory'), type: 'InventoryFailed', payload });
}

export function notificationSent(created: Created, kind: NotificationKind): EventOf<'NotificationSent'> {
  const { order_id } = created.payload;
  const payload = { order_id, kind, channel: 'email' as const };
  return newEvent({ ...because(created, 'notification'), type: 'NotificationSent', payload });
}

export function orderCompleted(created: Created): EventOf<'OrderCompleted'> {
  const { order_id } = created.payload;
  return newEvent({ ...because(created, 'order'), type: 'OrderCompleted', payload: { order_id } });
}

export function orderCancelled(
  created: Created,
  reason: EventOf<'OrderCancelled'>['payload']['reason'] = 'TIMEOUT',
): EventOf<'OrderCancelled'> {
  const { order_id } = created.payload;
  return newEvent({ ...because(created, 'order'), type: 'OrderCancelled', payload: { order_id, reason } });
}

function because({ event_id, correlation_id }: Envelope<string, unknown>, service: string) {
  return { source: `${service}-service`, correlationId: correlation_id, causationId: event_id };
}

/** Publishes events in this order; those of one topic with one request. */
export async function publish(bench: Workbench, ...events: CourseEvent[]): Promise<void> {
  for (const event of events) await bench.direct.publish(TOPIC_OF[event.event_type], [toMessage(event)]);
}

/** Publishes of each event what somebody may have invented since, in its topic: a type that is unknown, and whatever its payload is. */
export async function publishOfUnknownTypes(bench: Workbench, ...events: CourseEvent[]): Promise<void> {
  for (const { event_type, payload, ...rest } of events) {
    for (const each of [payload, { order_id: payload.order_id }]) {
      const event = { ...rest, event_id: crypto.randomUUID(), event_type: `${event_type}Revised`, payload: each };
      await bench.direct.publish(TOPIC_OF[event_type], [toMessage(event as unknown as CourseEvent)]);
    }
  }
}
