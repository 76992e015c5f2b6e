// What the services have published about an order, and what the contract says of it.
import { isDeepStrictEqual } from 'node:util';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, recordTable, table } from '#shared/testing/evidence.ts';
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { Service } from '#shared/testing/service.ts';
import { isAbout, type TopicRecord } from '#shared/testing/topic-log.ts';
import { timestampFact } from '#shared/testing/utc-timestamp.ts';
import { isUuid } from '#shared/testing/uuid.ts';
import type { Cause, OrderCreated } from './traffic.ts';

const INVENTORY_RESULTS = ['inventory.reserved', 'inventory.failed'];
const NOTIFICATION_RESULTS = ['notifications.sent'];

interface Published {
  event_id?: unknown;
  event_type?: unknown;
  timestamp?: unknown;
  correlation_id?: unknown;
  payload?: Record<string, unknown>;
  metadata?: { source?: unknown; causation_id?: unknown; schema_version?: unknown };
}

export function published({ json }: TopicRecord): Published {
  return (typeof json === 'object' && json !== null ? json : {}) as Published;
}

/** The records with which the inventory answers an event, by the id of their cause. */
export function inventoryResults(log: TopicRecord[], cause: Cause): TopicRecord[] {
  return causedBy(log, INVENTORY_RESULTS, cause);
}

export function notificationResults(log: TopicRecord[], cause: Cause): TopicRecord[] {
  return causedBy(log, NOTIFICATION_RESULTS, cause);
}

/** By cause, or by order for a result that lost its cause: that must be seen as wrong, not as missing. */
function causedBy(log: TopicRecord[], topics: string[], { event_id, payload }: Cause): TopicRecord[] {
  const results = log.filter(({ topic }) => topics.includes(topic));
  const caused = results.filter((record) => published(record).metadata?.causation_id === event_id);
  if (caused.length > 0) return caused;
  return results.filter(
    (record) => !isUuid(published(record).metadata?.causation_id) && isAbout(record, payload.order_id),
  );
}

/** How many different events there are among records: a repetition of one is still one. */
export function distinctEvents(records: TopicRecord[]): number {
  return new Set(records.map((record) => published(record).event_id)).size;
}

/** Demands that an event has led to exactly one event (however often it was sent, always saying the same), and returns its first record. */
export function onlyResult(records: TopicRecord[], cause: Cause, service: Service): TopicRecord {
  const [first] = records;
  demand(
    first !== undefined && distinctEvents(records) === 1,
    `one event answers ${cause.event_type} ${cause.event_id}: one event_id, however often it was sent.`,
    () => `${recordTable(records)}\n\n${service.describe()}`,
  );
  demand(
    records.every((record) => saysTheSame(record, first)),
    `what answers ${cause.event_type} ${cause.event_id} with one event_id says the same each time, in one topic.`,
    () => `${recordTable(records)}\n\n${service.describe()}`,
  );
  return first;
}

/** Demands that an event was not put aside as poison; `what` names what is unusual in it, and right. */
export function demandNotBuried(log: TopicRecord[], read: string, { payload }: Cause, what: string): void {
  const letters = log.filter(({ topic, key }) => topic === `${read}.dlq` && key === payload.order_id);
  const reasons = () => letters.map(({ headers }) => [String(headers['dlq-group']), String(headers['dlq-error'])]);
  demand(letters.length === 0, `${what} is no poison.`, () => table(['given up by', 'because'], reasons()));
}

function saysTheSame(one: TopicRecord, other: TopicRecord): boolean {
  return one.topic === other.topic && isDeepStrictEqual(published(one).payload, published(other).payload);
}

/** What the contract says of any event that a service publishes because of another. */
export function resultFacts(record: TopicRecord, cause: Cause, source: string, topic: string, type: string): Fact[] {
  const event = published(record);
  const { headers } = record;
  return [
    equals('topic', record.topic, topic),
    equals('key', record.key, cause.payload.order_id),
    holds('event_id', event.event_id, 'a UUID of its own', isNewId(event.event_id, cause)),
    equals('event_type', event.event_type, type),
    timestampFact(event.timestamp),
    equals('correlation_id', event.correlation_id, cause.correlation_id),
    equals('payload.order_id', event.payload?.order_id, cause.payload.order_id),
    equals('metadata.source', event.metadata?.source, source),
    equals('metadata.causation_id', event.metadata?.causation_id, cause.event_id),
    equals('metadata.schema_version', event.metadata?.schema_version, 1),
    equals('header event-type', headers['event-type'], type),
    equals('header correlation-id', headers['correlation-id'], cause.correlation_id),
    equals('header content-type', headers['content-type'], 'application/json'),
  ];
}

function isNewId(id: unknown, { event_id }: Cause): boolean {
  return isUuid(id) && id !== event_id;
}

/** Demands that an order was reserved: the one event that says so, with every line of it. */
export function demandReserved(log: TopicRecord[], order: OrderCreated, service: Service): TopicRecord {
  const record = onlyResult(inventoryResults(log, order), order, service);
  const items = published(record).payload?.items;
  const wanted = sumBySku(order.payload.items);
  const facts = [
    ...resultFacts(record, order, 'inventory-service', 'inventory.reserved', 'InventoryReserved'),
    holds('payload.items, summed', items, JSON.stringify(wanted), sameQuantities(items, wanted)),
  ];
  demandFacts('InventoryReserved for an order that can be fulfilled.', facts, () => recordTable([record]));
  return record;
}

/** Lines or their sums: both are right. */
export function sumBySku(lines: { sku: string; quantity: number }[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { sku, quantity } of lines) sums[sku] = (sums[sku] ?? 0) + quantity;
  return sums;
}

function sameQuantities(items: unknown, wanted: Record<string, number>): boolean {
  if (!Array.isArray(items)) return false;
  const sums = sumBySku(items as { sku: string; quantity: number }[]);
  const skus = Object.keys(wanted);
  return Object.keys(sums).length === skus.length && skus.every((sku) => sums[sku] === wanted[sku]);
}

/** Demands what GET /api/stock/{sku} says of a sku. */
export async function demandStock(service: Service, sku: string, available: number, reserved: number): Promise<string> {
  const outcome = await service.get(`/api/stock/${encodeURIComponent(sku)}`);
  demandFacts(
    `GET /api/stock/${sku} tells what is available and what is reserved.`,
    stockFacts(outcome, { sku, available, reserved, sold: 0 }),
    () => service.describe(outcome),
  );
  return `${sku}: ${available} available, ${reserved} reserved`;
}

function stockFacts(outcome: HttpOutcome, expected: Record<string, string | number>): Fact[] {
  const body = (outcome.status === undefined ? {} : (outcome.json ?? {})) as Record<string, unknown>;
  return [
    equals('status', outcome.status, 200),
    ...Object.entries(expected).map(([field, value]) => equals(field, body[field], value)),
  ];
}
