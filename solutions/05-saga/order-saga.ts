// The saga of one order, as the order service sees it: which step follows from what has happened, whatever the order in which
// it is heard of. Decides only; nothing is stored or published here.
import { newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf } from '#shared/events/event.ts';

export type CancelReason = EventOf<'OrderCancelled'>['payload']['reason'];

export interface Order {
  created: EventOf<'OrderCreated'>;
  status: 'PENDING' | 'CONFIRMED' | 'CANCELLED';
  reason: CancelReason | null;
  /** Whether InventoryReserved was read, and NotificationSent of ORDER_CONFIRMED. */
  reserved: boolean;
  notified: boolean;
  /** When the patience for a reservation ends, as a time of `Date.now()`. */
  deadline: number;
}

/** What becomes of an order, and the event that tells of it, if it is the world's business. */
export interface Step {
  order: Order;
  publish?: EventOf<'OrderCompleted'> | EventOf<'OrderCancelled'>;
}

/** The step that an event leads to; undefined when it changes nothing. */
export function afterEvent(order: Order, event: CourseEvent): Step | undefined {
  // Terminal states are final: what is late is not news, and a repetition not at all.
  if (order.status !== 'PENDING') return undefined;
  switch (event.event_type) {
    case 'InventoryReserved':
      return confirmedIfComplete({ ...order, reserved: true }, event);
    case 'NotificationSent':
      // The customer hears of an order twice, and only one of the mails is a step of the saga.
      if (event.payload.kind !== 'ORDER_CONFIRMED') return undefined;
      return confirmedIfComplete({ ...order, notified: true }, event);
    case 'InventoryFailed':
      return cancelled(order, event.payload.reason, event.event_id);
    default:
      return undefined;
  }
}

/** The step that the passing of time leads to; undefined when there is still, or no longer, something to wait for. */
export function afterTime(order: Order, now: number): Step | undefined {
  if (order.status !== 'PENDING' || order.reserved || order.deadline > now) return undefined;
  return cancelled(order, 'TIMEOUT', order.created.event_id);
}

/** Both have to be there, and either may be the last. */
function confirmedIfComplete(order: Order, cause: CourseEvent): Step {
  if (!order.reserved || !order.notified) return { order };
  return { order: { ...order, status: 'CONFIRMED' }, publish: orderCompleted(order, cause.event_id) };
}

function cancelled(order: Order, reason: CancelReason, causationId: string): Step {
  return { order: { ...order, status: 'CANCELLED', reason }, publish: orderCancelled(order, reason, causationId) };
}

function orderCompleted({ created }: Order, causationId: string): EventOf<'OrderCompleted'> {
  const { order_id } = created.payload;
  return newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });
}

function orderCancelled({ created }: Order, reason: CancelReason, causationId: string): EventOf<'OrderCancelled'> {
  const { order_id } = created.payload;
  return newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });
}

function origin({ correlation_id }: EventOf<'OrderCreated'>) {
  return { source: 'order-service', correlationId: correlation_id };
}
