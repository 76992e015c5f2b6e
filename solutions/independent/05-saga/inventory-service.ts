// One document for the whole stock and one for each order: what it asked for, what it was told, and how far it has come.
import {
  connect,
  consume,
  Documents,
  envelope,
  fail,
  type Json,
  number,
  problem,
  pulse,
  record,
  Sender,
  say,
  serve,
  text,
} from './kit.ts';

const ME = 'inventory-service';
number('PORT', undefined, 65_535);
const initial = stockFrom(text('INITIAL_STOCK'));
const kafka = connect(ME);
const book = new Documents();
book.alone(() => {
  if (book.get('stock')) return;
  const levels = Object.entries(initial).map(([sku, available]) => [sku, { available, reserved: 0, sold: 0 }]);
  book.put('stock', Object.fromEntries(levels));
});
const sender = new Sender(kafka);
const alive = pulse(kafka);

function stockFrom(json: string): Record<string, number> {
  try {
    const stock = JSON.parse(json);
    const right = Object.values(stock).every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
    if (right && !Array.isArray(stock) && typeof stock === 'object') return stock;
  } catch {
    // said below
  }
  return fail('INITIAL_STOCK should be JSON like {"SKU-1": 10}');
}

/** Decides about a new order, or finds what was decided. */
function decide(event: Json): Json {
  const { order_id, items } = event.payload;
  return book.alone(() => {
    const id = `order ${order_id}`;
    const known = book.get(id);
    if (known) return known.answer;
    const stock = book.get('stock');
    const wanted: Record<string, number> = {};
    for (const { sku, quantity } of items) wanted[sku] = (wanted[sku] ?? 0) + quantity;
    const unavailable = Object.entries(wanted)
      .map(([sku, requested]) => ({ sku, requested, available: Object.hasOwn(stock, sku) ? stock[sku].available : 0 }))
      .filter(({ requested, available }) => requested > available);
    const unknown = unavailable.some(({ sku }) => !Object.hasOwn(stock, sku));
    const refused = unavailable.length > 0;
    const reason = unknown ? 'UNKNOWN_SKU' : 'OUT_OF_STOCK';
    const payload = refused
      ? { order_id, reason, unavailable }
      : { order_id, items: items.map(({ sku, quantity }: Json) => ({ sku, quantity })) };
    const type = refused ? 'InventoryFailed' : 'InventoryReserved';
    const answer = envelope(ME, type, event, new Date().toISOString(), payload);
    if (!refused) {
      shift(stock, wanted, 'available', 'reserved');
      book.put('stock', stock);
    }
    book.put(id, { answer, holds: refused ? {} : wanted });
    return answer;
  });
}

function shift(stock: Json, what: Record<string, number>, from: string, to: string): void {
  for (const [sku, quantity] of Object.entries(what)) {
    stock[sku][from] -= quantity;
    stock[sku][to] += quantity;
  }
}

/** An order holds what it holds until its end; then it holds nothing, so a second end moves nothing. */
function close({ payload: { order_id } }: Json, to: string): void {
  book.alone(() => {
    const id = `order ${order_id}`;
    const order = book.get(id) ?? { answer: null, holds: {} };
    const stock = book.get('stock');
    shift(stock, order.holds, 'reserved', to);
    book.put('stock', stock);
    book.put(id, { ...order, holds: {} });
  });
}

const yes = () => true;
const group = consume({
  kafka,
  sender,
  group: `${ME}-group`,
  topics: { 'orders.created': yes, 'orders.completed': yes, 'orders.cancelled': yes },
  work: async (event) => {
    if (event.event_type === 'OrderCompleted') close(event, 'sold');
    if (event.event_type === 'OrderCancelled') close(event, 'available');
    if (event.event_type === 'OrderCreated') {
      const answer = decide(event);
      const topic = answer?.event_type === 'InventoryReserved' ? 'inventory.reserved' : 'inventory.failed';
      if (answer) await sender.send({ [topic]: [record(answer)] });
    }
    say(ME, `done with ${event.event_type}`, event);
  },
});

serve(
  {
    'GET stock': ([sku = '']) => {
      const stock = book.get('stock');
      return Object.hasOwn(stock, sku) ? { status: 200, body: { sku, ...stock[sku] } } : problem(404, 'Not found', sku);
    },
  },
  () => group.in() && alive(),
  group.stop,
);
