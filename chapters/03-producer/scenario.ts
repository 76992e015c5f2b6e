// What `npm run lab 03` plays: orders one by one, at once and in a batch, and a broker that does not answer.
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { LiveLab, Scenario } from '#shared/testing/scenario.ts';
import { type Accepted, acceptedBy, order } from './orders.ts';

const SERVICE = 'order-service';
const TOPIC = 'orders.created';

export const scenario: Scenario = {
  steps: [
    {
      title: 'one order',
      task: 'TODO 2 (the message) and TODO 3 (publish it)',
      play: async (lab) => {
        const { order_id } = await post(lab, 1);
        const { partition, offset, key } = await lab.recordOf(TOPIC, order_id);
        if (key !== order_id) throw new Error(`the record's key is ${key}, not the order_id ${order_id}`);
        return `202, and the record is ${TOPIC}[${partition}]@${offset}`;
      },
    },
    {
      title: 'twenty orders at once',
      task: 'TODO 3 (one request for everything that waits)',
      play: async (lab) => {
        const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => post(lab, number)));
        const records = await Promise.all(answers.map(({ order_id }) => lab.recordOf(TOPIC, order_id)));
        const partitions = Map.groupBy(records, ({ partition }) => partition);
        return [...partitions]
          .sort()
          .map(([partition, { length }]) => `${length} in partition ${partition}`)
          .join(', ');
      },
    },
    {
      title: 'a batch of a hundred',
      task: 'TODO 3 (a batch is one more request that waits)',
      play: async (lab) => {
        const orders = Array.from({ length: 100 }, (_, number) => order(number));
        const outcome = await lab.service(SERVICE).post('/api/orders/batch', { orders });
        const { orders: answers = [] } = (outcome.status === 202 ? outcome.json : {}) as { orders?: Accepted[] };
        const [last] = answers.slice(-1);
        if (!last) throw new Error(saying(outcome));
        await lab.recordOf(TOPIC, last.order_id);
        return `202 for ${answers.length} orders in ${outcome.durationMs} ms`;
      },
    },
    {
      title: 'a broker that is frozen for longer than PUBLISH_TIMEOUT_MS, then another order',
      task: 'TODO 4 (go on after a failed publish)',
      play: async (lab) => {
        if (!lab.whileBrokerFrozen) return 'left out: this broker is not ours to freeze';
        const refused = await lab.whileBrokerFrozen(() => lab.service(SERVICE).post('/api/orders', order(1)));
        if (refused.status !== 503) throw new Error(`while the broker was frozen: ${saying(refused)}`);
        await post(lab, 2);
        return `503 after ${refused.durationMs} ms, then 202 again`;
      },
    },
  ],
  tryIt: (urlOf) =>
    [
      `curl -i ${urlOf(SERVICE)}/api/orders -H 'Content-Type: application/json' \\`,
      `  -d '{"customer_id":"you","items":[{"sku":"SKU-LAMP","quantity":1,"unit_price":1999}]}'`,
    ].join('\n'),
};

async function post(lab: LiveLab, number: number): Promise<Accepted> {
  const outcome = await lab.service(SERVICE).post('/api/orders', order(number));
  const answer = acceptedBy(outcome);
  if (!answer) throw new Error(saying(outcome));
  return answer;
}

function saying(outcome: HttpOutcome): string {
  if (outcome.status === undefined) return `no answer: ${outcome.error}`;
  const { detail } = (outcome.json ?? {}) as { detail?: string };
  return `${outcome.status} ${detail ?? outcome.text.slice(0, 200)}`;
}
