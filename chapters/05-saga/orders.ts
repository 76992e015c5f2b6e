// What there is to know of an order from outside: what the order service answers, and what is in the topics.
import type { CourseEvent } from '#shared/events/event.ts';
import { demand, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, table } from '#shared/testing/evidence.ts';
import { describeExchange, type HttpOutcome } from '#shared/testing/http-client.ts';
import { seizesTheChance, until } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import { isAbout, type TopicRecord } from '#shared/testing/topic-log.ts';
import { timestampFact } from '#shared/testing/utc-timestamp.ts';
import { isUuid } from '#shared/testing/uuid.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { type Created, type Lines, orderRequest } from './traffic.ts';

/** The topics in which the end of an order is told. */
export const ENDS = ['orders.completed', 'orders.cancelled'];

/** A produce request that tells of an order's end. */
export const isEnd = (request: TapRequest) => ENDS.some((topic) => isProduceTo(topic)(request));

/** An event as it was found: nothing about it is certain. */
export type Found = Partial<Omit<CourseEvent, 'payload' | 'metadata'>> & {
  payload?: Record<string, unknown>;
  metadata?: { source?: unknown; causation_id?: unknown; schema_version?: unknown };
};

export function found({ json }: TopicRecord): Found {
  return (typeof json === 'object' && json !== null ? json : {}) as Found;
}

/** The records of an order in some topics. */
export function recordsOf(log: TopicRecord[], orderId: string, topics: readonly string[] = ENDS): TopicRecord[] {
  return log.filter((record) => {
    const named = record.key === orderId || found(record).payload?.order_id === orderId;
    return named && topics.includes(record.topic);
  });
}

/** The first record of each event, however often the event was sent. */
export function distinct(records: TopicRecord[]): TopicRecord[] {
  const ids = records.map((record) => found(record).event_id);
  return records.filter((_, index) => ids.indexOf(ids[index]) === index);
}

/** Places an order, demands a 202, and returns its OrderCreated as it is in the log. */
export async function place(bench: Workbench, service: Service, lines?: Lines): Promise<Created> {
  const { outcome, created } = await tryToPlace(bench, service, lines);
  const expected = 'POST /api/orders answers 202, and the order is in orders.created.';
  demand(created !== undefined, expected, () => service.describe(outcome));
  return created;
}

/** Places orders as one batch, demands a 202, and returns their OrderCreated as they are in the log. */
export async function placeMany(bench: Workbench, service: Service, count: number): Promise<Created[]> {
  const outcome = await service.post('/api/orders/batch', {
    orders: Array.from({ length: count }, () => orderRequest()),
  });
  const { orders = [] } = (outcome.status === 202 ? (outcome.json ?? {}) : {}) as { orders?: { order_id: string }[] };
  const created = await allCreatedIn(
    bench,
    orders.map(({ order_id }) => order_id),
  );
  const expected = `a batch of ${count} orders is taken with 202, and all of them are in orders.created.`;
  demand(created.length === count, expected, () => service.describe(outcome));
  return created;
}

/** Places an order; `created` is its OrderCreated as it is in the log, if it was taken. */
export async function tryToPlace(bench: Workbench, service: Service, lines?: Lines) {
  const outcome = await service.post('/api/orders', orderRequest(lines));
  const { order_id } = (outcome.status === 202 ? (outcome.json ?? {}) : {}) as { order_id?: string };
  return { outcome, created: order_id === undefined ? undefined : await createdIn(bench, order_id) };
}

/** Places an order at a service that may have to wait until the broker, or the database, is there for it; until then 503 is right. */
export async function placeAgain(bench: Workbench, service: Service, limitMs: number): Promise<Created> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { outcome, created } = await tryToPlace(bench, service);
    if (created) return created;
    demand(performance.now() < deadline, `the service takes orders again within ${limitMs / 1000} s.`, () =>
      service.describe(outcome),
    );
  }
}

/** A 503 is no promise: whoever publishes in transactions takes back what was not acknowledged. */
export const NOT_IN_THE_LOG = 'the order was answered with 503 and is not in the log, so it needs no saga';

/** Whoever publishes in transactions hears of their end before others can read what was in them: on a busy machine long before. */
const VISIBLE_MS = 2_000;

/** The OrderCreated of an order that was answered with 202; undefined when it does not come. */
async function createdIn(bench: Workbench, orderId: string): Promise<Created | undefined> {
  return (await allCreatedIn(bench, [orderId]))[0];
}

/** The OrderCreated of each of these orders that has one: all of them, unless some do not come. */
export async function allCreatedIn(bench: Workbench, orderIds: string[]): Promise<Created[]> {
  let records: TopicRecord[] = [];
  await seizesTheChance(async () => {
    const log = await bench.log.catchUp();
    records = orderIds.flatMap((orderId) => recordsOf(log, orderId, ['orders.created']).slice(0, 1));
    return records.length === orderIds.length;
  }, VISIBLE_MS);
  return records.map(({ json }) => json as Created);
}

export interface Seen {
  status: unknown;
  reason: unknown;
  outcome: HttpOutcome;
}

export async function look(service: Service, { payload }: Created): Promise<Seen> {
  const outcome = await service.get(`/api/orders/${payload.order_id}`);
  const { status, reason } = (outcome.status === 200 ? (outcome.json ?? {}) : {}) as Record<string, unknown>;
  return { status, reason, outcome };
}

/** What is said of an order that may be known from its own event only, or from a database that is busy: a moment later. */
export async function lookKnown(service: Service, order: Created): Promise<Seen> {
  let seen = await look(service, order);
  await seizesTheChance(async () => {
    if (seen.status === undefined) seen = await look(service, order);
    return seen.status !== undefined;
  }, VISIBLE_MS);
  return seen;
}

/** The lines of an order in their order; whatever else a line says is the service's business. */
export function sameItems(items: unknown, { payload }: Created): boolean {
  if (!Array.isArray(items) || items.length !== payload.items.length) return false;
  return payload.items.every(({ sku, quantity, unit_price }, index) => {
    const item = (items[index] ?? {}) as Record<string, unknown>;
    return item.sku === sku && item.quantity === quantity && item.unit_price === unit_price;
  });
}

export type End = { status: 'CONFIRMED' } | { status: 'CANCELLED'; reason: string };

/** Waits until an order has come to its end, in the order service's words and in the topics, and demands that they agree. */
export async function demandEnd(
  bench: Workbench,
  service: Service,
  order: Created,
  end: End,
  limitMs = 20_000,
): Promise<TopicRecord> {
  const reason = end.status === 'CANCELLED' ? end.reason : undefined;
  const topic = end.status === 'CONFIRMED' ? 'orders.completed' : 'orders.cancelled';
  const words = reason ? `${end.status} with reason ${reason}` : end.status;
  let seen = await look(service, order);
  let records: TopicRecord[] = [];
  const story = () => storyTable(storyOf(bench.log.records, order));
  // What the service says is added by the wait.
  const soFar = () => `${story()}\n\n${describeExchange(seen.outcome)}`;
  const evidence = () => `${soFar()}\n\n${service.describe()}`;
  const expected = `the order becomes ${words}, and one event in ${topic} says so.`;
  await until({ bench, services: [service], expected, limitMs, evidence: soFar }, async () => {
    seen = await look(service, order);
    records = distinct(recordsOf(await bench.log.catchUp(), order.payload.order_id));
    // One answer that is none is no end.
    const wrongEnd = seen.status !== undefined && seen.status !== 'PENDING' && seen.status !== end.status;
    demand(!wrongEnd && records.every((record) => record.topic === topic), expected, evidence);
    return seen.status === end.status && records.length > 0;
  });
  const [record] = records;
  const told = record ? [seen.reason, found(record).payload?.reason] : [];
  const right = records.length === 1 && (reason === undefined || told.every((each) => each === reason));
  demand(record !== undefined && right, expected, evidence);
  return record;
}

/** Demands that an order is as it was before: still PENDING, and nothing of its end in the topics. */
export async function demandPending(
  bench: Workbench,
  service: Service,
  order: Created,
  because: string,
): Promise<void> {
  const seen = await lookKnown(service, order);
  const records = recordsOf(await bench.log.catchUp(), order.payload.order_id);
  demand(
    seen.status === 'PENDING' && records.length === 0,
    `the order stays PENDING: ${because}.`,
    () => `${storyTable(storyOf(bench.log.records, order))}\n\n${service.describe(seen.outcome)}`,
  );
}

/** Everything that the topics say of an order, in the order in which the broker took it. */
export function storyOf(log: TopicRecord[], { payload }: Created): TopicRecord[] {
  const mine = log.filter((record) => isAbout(record, payload.order_id));
  return mine.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

/** What the contract says of the event with which an order ends. */
export function endFacts(record: TopicRecord, order: Created, type: string, causes: (string | null)[]): Fact[] {
  const { event_id, metadata } = found(record);
  const cause = metadata?.causation_id ?? null;
  const isNew = ![order.event_id, ...causes].includes(String(event_id));
  return [
    holds('event_id', event_id, 'its own, and no other event’s', isNew),
    ...envelopeFacts(record, order, type, 'order-service'),
    holds('metadata.causation_id', cause, `one of ${causes.join(', ')}`, causes.includes(cause as string | null)),
  ];
}

/** What the contract says of every event that is about an order, whatever it is because of. */
export function envelopeFacts(record: TopicRecord, order: Created, type: string, source: string): Fact[] {
  const { event_id, event_type, timestamp, correlation_id, metadata } = found(record);
  const { headers } = record;
  return [
    holds('event_id', event_id, 'a UUID', isUuid(event_id)),
    equals('key', record.key, order.payload.order_id),
    equals('event_type', event_type, type),
    timestampFact(timestamp),
    equals('correlation_id', correlation_id, order.correlation_id),
    equals('metadata.source', metadata?.source, source),
    equals('metadata.schema_version', metadata?.schema_version, 1),
    equals('header event-type', headers['event-type'], type),
    equals('header correlation-id', headers['correlation-id'], order.correlation_id),
    equals('header content-type', headers['content-type'], 'application/json'),
  ];
}

/** The story in short, for a report. */
export function storyTable(records: TopicRecord[]): string {
  const rows = records.map((record) => {
    const { event_type, event_id, metadata, payload } = found(record);
    const what = [event_type, payload?.kind ?? payload?.reason].filter(Boolean).join(' ');
    const cause = records.find((other) => found(other).event_id === metadata?.causation_id);
    const because = cause ? found(cause).event_type : String(metadata?.causation_id ?? 'nothing');
    const place = `${record.topic}[${record.partition}]@${record.offset}`;
    return [record.timestamp.slice(11, 23), place, what, String(event_id).slice(0, 8), String(because)];
  });
  return table(['time', 'record', 'event', 'id', 'because of'], rows);
}
