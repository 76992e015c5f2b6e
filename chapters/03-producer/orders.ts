// The orders that this chapter's checks and scenario post, and what the contract says of the answers and records.
import { randomBytes } from 'node:crypto';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, table } from '#shared/testing/evidence.ts';
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { Service } from '#shared/testing/service.ts';
import { isAbout, type TopicRecord } from '#shared/testing/topic-log.ts';
import { timestampFact } from '#shared/testing/utc-timestamp.ts';
import { isUuid } from '#shared/testing/uuid.ts';

export interface Order {
  customer_id: string;
  items: { sku: string; quantity: number; unit_price: number }[];
}

/** What the service answers for an order it has taken. */
export interface Accepted {
  order_id: string;
  correlation_id: string;
  status: string;
}

interface Event {
  event_id: string;
  event_type: string;
  timestamp: string;
  correlation_id: string;
  payload: { order_id: string; customer_id: string; items: Order['items']; total: number };
  metadata: { source: string; causation_id: string | null; schema_version: number };
}

const RECOVERY_LIMIT_MS = 60_000;

/** A valid order; each number makes another one, with its own total. */
export function order(number = 1): Order {
  return {
    customer_id: `customer-${number}`,
    items: [
      { sku: 'SKU-LAMP', quantity: 1 + (number % 5), unit_price: 1999 },
      { sku: `SKU-${number}`, quantity: 2, unit_price: 5 },
    ],
  };
}

/** Random letters hardly shrink: more than the megabyte that a broker takes in a batch (message.max.bytes). */
export const TOO_LARGE_BYTES = 3_000_000;

/** A valid order that no broker of default settings takes. */
export function tooLargeOrder(number: number): Order {
  const sku = randomBytes(TOO_LARGE_BYTES / 2).toString('hex');
  return { ...order(number), items: [{ sku, quantity: 1, unit_price: 1 }] };
}

export function totalOf({ items }: Order): number {
  return items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
}

/** The body of a 202, or undefined when the answer is something else. */
export function acceptedBy(outcome: HttpOutcome): Accepted | undefined {
  if (outcome.status !== 202) return undefined;
  const { order_id, correlation_id, status } = (outcome.json ?? {}) as Partial<Accepted>;
  return typeof order_id === 'string' && typeof correlation_id === 'string' && typeof status === 'string'
    ? { order_id, correlation_id, status }
    : undefined;
}

/** What a 202 says of its orders, whether it answers one or a batch. */
export function allAcceptedBy(outcome: HttpOutcome): Accepted[] {
  const one = acceptedBy(outcome);
  const { orders = [] } = (outcome.status === 202 ? outcome.json : {}) as { orders?: Accepted[] };
  return one ? [one] : orders;
}

/** Orders that were answered with 202, as evidence where their records are missing. */
export function acceptedTable(answers: Accepted[]): string {
  const rows = answers.slice(0, 8).map(({ order_id, correlation_id }) => [order_id, '202', 'none', correlation_id]);
  return table(['order_id', 'answer', 'records', 'correlation_id'], rows);
}

/** Posts an order and returns its 202; anything else fails the check. */
export async function accept(service: Service, posted: Order, headers: Record<string, string> = {}): Promise<Accepted> {
  const outcome = await service.post('/api/orders', posted, headers);
  const answer = acceptedBy(outcome);
  demand(answer !== undefined, 'a valid order is answered with 202.', () => service.describe(outcome));
  return answer;
}

/** Posts a batch and returns what its 202 says of each order; anything else fails the check. */
export async function acceptBatch(
  service: Service,
  orders: Order[],
  headers: Record<string, string> = {},
): Promise<Accepted[]> {
  const outcome = await service.post('/api/orders/batch', { orders }, headers);
  const body = (outcome.status === undefined ? {} : (outcome.json ?? {})) as { orders?: Accepted[] };
  const answers = Array.isArray(body.orders) ? body.orders : [];
  demandFacts(
    'a valid batch is answered with 202 and {orders: [{order_id, correlation_id, status}]}.',
    [
      equals('status', outcome.status, 202),
      equals('orders in the answer', answers.length, orders.length),
      equals('different order_ids', new Set(answers.map((answer) => answer?.order_id)).size, orders.length),
      holds(
        'status of each',
        answers[0]?.status,
        'PENDING',
        answers.every((answer) => answer?.status === 'PENDING'),
      ),
    ],
    () => service.describe(outcome),
  );
  return answers;
}

/**
 * Demands that the service accepts orders again; 503 is a right answer until it does. One that is given a long
 * PUBLISH_TIMEOUT_MS may take so long for an answer.
 */
export async function goesOn(service: Service, answerLimitMs?: number): Promise<Accepted> {
  const deadline = performance.now() + RECOVERY_LIMIT_MS;
  for (;;) {
    const outcome = await service.post('/api/orders', order(14), {}, answerLimitMs);
    const answer = acceptedBy(outcome);
    if (answer) return answer;
    demand(
      outcome.status === 503 && performance.now() < deadline,
      'orders are accepted again once the broker is back (503 until then).',
      () => service.describe(outcome),
    );
  }
}

/** Calls `post` once every few milliseconds without waiting for answers, and resolves with all of them under way. */
export function inFlow(
  { orders, every }: { orders: number; every: number },
  post: (number: number) => Promise<HttpOutcome>,
): Promise<Promise<HttpOutcome>[]> {
  const posts: Promise<HttpOutcome>[] = [];
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      posts.push(post(posts.length));
      if (posts.length < orders) return;
      clearInterval(timer);
      resolve(posts);
    }, every);
  });
}

/** What RFC 9457 and the contract ask of an error with this status. */
export function problemFacts(outcome: HttpOutcome, status: number): Fact[] {
  if (outcome.status === undefined) return [holds('answer', outcome.error, 'a problem document', false)];
  const type = outcome.headers['content-type'] ?? '';
  const body = (outcome.json ?? {}) as Record<string, unknown>;
  const text = (name: string) => holds(`problem.${name}`, body[name], 'a text', typeof body[name] === 'string');
  return [
    holds('Content-Type', type, 'application/problem+json', /^application\/problem\+json\b/i.test(type)),
    text('type'),
    text('title'),
    equals('problem.status', body.status, status),
    text('detail'),
  ];
}

/** The records of orders.created that speak of an order: keyed by it, or naming it in their payload. */
export function recordsOf(records: TopicRecord[], orderId: string): TopicRecord[] {
  return records.filter((record) => isAbout(record, orderId));
}

/** What the contract says of an OrderCreated record, field by field. */
export function recordFacts(record: TopicRecord, posted: Order, answer: Accepted): Fact[] {
  if (typeof record.json !== 'object' || record.json === null) return unreadable(record, answer);
  const event = record.json as Partial<Event>;
  const payload = event.payload ?? ({} as Partial<Event['payload']>);
  const metadata = event.metadata ?? ({} as Partial<Event['metadata']>);
  return [
    equals('topic', record.topic, 'orders.created'),
    equals('key', record.key, answer.order_id),
    holds('event_id', event.event_id, 'a UUID', isUuid(event.event_id)),
    equals('event_type', event.event_type, 'OrderCreated'),
    timestampFact(event.timestamp),
    equals('correlation_id', event.correlation_id, answer.correlation_id),
    equals('payload.order_id', payload.order_id, answer.order_id),
    equals('payload.customer_id', payload.customer_id, posted.customer_id),
    holds('payload.items', payload.items, JSON.stringify(posted.items), sameLines(payload.items, posted.items)),
    equals('payload.total', payload.total, totalOf(posted)),
    equals('metadata.source', metadata.source, 'order-service'),
    equals('metadata.causation_id', metadata.causation_id, null),
    equals('metadata.schema_version', metadata.schema_version, 1),
    equals('header event-type', record.headers['event-type'], 'OrderCreated'),
    equals('header correlation-id', record.headers['correlation-id'], answer.correlation_id),
    equals('header content-type', record.headers['content-type'], 'application/json'),
  ];
}

/** The facts of a record whose value is no JSON object: nothing can be said of its fields. */
function unreadable({ topic, key, value, json }: TopicRecord, { order_id }: Accepted): Fact[] {
  const found = typeof json === 'string' ? `a JSON text that holds a text: ${json.slice(0, 30)}…` : (value ?? null);
  return [
    equals('topic', topic, 'orders.created'),
    equals('key', key, order_id),
    holds('value', found, 'one JSON object', false),
  ];
}

/** The same lines in the same order; further fields of a line are ignored. */
export function sameLines(actual: unknown, expected: Order['items']): boolean {
  return (
    Array.isArray(actual) &&
    actual.length === expected.length &&
    expected.every(({ sku, quantity, unit_price }, index) => {
      const line = (actual[index] ?? {}) as Partial<Order['items'][number]>;
      return line.sku === sku && line.quantity === quantity && line.unit_price === unit_price;
    })
  );
}
