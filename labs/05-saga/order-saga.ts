// The saga of one order, as the order service sees it: which step follows from what has happened, whatever the order in which
// it is heard of. Decides only; nothing is stored or published here.
import { newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf } from '#shared/events/event.ts';
import { notDoneYet } from '#shared/todo.ts';

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
  // TODO 3: the saga as a state machine. Which events are steps, and in which states? An order is confirmed by two events, in
  // whichever order they come, and cancelled by one. Any of them may come twice, or when the order has already come to its end.
  return notDoneYet('TODO 3: decide what an event does to its order');
}

/** The step that the passing of time leads to; undefined when there is still, or no longer, something to wait for. */
export function afterTime(order: Order, now: number): Step | undefined {
  // TODO 4: an order whose InventoryReserved was not read by its deadline is cancelled, whatever mails were sent. When is there
  // nothing to cancel?
  return notDoneYet('TODO 4: decide what the clock does to an order');
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
