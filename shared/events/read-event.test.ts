// What counts as an event, as none of ours, and as poison.
import { expect, test } from 'vitest';
import { newEvent } from './envelope.ts';
import { readEvent } from './read-event.ts';

const order = newEvent({
  type: 'OrderCreated',
  source: 'order-service',
  correlationId: 'c',
  causationId: null,
  payload: { order_id: 'o', customer_id: 'c', items: [{ sku: 's', quantity: 1, unit_price: 0 }], total: 0 },
});

const read = (value: unknown) => readEvent(Buffer.from(JSON.stringify(value)));

test('an event is read, without the fields that nobody knows', () => {
  const reading = read({ ...order, extra: 1, payload: { ...order.payload, coupon: 'x' } });
  expect(reading).toEqual({ kind: 'event', event: order });
});

test('an unknown type is none of ours, whatever its payload', () => {
  expect(read({ ...order, event_type: 'OrderWrapped', payload: {} })).toEqual({
    kind: 'unknown',
    type: 'OrderWrapped',
  });
  expect(read({ ...order, event_type: 'toString', payload: {} })).toMatchObject({ kind: 'unknown' });
});

test.each([
  ['null', null],
  ['no bytes', Buffer.alloc(0)],
  ['no JSON', Buffer.from('{')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['a number', Buffer.from('42')],
  ['a list', Buffer.from('[]')],
  ['null as JSON', Buffer.from('null')],
])('%s is poison', (_what, value) => {
  expect(readEvent(value)).toMatchObject({ kind: 'poison' });
});

test.each(['event_id', 'event_type', 'timestamp', 'correlation_id', 'payload', 'metadata'] as const)(
  'without %s it is poison, and the reason names it',
  (field) => {
    const { [field]: _, ...rest } = order;
    expect(read(rest)).toMatchObject({ kind: 'poison', reason: expect.stringContaining(field) });
  },
);

test.each([0, 1.5, '2', null])('a quantity of %j is poison', (quantity) => {
  const items = [{ sku: 's', quantity, unit_price: 0 }];
  const reading = read({ ...order, payload: { ...order.payload, items } });
  expect(reading).toMatchObject({ kind: 'poison', reason: expect.stringContaining('items[0].quantity') });
});
