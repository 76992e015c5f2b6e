// What `npm run lab 05` plays: an order that goes well, one that cannot be fulfilled, events that come twice, an inventory that
// is down while an order waits, and its late answer.
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { LiveLab, Scenario } from '#shared/testing/scenario.ts';
import { orderRequest } from './traffic.ts';

const ORDER = 'order-service';
const INVENTORY = 'inventory-service';
const LAMP = 'SKU-LAMP';
/** Four of each. One for each round: what an earlier one has sold, or lost by a mistake, must not fail a later one. */
const CHAIRS = Array.from({ length: 500 }, (_, index) => `SKU-CHAIR-${index + 1}`);
const SAGA_TIMEOUT_MS = 10_000;
const STEP_LIMIT_MS = 20_000;

const common = { KAFKA_SESSION_TIMEOUT_MS: '6000' };

export const scenario: Scenario = {
  view: 'sagas',
  needsGateway: true,
  services: {
    [ORDER]: () => ({
      ...common,
      SAGA_TIMEOUT_MS: String(SAGA_TIMEOUT_MS),
    }),
    [INVENTORY]: () => ({
      ...common,
      INITIAL_STOCK: JSON.stringify({ [LAMP]: 1_000, ...Object.fromEntries(CHAIRS.map((chair) => [chair, 4])) }),
    }),
    'notification-service': (gatewayUrl) => ({
      ...common,
      EMAIL_GATEWAY_URL: gatewayUrl,
    }),
  },
  steps: [
    {
      title: 'an order that goes well',
      task: 'TODO 1 (take it), TODO 2 and TODO 3 (its steps), TODO 5 (sell)',
      play: async (lab) => {
        const before = await stockOf(lab, LAMP);
        const orderId = await place(lab, { [LAMP]: 2 });
        await untilOrder(lab, orderId, 'CONFIRMED');
        await when(async () => (await stockOf(lab, LAMP)).sold === before.sold + 2, `2 more of ${LAMP} to be sold`);
        return `CONFIRMED; ${show(await stockOf(lab, LAMP))}`;
      },
    },
    {
      title: 'an order that cannot be fulfilled',
      task: 'TODO 3 (InventoryFailed) and TODO 5 (nothing to release)',
      play: async (lab) => {
        const before = await stockOf(lab, LAMP);
        const orderId = await place(lab, { [LAMP]: 1, [chair()]: 50 });
        await untilOrder(lab, orderId, 'CANCELLED');
        await lab.recordOf('orders.cancelled', orderId);
        return `CANCELLED; before ${show(before)}, after ${show(await stockOf(lab, LAMP))}`;
      },
    },
    {
      title: 'every event of an order once more',
      task: 'TODO 3 (terminal states are final) and TODO 5 (settle once)',
      play: async (lab) => {
        const orderId = await place(lab, { [LAMP]: 1 });
        await untilOrder(lab, orderId, 'CONFIRMED');
        const records = (await Promise.all(TOPICS.map((topic) => lab.recordsOf(topic, orderId)))).flat();
        // As its publisher would send it again: now, and otherwise the same.
        for (const { topic, message } of records) await lab.publish(topic, [{ ...message, timestamp: undefined }]);
        const sentinel = await place(lab, { [LAMP]: 1 });
        await untilOrder(lab, sentinel, 'CONFIRMED');
        const ends = await lab.recordsOf('orders.completed', orderId);
        const ids = new Set(ends.map(({ json }) => (json as { event_id: string }).event_id));
        if (ids.size !== 1) throw new Error(`${ids.size} different OrderCompleted for order ${orderId}`);
        return `${records.length} records repeated, and still one end; ${show(await stockOf(lab, LAMP))}`;
      },
    },
    {
      title: `the inventory is down, and the order times out after ${SAGA_TIMEOUT_MS / 1000} s`,
      task: 'TODO 4 (the timeout)',
      play: async (lab) => {
        round++;
        await lab.kill(INVENTORY);
        waiting = await place(lab, { [chair()]: 3 });
        const reason = await untilOrder(lab, waiting, 'CANCELLED');
        return `CANCELLED (${reason})`;
      },
    },
    {
      title: 'the inventory comes back late, and keeps nothing for the order that is no more',
      task: 'TODO 5 (release, or never reserve)',
      play: async (lab) => {
        await lab.restart(INVENTORY);
        // The backlog's cancellation may be read after this order: then it is refused, and the customer comes again.
        await when(async () => {
          const orderId = await place(lab, { [chair()]: 4 });
          return untilOrder(lab, orderId, 'CONFIRMED').then(
            () => true,
            () => false,
          );
        }, `all four ${chair()} to be there for the next customer`);
        const late = await lab.recordsOf('inventory.reserved', waiting);
        return `${late.length} late reservations; the next customer got all four chairs: ${show(await stockOf(lab, chair()))}`;
      },
    },
  ],
  tryIt: (urlOf) =>
    [
      `curl -i ${urlOf(ORDER)}/api/orders -H 'Content-Type: application/json' \\`,
      `  -d '{"customer_id":"you","items":[{"sku":"${LAMP}","quantity":1,"unit_price":1999}]}'`,
      `curl ${urlOf(ORDER)}/api/orders/ORDER_ID`,
      `curl ${urlOf(INVENTORY)}/api/stock/${LAMP}`,
    ].join('\n'),
};

let round = 0;
const chair = () => CHAIRS[round % CHAIRS.length] ?? '';
/** The order that the inventory has missed. */
let waiting = '';

const TOPICS = ['orders.created', 'inventory.reserved', 'notifications.sent', 'orders.completed'];

interface Stock {
  available: number;
  reserved: number;
  sold: number;
}

async function place(lab: LiveLab, lines: Record<string, number>): Promise<string> {
  const outcome = await lab.service(ORDER).post('/api/orders', orderRequest(lines));
  const { order_id } = (outcome.status === 202 ? outcome.json : {}) as { order_id?: string };
  if (!order_id) throw new Error(`POST /api/orders: ${saying(outcome)}`);
  return order_id;
}

/** Waits for an order's status, and returns its reason. */
async function untilOrder(lab: LiveLab, orderId: string, status: string): Promise<string | undefined> {
  let order: { status?: string; reason?: string } = {};
  await when(async () => {
    const outcome = await lab.service(ORDER).get(`/api/orders/${orderId}`);
    order = outcome.status === 200 ? (outcome.json as typeof order) : {};
    const elsewhere = order.status !== 'PENDING' && order.status !== status;
    if (elsewhere) throw new Error(`order ${orderId} is ${order.status} ${order.reason ?? ''}, not ${status}`);
    return order.status === status;
  }, `order ${orderId} to be ${status}`);
  return order.reason;
}

async function stockOf(lab: LiveLab, sku: string): Promise<Stock> {
  const outcome = await lab.service(INVENTORY).get(`/api/stock/${sku}`);
  if (outcome.status !== 200) throw new Error(`GET /api/stock/${sku}: ${saying(outcome)}`);
  return outcome.json as Stock;
}

function show({ available, reserved, sold }: Stock): string {
  return `${available} available, ${reserved} reserved, ${sold} sold`;
}

function saying(outcome: HttpOutcome): string {
  if (outcome.status === undefined) return `no answer: ${outcome.error}`;
  const { detail } = (outcome.json ?? {}) as { detail?: string };
  return `${outcome.status} ${detail ?? outcome.text.slice(0, 200)}`;
}

async function when(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + STEP_LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${STEP_LIMIT_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
