// Orders as documents. There is no outbox: what has to be published follows from an order's document, and a note in it says what
// the broker has.
import { randomUUID } from 'node:crypto';
import {
  type Answer,
  connect,
  consume,
  Documents,
  envelope,
  idOf,
  type Json,
  number,
  problem,
  pulse,
  record,
  Sender,
  say,
  serve,
} from './kit.ts';

const ME = 'order-service';
number('PORT', undefined, 65_535);
const patience = number('PUBLISH_TIMEOUT_MS', 5_000);
const sagaMs = number('SAGA_TIMEOUT_MS', 30_000);
const kafka = connect(ME);
const orders = new Documents(`
  CREATE INDEX IF NOT EXISTS untold ON doc (json_extract(body, '$.untold'));
  CREATE INDEX IF NOT EXISTS due ON doc (json_extract(body, '$.due'));
`);
const sender = new Sender(kafka);
const alive = pulse(kafka);

/** `untold` lists what the broker may not have yet: "created", "end". */
interface Order {
  created: Json;
  state: string;
  reason?: string;
  seen: string[];
  due: number | null;
  untold: string | null;
  end?: Json;
}

function finish(order: Order, state: string, type: string, cause: Json, reason?: string): void {
  const { order_id } = order.created.payload;
  const { correlation_id } = order.created;
  Object.assign(order, { state, due: null, untold: `${order.untold ?? ''} end` }, reason ? { reason } : {});
  const payload = reason ? { order_id, reason } : { order_id };
  const because = { correlation_id, event_id: cause?.event_id };
  order.end = envelope(ME, type, because, new Date().toISOString(), payload);
  order.end.event_id = idOf('end', order_id);
}

/** What an event does to the document of its order; returns whether it did anything. */
function apply(order: Order, event: Json): boolean {
  if (order.state !== 'PENDING') return false;
  if (event.event_type === 'InventoryFailed') {
    finish(order, 'CANCELLED', 'OrderCancelled', event, event.payload.reason);
    return true;
  }
  const sign = event.event_type === 'InventoryReserved' ? 'stock' : event.payload.kind;
  if (sign === 'stock') order.due = null;
  order.seen = [...new Set([...order.seen, sign])];
  if (order.seen.includes('stock') && order.seen.includes('ORDER_CONFIRMED')) {
    finish(order, 'CONFIRMED', 'OrderCompleted', event);
  }
  return true;
}

function change(id: string, how: (order: Order) => boolean): void {
  orders.alone(() => {
    const order = orders.get(id) as Order | undefined;
    if (order && how(order)) orders.put(id, order);
  });
}

const group = consume({
  kafka,
  sender,
  group: `${ME}-group`,
  topics: { 'inventory.reserved': () => true, 'inventory.failed': () => true, 'notifications.sent': () => true },
  work: (event) => {
    change(event.payload.order_id, (order) => apply(order, event));
    say(ME, `heard ${event.event_type}`, event);
  },
});

function cancelTheLate(): void {
  const now = Date.now();
  const late = orders.sql.prepare("SELECT id FROM doc WHERE json_extract(body, '$.due') <= ?").all(now) as {
    id: string;
  }[];
  for (const { id } of late) {
    change(id, (order) => {
      if (order.state !== 'PENDING' || order.due === null) return false;
      finish(order, 'CANCELLED', 'OrderCancelled', undefined, 'TIMEOUT');
      return true;
    });
  }
}

/** Publishes whatever is untold, of whichever replica: a repetition is the same event. */
async function tell(): Promise<void> {
  const rows = orders.sql
    .prepare("SELECT id, body FROM doc WHERE json_extract(body, '$.untold') IS NOT NULL LIMIT 1500")
    .all() as { id: string; body: string }[];
  if (rows.length === 0) return;
  const topics: Record<string, Json[]> = {};
  const add = (topic: string, event: Json) => {
    topics[topic] = [...(topics[topic] ?? []), record(event)];
  };
  for (const { body } of rows) {
    const { created, end, untold } = JSON.parse(body) as Order;
    if (untold?.includes('created')) add('orders.created', created);
    if (untold?.includes('end')) {
      add(end.event_type === 'OrderCompleted' ? 'orders.completed' : 'orders.cancelled', end);
    }
  }
  await sender.send(topics);
  for (const { id, body } of rows) {
    const told = (JSON.parse(body) as Order).untold;
    // Something more may have become untold meanwhile; then all of it is told again.
    change(id, (order) => {
      if (order.untold !== told) return false;
      order.untold = null;
      return true;
    });
  }
}

let running = true;
const teller = (async () => {
  while (running) {
    await new Promise((resolve) => setTimeout(resolve, 15));
    try {
      cancelTheLate();
      await tell();
    } catch (error) {
      say(ME, `not told yet: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
})();

function faults(request: Json, at = ''): { field: string; message: string }[] {
  const bad: string[] = [];
  const filled = (value: unknown) => typeof value === 'string' && value.length > 0;
  if (!filled(request?.customer_id)) bad.push('customer_id');
  const items = request?.items;
  if (!Array.isArray(items) || items.length < 1 || items.length > 100) bad.push('items');
  else {
    for (const [index, item] of items.entries()) {
      if (!filled(item?.sku)) bad.push(`items.${index}.sku`);
      if (!Number.isSafeInteger(item?.quantity) || item.quantity < 1) bad.push(`items.${index}.quantity`);
      if (!Number.isSafeInteger(item?.unit_price) || item.unit_price < 0) bad.push(`items.${index}.unit_price`);
    }
  }
  return bad.map((field) => ({ field: at + field, message: 'is missing or wrong' }));
}

async function take(requests: Json[], correlation: string): Promise<Json[] | undefined> {
  const [now, deadline] = [Date.now(), Date.now() + patience];
  const taken = requests.map(({ customer_id, items }) => {
    const lines = items.map(({ sku, quantity, unit_price }: Json) => ({ sku, quantity, unit_price }));
    const total = lines.reduce((sum: number, line: Json) => sum + line.quantity * line.unit_price, 0);
    const payload = { order_id: randomUUID(), customer_id, items: lines, total };
    return envelope(ME, 'OrderCreated', { correlation_id: correlation }, new Date(now).toISOString(), payload);
  });
  orders.alone(() => {
    for (const created of taken) {
      const order: Order = { created, state: 'PENDING', seen: [], due: now + sagaMs, untold: 'created' };
      orders.put(created.payload.order_id, order);
    }
  });
  const open = () => taken.some(({ payload }) => orders.get(payload.order_id).untold?.includes('created'));
  while (open()) {
    if (Date.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const created of taken) say(ME, 'order taken', created);
  return taken;
}

const short = ({ payload, correlation_id }: Json, state = 'PENDING') => ({
  order_id: payload.order_id,
  correlation_id,
  status: state,
});
const later = (): Answer => ({
  ...problem(503, 'Try later', 'Not acknowledged yet.'),
  headers: { 'Retry-After': '2' },
});

serve(
  {
    'POST orders': async ([batch], body, headers) => {
      const list = batch === 'batch' ? body?.orders : [body];
      if (!Array.isArray(list) || list.length < 1 || list.length > 1000) {
        return problem(400, 'Bad request', 'orders', { errors: [{ field: 'orders', message: '1 to 1000' }] });
      }
      const errors = list.flatMap((request, index) => faults(request, batch ? `orders.${index}.` : ''));
      if (errors.length > 0) return problem(400, 'Bad request', 'See errors.', { errors });
      const given = headers['x-correlation-id'];
      const correlation = typeof given === 'string' && given !== '' ? given : randomUUID();
      const taken = await take(list, correlation);
      if (!taken) return later();
      const answers = taken.map((created) => short(created));
      const location = `/api/orders/${answers[0]?.order_id}`;
      if (batch) return { status: 202, body: { orders: answers }, headers: { 'X-Correlation-ID': correlation } };
      return { status: 202, body: answers[0], headers: { 'X-Correlation-ID': correlation, Location: location } };
    },
    'GET orders': ([id = '']) => {
      const order = orders.get(id) as Order | undefined;
      if (!order) return problem(404, 'Not found', id);
      const { items, total } = order.created.payload;
      return { status: 200, body: { ...short(order.created, order.state), reason: order.reason, items, total } };
    },
  },
  () => group.in() && alive(),
  async () => {
    await group.stop();
    running = false;
    await teller;
  },
);
