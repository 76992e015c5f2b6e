// What `npm run lab 03` plays: orders one by one, at once and in a batch, and a broker that does not answer.
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { LiveLab, Scenario } from '#shared/testing/scenario.ts';
import { isProduce } from '#shared/testing/tap/faults.ts';
import { type Accepted, acceptedBy, order } from './orders.ts';

const SERVICE = 'order-service';
const TOPIC = 'orders.created';
const MOST_ATTEMPTS = 5;
/** Enough to meet every partition, and with it the one of the lost order. */
const ORDERS_AFTER_FAILURE = 20;
/** kafkajs has given up when it has not tried for longer than its longest pause between retries here. */
const QUIET_MS = 2_000;

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
      title: 'an acknowledgement is lost and no retry gets through, until the 503; then more orders',
      task: 'TODO 4 (go on with a new producer)',
      play: async (lab) => {
        if (!lab.tap) return 'left out: this broker is not ours to disturb';
        const { faults } = lab.tap;
        const lost = faults.loseAnswers(isProduce);
        const refused = faults.refuse((request) => isProduce(request) && lost.met.length > 0);
        const outcome = await lab.service(SERVICE).post('/api/orders', order(1));
        // The 503 may come from the deadline, while kafkajs still retries; the trap is set when it has given up.
        await quiet(() => refused.met.length);
        refused.end();
        lost.end();
        if (outcome.status !== 503) throw new Error(`while the broker refused: ${saying(outcome)}`);
        const answers: Accepted[] = [];
        while (answers.length < ORDERS_AFTER_FAILURE) answers.push(await postUntilAccepted(lab, answers.length));
        const records = await Promise.all(answers.map(({ order_id }) => lab.recordsOf(TOPIC, order_id)));
        const missing = answers.filter((_, index) => records[index]?.length === 0);
        const [gone] = missing;
        if (gone) throw new Error(`order ${gone.order_id} was answered 202 and is not in ${TOPIC}`);
        return `503 after ${outcome.durationMs} ms, then ${answers.length} × 202, and all of them are in the topic`;
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

/** The service may need a moment after a failure; 503 is its right to say so. */
async function postUntilAccepted(lab: LiveLab, number: number): Promise<Accepted> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await lab.service(SERVICE).post('/api/orders', order(number));
    const answer = acceptedBy(outcome);
    if (answer) return answer;
    if (outcome.status !== 503 || attempt === MOST_ATTEMPTS) throw new Error(saying(outcome));
  }
}

/** Waits until a count has not changed for a while. */
async function quiet(count: () => number): Promise<void> {
  let seen = count();
  let since = performance.now();
  while (performance.now() - since < QUIET_MS) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (count() === seen) continue;
    seen = count();
    since = performance.now();
  }
}

function saying(outcome: HttpOutcome): string {
  if (outcome.status === undefined) return `no answer: ${outcome.error}`;
  const { detail } = (outcome.json ?? {}) as { detail?: string };
  return `${outcome.status} ${detail ?? outcome.text.slice(0, 200)}`;
}
