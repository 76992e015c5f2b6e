// What `npm run lab 04` plays: orders, one of them twice, poison, a gateway that fails and one that is slow, and a replay.
import type { LiveLab, Scenario } from '#shared/testing/scenario.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { messageOf, type OrderCreated, orderCreated } from './traffic.ts';

const SESSION_TIMEOUT_MS = 6_000;
const STOCK = { 'SKU-LAMP': 1_000, 'SKU-CHAIR': 4 };
const STEP_LIMIT_MS = 15_000;

const common = { KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) };

export const scenario: Scenario = {
  needsGateway: true,
  services: {
    'inventory-service': () => ({
      ...common,
      INITIAL_STOCK: JSON.stringify(STOCK),
    }),
    'notification-service': (gatewayUrl) => ({
      ...common,
      EMAIL_GATEWAY_URL: gatewayUrl,
      GATEWAY_TIMEOUT_MS: '15000',
    }),
  },
  steps: [
    {
      title: 'an order is reserved',
      task: 'TODO 2 (process, then commit) and TODO 4 (reserve)',
      play: async (lab) => {
        const order = await place(lab, orderCreated({ 'SKU-LAMP': 2 }));
        const { topic, partition, offset } = await lab.recordOf('inventory.reserved', order.payload.order_id);
        return `${topic}[${partition}]@${offset}; ${await stockOf(lab, 'SKU-LAMP')}`;
      },
    },
    {
      title: 'an order that cannot be fulfilled is refused',
      task: 'TODO 4 (all or nothing)',
      play: async (lab) => {
        const order = await place(lab, orderCreated({ 'SKU-LAMP': 1, 'SKU-CHAIR': 5 }));
        const { json } = await lab.recordOf('inventory.failed', order.payload.order_id);
        const { reason, unavailable } = (json as { payload: { reason: string; unavailable: unknown } }).payload;
        return `${reason} ${JSON.stringify(unavailable)}`;
      },
    },
    {
      title: 'the same event three times reserves once',
      task: 'TODO 4 (remember what was processed)',
      play: async (lab) => {
        const before = await stockOf(lab, 'SKU-LAMP');
        const order = orderCreated({ 'SKU-LAMP': 1 });
        for (let times = 0; times < 3; times++) await place(lab, order, 0);
        const last = await place(lab, orderCreated({ 'SKU-LAMP': 1 }), 0);
        await lab.recordOf('inventory.reserved', last.payload.order_id);
        const results = await lab.recordsOf('inventory.reserved', order.payload.order_id);
        const ids = new Set(results.map(({ json }) => (json as { event_id: string }).event_id));
        if (ids.size !== 1) throw new Error(`${results.length} results with ${ids.size} different event_ids`);
        return `before: ${before}; after it and one more: ${await stockOf(lab, 'SKU-LAMP')}`;
      },
    },
    {
      title: 'poison between two orders',
      task: 'TODO 3 (dead letters)',
      play: async (lab) => {
        await place(lab, orderCreated({ 'SKU-LAMP': 1 }), 1);
        const poison = { key: `poison-${Date.now()}`, value: 'this is no event', partition: 1 };
        await lab.publish('orders.created', [poison]);
        const behind = await place(lab, orderCreated({ 'SKU-LAMP': 1 }), 1);
        await lab.recordOf('inventory.reserved', behind.payload.order_id);
        const letter = await lab.recordOf('orders.created.dlq', poison.key);
        return `the order behind it is reserved; dlq-error: ${letter.headers['dlq-error']}`;
      },
    },
    {
      title: 'the gateway fails three times, then takes the mail',
      task: 'TODO 5 (retry with growing pauses)',
      play: async (lab) => {
        const order = orderCreated({ 'SKU-LAMP': 1 });
        const failing = lab.gateway?.fail(({ key }) => key === order.event_id, 503, 3);
        await place(lab, order);
        await sentFor(lab, order);
        const times = failing?.met.map(({ at }) => Math.round(at)) ?? [];
        const pauses = times.slice(1).map((at, index) => `${at - (times[index] ?? 0)} ms`);
        return `refused three times, with ${pauses.join(' and ')} between; accepted at the fourth attempt`;
      },
    },
    {
      title: 'the gateway takes longer than the session timeout',
      task: 'TODO 5 (heartbeats while waiting)',
      play: async (lab) => {
        const order = orderCreated({ 'SKU-LAMP': 1 });
        const slow = lab.gateway?.hold(({ key }) => key === order.event_id);
        await place(lab, order);
        await when(() => (slow?.met.length ?? 0) > 0, 'the mail to reach the gateway');
        await new Promise((resolve) => setTimeout(resolve, SESSION_TIMEOUT_MS * 1.4));
        slow?.end();
        await sentFor(lab, order);
        const attempts = slow?.met.length ?? 0;
        if (attempts > 1)
          throw new Error(`the mail was sent ${attempts} times: the service lost its place in the group`);
        return `one attempt of ${(SESSION_TIMEOUT_MS * 1.4) / 1000} s, and the service is still in its group`;
      },
    },
    {
      title: 'replay gives the dead letters back',
      task: 'TODO 6 (each once)',
      play: async (lab) => {
        const first = await lab.run('replay', ['orders.created.dlq']);
        const second = await lab.run('replay', ['orders.created.dlq']);
        for (const { code } of [first, second]) {
          if (code !== 0) throw new Error(`replay ended with ${code === null ? 'a signal' : `exit code ${code}`}`);
        }
        return `first ${first.stdout.trim()}, then (what is still poison has come back) ${second.stdout.trim()}`;
      },
    },
  ],
  tryIt: (urlOf) =>
    [
      `curl ${urlOf('inventory-service')}/api/stock/SKU-LAMP`,
      `curl ${urlOf('notification-service')}/api/notifications/ORDER_ID`,
    ].join('\n'),
};

async function place(lab: LiveLab, order: OrderCreated, partition?: number): Promise<OrderCreated> {
  await lab.publish('orders.created', [messageOf(order, partition)]);
  return order;
}

async function stockOf(lab: LiveLab, sku: string): Promise<string> {
  const outcome = await lab.service('inventory-service').get(`/api/stock/${sku}`);
  if (outcome.status !== 200) throw new Error(`GET /api/stock/${sku}: ${outcome.status ?? outcome.error}`);
  const { available, reserved } = outcome.json as { available: number; reserved: number };
  return `${available} available, ${reserved} reserved`;
}

/** Waits for the NotificationSent that an event has caused. */
async function sentFor(lab: LiveLab, { event_id, payload }: OrderCreated): Promise<void> {
  const isCaused = ({ json }: TopicRecord) =>
    (json as { metadata?: { causation_id?: string } }).metadata?.causation_id === event_id;
  await when(
    async () => (await lab.recordsOf('notifications.sent', payload.order_id)).some(isCaused),
    `NotificationSent for order ${payload.order_id}`,
  );
}

async function when(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + STEP_LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${STEP_LIMIT_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
