// Bodies that the order service must refuse, each with the property that its answer must name.
import { order } from './orders.ts';

export interface InvalidBody {
  what: string;
  body: unknown;
  /** The failing property; undefined where there is none to name. */
  property: string | undefined;
}

const line = { sku: 'SKU-1', quantity: 1, unit_price: 100 };

function withLine(change: Record<string, unknown>): unknown {
  return { customer_id: 'customer-1', items: [line, { ...line, ...change }] };
}

export const INVALID_ORDERS: InvalidBody[] = [
  { what: 'no customer_id', body: { items: [line] }, property: 'customer_id' },
  { what: 'an empty customer_id', body: { customer_id: '', items: [line] }, property: 'customer_id' },
  { what: 'a number as customer_id', body: { customer_id: 7, items: [line] }, property: 'customer_id' },
  { what: 'null as customer_id', body: { customer_id: null, items: [line] }, property: 'customer_id' },
  { what: 'a list as customer_id', body: { customer_id: ['customer-1'], items: [line] }, property: 'customer_id' },
  { what: 'no items', body: { customer_id: 'customer-1' }, property: 'items' },
  { what: 'an empty list of items', body: { customer_id: 'customer-1', items: [] }, property: 'items' },
  { what: 'an object as items', body: { customer_id: 'customer-1', items: { 0: line } }, property: 'items' },
  { what: '101 items', body: { customer_id: 'customer-1', items: Array(101).fill(line) }, property: 'items' },
  { what: 'null as an item', body: { customer_id: 'customer-1', items: [line, null] }, property: 'items' },
  { what: 'no sku', body: withLine({ sku: undefined }), property: 'sku' },
  { what: 'an empty sku', body: withLine({ sku: '' }), property: 'sku' },
  { what: 'a number as sku', body: withLine({ sku: 5 }), property: 'sku' },
  { what: 'a list as sku', body: withLine({ sku: ['SKU-1'] }), property: 'sku' },
  { what: 'no quantity', body: withLine({ quantity: undefined }), property: 'quantity' },
  { what: 'quantity 0', body: withLine({ quantity: 0 }), property: 'quantity' },
  { what: 'quantity -1', body: withLine({ quantity: -1 }), property: 'quantity' },
  { what: 'quantity 1.5', body: withLine({ quantity: 1.5 }), property: 'quantity' },
  { what: 'quantity "2"', body: withLine({ quantity: '2' }), property: 'quantity' },
  { what: 'quantity null', body: withLine({ quantity: null }), property: 'quantity' },
  { what: 'no unit_price', body: withLine({ unit_price: undefined }), property: 'unit_price' },
  { what: 'unit_price -1', body: withLine({ unit_price: -1 }), property: 'unit_price' },
  { what: 'unit_price 0.5', body: withLine({ unit_price: 0.5 }), property: 'unit_price' },
  { what: 'unit_price "100"', body: withLine({ unit_price: '100' }), property: 'unit_price' },
  { what: 'unit_price true', body: withLine({ unit_price: true }), property: 'unit_price' },
  { what: 'a list instead of an order', body: [order()], property: undefined },
  { what: 'null instead of an order', body: null, property: undefined },
  { what: 'a text instead of an order', body: 'order', property: undefined },
];

export const INVALID_BATCHES: InvalidBody[] = [
  { what: 'no orders', body: {}, property: 'orders' },
  { what: 'an empty list of orders', body: { orders: [] }, property: 'orders' },
  { what: 'an object as orders', body: { orders: { 0: order() } }, property: 'orders' },
  { what: 'a text as orders', body: { orders: 'all of them' }, property: 'orders' },
  { what: 'a number as orders', body: { orders: 2 }, property: 'orders' },
  { what: 'null as orders', body: { orders: null }, property: 'orders' },
  { what: 'null instead of a batch', body: null, property: undefined },
  { what: 'a list instead of a batch', body: [order()], property: undefined },
  { what: '1001 orders', body: { orders: Array(1001).fill(order()) }, property: 'orders' },
  { what: 'one order of 50 with quantity 0', body: { orders: oneBadOrder() }, property: 'quantity' },
  { what: 'the last order of 50 without customer', body: { orders: lastWithoutCustomer() }, property: 'customer_id' },
  ...INVALID_ORDERS.map(({ what, body, property }) => ({
    what: `a good order, then ${what}`,
    body: { orders: [order(), body] },
    property,
  })),
];

function oneBadOrder(): unknown[] {
  const orders: unknown[] = Array.from({ length: 50 }, (_, number) => order(number));
  orders[17] = withLine({ quantity: 0 });
  return orders;
}

function lastWithoutCustomer(): unknown[] {
  return [...Array.from({ length: 49 }, (_, number) => order(number)), { items: [line] }];
}
