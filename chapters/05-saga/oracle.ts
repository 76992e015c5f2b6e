// What must be true of the whole system when it has come to rest, whatever has happened on the way: judged from outside, by
// the topics, the stock, the order service's answers and the mails.
import type { MailRequest } from '#infra/email-gateway/email-gateway.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { distinct, found, recordsOf } from './orders.ts';
import type { Level } from './stock.ts';
import type { Created } from './traffic.ts';

/** The system as it is seen at one moment. */
export interface Snapshot {
  log: TopicRecord[];
  /** What GET /api/orders says, by order_id: the states that were seen, the latest last. */
  states: Map<string, { status: unknown; reason: unknown }[]>;
  /** Orders that were answered 202. */
  accepted: string[];
  initial: Record<string, number>;
  levels: Record<string, Level | undefined>;
  mails: MailRequest[];
}

/** The orders that are in the log, each once. */
export function ordersIn(log: TopicRecord[]): Created[] {
  return distinct(log.filter(({ topic }) => topic === 'orders.created')).map(({ json }) => json as Created);
}

/** What is not as it must be; nothing when the system is right and at rest. */
export function complaintsAbout(snapshot: Snapshot): string[] {
  const orders = ordersIn(snapshot.log);
  return [
    ...snapshot.accepted.flatMap((orderId) => acceptedOnce(snapshot, orderId)),
    ...orders.flatMap((order) => [...oneEnd(snapshot, order), ...told(snapshot, order)]),
    ...Object.keys(snapshot.initial).flatMap((sku) => conserved(snapshot, orders, sku)),
    ...deadLetters(snapshot),
  ];
}

function acceptedOnce({ log }: Snapshot, orderId: string): string[] {
  const count = distinct(recordsOf(log, orderId, ['orders.created'])).length;
  return count === 1 ? [] : [`order ${orderId} was answered 202 and is ${count} times in orders.created`];
}

/** One terminal event an order; the order service agrees; and it has never said anything else since. */
function oneEnd({ log, states }: Snapshot, order: Created): string[] {
  const { order_id } = order.payload;
  const seen = states.get(order_id) ?? [];
  const { status, reason } = seen.at(-1) ?? { status: 'unknown', reason: undefined };
  const ends = distinct(recordsOf(log, order_id));
  const events = ends.map((record) => `${found(record).event_type} ${found(record).payload?.reason ?? ''}`.trim());
  const wanted = status === 'CONFIRMED' ? 'OrderCompleted' : `OrderCancelled ${reason}`;
  const terminal = seen.filter((state) => state.status !== 'PENDING');
  const turned = terminal.some((state) => state.status !== status);
  const answers = (topic: string) => recordsOf(log, order_id, [topic]).length > 0;
  return [
    ...(status !== 'CONFIRMED' && status !== 'CANCELLED'
      ? [`order ${order_id} is ${status}, with ${events.join(', ') || 'no terminal event'}`]
      : []),
    ...(terminal.length > 0 && (events.length !== 1 || events[0] !== wanted)
      ? [`order ${order_id} is ${status} ${reason ?? ''}, and its terminal events are: ${events.join(', ') || 'none'}`]
      : []),
    ...(turned ? [`order ${order_id} was ${terminal[0]?.status} and is ${status}`] : []),
    ...(status === 'CONFIRMED' && !answers('inventory.reserved')
      ? [`order ${order_id} is CONFIRMED, and there is no InventoryReserved`]
      : []),
  ];
}

/** One mail of each kind at most, the one that the order was received, and the one that tells of its end. */
function told({ states, mails }: Snapshot, { payload }: Created): string[] {
  const { status } = states.get(payload.order_id)?.at(-1) ?? {};
  const kinds = mails.filter(({ order_id }) => order_id === payload.order_id).map(({ kind }) => String(kind));
  const twice = kinds.filter((kind, index) => kinds.indexOf(kind) !== index);
  const wanted = status === 'CONFIRMED' ? 'ORDER_CONFIRMED' : 'ORDER_CANCELLED';
  return [
    ...(kinds.includes('ORDER_RECEIVED')
      ? []
      : [`order ${payload.order_id} is in the log, and the customer was not told ORDER_RECEIVED`]),
    ...twice.map((kind) => `order ${payload.order_id}: two mails of the kind ${kind}, with different keys`),
    ...(status !== 'PENDING' && !kinds.includes(wanted)
      ? [`order ${payload.order_id} is ${status}, and the customer was not told ${wanted}`]
      : []),
  ];
}

/** initial = available + reserved + sold; sold is what was confirmed; and nothing stays reserved. */
function conserved({ states, initial, levels }: Snapshot, orders: Created[], sku: string): string[] {
  const level = levels[sku];
  if (!level) return [`GET /api/stock/${sku} does not tell how much there is`];
  const { available, reserved, sold } = level;
  const confirmed = orders.filter(({ payload }) => states.get(payload.order_id)?.at(-1)?.status === 'CONFIRMED');
  const lines = confirmed.flatMap(({ payload }) => payload.items).filter((item) => item.sku === sku);
  const shipped = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const says = `${sku}: ${available} available, ${reserved} reserved, ${sold} sold`;
  return [
    ...(available + reserved + sold === initial[sku] ? [] : [`${says}; there were ${initial[sku]}`]),
    ...(available >= 0 ? [] : [`${says}: less than nothing`]),
    ...(reserved === 0 ? [] : [`${says}; no order is open, so nothing should be reserved`]),
    ...(sold === shipped ? [] : [`${says}; the confirmed orders come to ${shipped}`]),
  ];
}

function deadLetters({ log }: Snapshot): string[] {
  const letters = log.filter(({ topic }) => topic.endsWith('.dlq'));
  return letters.map(({ topic, offset, headers }) => `${topic}@${offset}: a dead letter (${headers['dlq-error']})`);
}
