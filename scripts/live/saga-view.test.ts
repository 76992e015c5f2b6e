import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { SagaView } from './saga-view.ts';

const START = Date.parse('2026-01-02T03:04:05.000Z');

function record(topic: string, source: string, type: string, afterMs: number, payload = {}): TopicRecord {
  const json = { event_id: `${type}-1`, event_type: type, correlation_id: 'c0ffee00-1', payload, metadata: { source } };
  const timestamp = new Date(START + afterMs).toISOString();
  return { topic, partition: 1, offset: 7n, json, timestamp } as unknown as TopicRecord;
}

const draw = (view: SagaView, ...records: TopicRecord[]) =>
  records.flatMap((each) => view.linesOf(each)).map((line) => stripVTControlCharacters(line).trimEnd());

test('each record is an arrow from its publisher to its readers, at its time and place', () => {
  const lines = draw(
    new SagaView(),
    record('orders.created', 'order-service', 'OrderCreated', 0),
    record('inventory.reserved', 'inventory-service', 'InventoryReserved', 14),
    record('notifications.sent', 'notification-service', 'NotificationSent', 20, { kind: 'ORDER_CONFIRMED' }),
    record('orders.completed', 'order-service', 'OrderCompleted', 31),
  );
  expect(lines).toEqual([
    '',
    '            order           inventory       notification   correlation c0ffee00',
    '     +0 ms  ●───────────────►───────────────► OrderCreated                       orders.created[1]@7',
    '    +14 ms  ◄───────────────●───────────────► InventoryReserved                  inventory.reserved[1]@7',
    '    +20 ms  ◄───────────────────────────────● NotificationSent ORDER_CONFIRMED   notifications.sent[1]@7',
    '    +31 ms  ●───────────────►                 OrderCompleted                     orders.completed[1]@7',
  ]);
});

test('a repetition is marked, and so is what is no event', () => {
  const view = new SagaView();
  const failed = record('inventory.failed', 'inventory-service', 'InventoryFailed', 5, { reason: 'OUT_OF_STOCK' });
  const [, , first] = draw(view, failed);
  expect(first).toContain('◄───────────────●                 InventoryFailed OUT_OF_STOCK');
  expect(draw(view, failed)).toEqual([`${first}  (again, the same event_id)`]);
  expect(draw(view, { ...failed, json: undefined })).toEqual(['  inventory.failed[1]@7 is not an event']);
});
