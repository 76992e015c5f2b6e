// The order service alone, when many things are due at once, or when a customer was told that nobody knows.
import { setTimeout as pause } from 'node:timers/promises';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { seizesTheChance, terminate, until } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { marooned } from '../island.ts';
import {
  demandEnd,
  demandPending,
  distinct,
  ENDS,
  look,
  NOT_IN_THE_LOG,
  place,
  recordsOf,
  storyOf,
  storyTable,
} from '../orders.ts';
import {
  demandOneEndEach,
  IMPATIENT,
  SAGA_TIMEOUT_MS,
  SLACK_MS,
  TIMEOUT,
  TOLERANCE_MS,
  untilLaterOrderTimesOut,
} from '../patience.ts';
import { another, ORDER } from '../services.ts';
import { type Created, inventoryReserved, notificationSent, orderRequest, publish } from '../traffic.ts';

/** So many orders whose time is up at once that two replicas meet at some of them, if nothing keeps them apart. */
const DUE_AT_ONCE = 500;
/** Shorter than a session, by far: the two are stopped for as long, and must still be members afterwards. */
const SHORT_MS = 2_000;

check(
  {
    id: 'timeout-in-replicas',
    title: 'two replicas whose clocks strike at the same moment cancel each order once',
    points: 6,
    why: 'Each replica looks at the clock, and an order is due for both. Between reading PENDING and writing CANCELLED there is room for the other one.',
    next: 'TODO 2 in orders.ts: read, decide and write in one transaction: the other replica may be about to do the same.',
  },
  async (bench) => {
    // Where everything begins at once, a first acknowledgement may take long.
    const patience = { SAGA_TIMEOUT_MS: String(SHORT_MS), PUBLISH_TIMEOUT_MS: '14000' };
    const more = { ...patience, DATABASE_FILE: `${bench.makeFolder(ORDER.name)}/two-clocks.db` };
    await marooned(bench);
    const [one, two] = [await another(bench, ORDER, more), await another(bench, ORDER, more)];
    const replicas = [one, two];
    await Promise.all(replicas.map((replica) => bench.untilReady(replica)));
    const outcome = await one.post('/api/orders/batch', {
      orders: Array.from({ length: DUE_AT_ONCE }, () => orderRequest()),
    });
    demand(outcome.status === 202, 'POST /api/orders/batch answers 202.', () => one.describe(outcome));
    const { orders: placed } = outcome.json as { orders: { order_id: string }[] };
    const ids = new Set(placed.map(({ order_id }) => order_id));
    const ends = () => bench.log.records.filter(({ topic, key }) => ENDS.includes(topic) && ids.has(String(key)));
    await stoppedUntilDue(replicas);
    const expected = `${DUE_AT_ONCE} orders that nobody reserves anything for are cancelled.`;
    const ended = () => new Set(ends().map(({ key }) => key)).size;
    const progress = () => String(ended());
    await until({ bench, services: replicas, expected, limitMs: SLACK_MS, progress }, async () => {
      await bench.log.catchUp();
      return ended() === DUE_AT_ONCE;
    });
    await untilLaterOrderTimesOut(bench, two, SHORT_MS);
    const told = ends();
    const each = [...ids].map((orderId) => distinct(recordsOf(told, orderId)));
    const twice = each.filter((events) => events.length > 1);
    demandFacts(
      'one event tells of the end of each order.',
      [equals(`orders with more than one end, of ${DUE_AT_ONCE}`, twice.length, 0)],
      () => recordTable(twice.slice(0, 3).flat()),
    );
    await Promise.all(replicas.map(terminate));
    return `${DUE_AT_ONCE} orders were due in two replicas at once; each was cancelled once`;
  },
);

/**
 * Stops replicas before their orders are due and lets them go on together when they are, so that both find all of them. The
 * passing of that time is what is waited for; and as both are stopped, neither waits for a lock that the other one holds.
 */
async function stoppedUntilDue(replicas: Service[]): Promise<void> {
  for (const { program } of replicas) program.signal('SIGSTOP');
  await pause(SHORT_MS + TOLERANCE_MS);
  for (const { program } of replicas) program.signal('SIGCONT');
}

/** A machine that is busy elsewhere needs a longer timeout to bring reservations to the replicas before it. */
const TIMEOUTS_MS = [SAGA_TIMEOUT_MS, 9_000, 27_000];
const ORDERS_EACH = 4;

check(
  {
    id: 'timeout-across-replicas',
    title:
      'what one replica has read, no other one’s clock overlooks; and the orders of a replica that was killed time out at the one that is left',
    points: 6,
    why: 'A timer is a thing of the process that has set it. The reservation is read by another one, and the process may be gone by then.',
    next: 'TODO 1 in orders.ts: the deadline is stored with the order, and so is what was read. TODO 4: any replica looks at all orders.',
  },
  async (bench) => {
    const { replicas, orders, timeoutMs } = await reservedInTime(bench);
    const [one, two] = replicas;
    for (const replica of replicas) await untilLaterOrderTimesOut(bench, replica, timeoutMs);
    for (const order of orders)
      await demandPending(bench, two, order, 'its stock is reserved, whichever replica has read that');
    const orphan = await place(bench, one);
    await one.program.kill();
    await demandEnd(bench, two, orphan, TIMEOUT, timeoutMs + SLACK_MS);
    await publish(bench, ...orders.map((order) => notificationSent(order, 'ORDER_CONFIRMED')));
    for (const order of orders) await demandEnd(bench, two, order, { status: 'CONFIRMED' });
    await terminate(two);
    return storyTable(storyOf(bench.log.records, orphan));
  },
);

/** Places orders at each of two replicas and publishes their reservations, which are read well before the deadline. */
async function reservedInTime(bench: Workbench) {
  for (const timeoutMs of TIMEOUTS_MS) {
    const folder = bench.makeFolder(ORDER.name);
    const more = { SAGA_TIMEOUT_MS: String(timeoutMs), DATABASE_FILE: `${folder}/across.db` };
    const replicas = [await another(bench, ORDER, more), await another(bench, ORDER, more)] as const;
    await Promise.all(replicas.map((replica) => bench.untilReady(replica)));
    const placedAt = performance.now();
    const orders: Created[] = [];
    for (let number = 0; number < ORDERS_EACH; number++) {
      for (const replica of replicas) orders.push(await place(bench, replica));
    }
    await publish(bench, ...orders.map(inventoryReserved));
    await caughtUp(bench, ORDER, [...replicas]);
    if (performance.now() - placedAt < timeoutMs) return { replicas, orders, timeoutMs };
    await Promise.all(replicas.map(terminate));
  }
  throw new Error(`No reservations were read within ${TIMEOUTS_MS.join(' or ')} ms: this machine is too busy.`);
}

check(
  {
    id: 'unacknowledged-order',
    title: 'an order answered 503 that is in the log all the same has a saga like any other',
    points: 6,
    why: 'The inventory reserves for what it reads. If the order service has forgotten the order, that stock is reserved for ever.',
    next: 'TODO 1 in orders.ts: the order is in the database before anybody knows whether the broker has it.',
  },
  async (bench) => {
    const impatient = { PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS), SAGA_TIMEOUT_MS: '600000' };
    const service = await another(bench, ORDER, {
      ...impatient,
      DATABASE_FILE: `${bench.makeFolder(ORDER.name)}/503.db`,
    });
    await bench.untilReady(service);
    const order = await placeUnacknowledged(bench, service);
    if (!order) return NOT_IN_THE_LOG;
    const seen = await look(service, order);
    demand(seen.outcome.status === 200, 'GET knows the order that is in the log.', () =>
      service.describe(seen.outcome),
    );
    await publish(bench, inventoryReserved(order), notificationSent(order, 'ORDER_CONFIRMED'));
    await demandEnd(bench, service, order, { status: 'CONFIRMED' });
    const created = distinct(recordsOf(bench.log.records, order.payload.order_id, ['orders.created']));
    demandFacts('it is in the log once.', [equals('event_ids', created.length, 1)], () => recordTable(created));
    return storyTable(storyOf(bench.log.records, order));
  },
);

check(
  {
    id: 'unacknowledged-times-out',
    title: 'an order answered 503 that is in the log times out like any other, when nobody reserves anything for it',
    points: 4,
    why: 'The customer has seen an error and gone, and the mail that his order was received has been sent. Somebody has to say what became of it.',
    next: 'TODO 1 in orders.ts: the deadline is stored with the order, whatever becomes of its acknowledgement.',
  },
  async (bench) => {
    const service = await another(bench, ORDER, {
      ...IMPATIENT,
      PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS),
      DATABASE_FILE: `${bench.makeFolder(ORDER.name)}/503-late.db`,
    });
    await bench.untilReady(service);
    const order = await placeUnacknowledged(bench, service);
    if (!order) return NOT_IN_THE_LOG;
    await demandEnd(bench, service, order, TIMEOUT, SAGA_TIMEOUT_MS + SLACK_MS);
    await demandOneEndEach(bench);
    return storyTable(storyOf(bench.log.records, order));
  },
);

const PUBLISH_TIMEOUT_MS = 1_000;
/** Until a single order is on its way; by then its timeout has not passed. */
const SENT_MS = 500;
/** A busy machine answers late; a service that waits for the default of 5 s answers later. */
const LATEST_503_MS = 4_500;
/** What an outbox holds is published again within this. */
const AGAIN_MS = 5_000;

/** Places an order that the broker stores and never acknowledges. Returns it as it is in the log, if it is there. */
async function placeUnacknowledged(bench: Workbench, service: Service): Promise<Created | undefined> {
  const correlation = crypto.randomUUID();
  const held = bench.tap.faults.holdAnswers(isProduceTo('orders.created'));
  const body = { customer_id: 'customer-503', items: [{ sku: 'BULK', quantity: 1, unit_price: 250 }] };
  const posting = service.post('/api/orders', body, { 'X-Correlation-ID': correlation });
  // The order goes out first: what waits behind it for too long need not be in the log at all.
  await seizesTheChance(() => held.met.length > 0, SENT_MS);
  const batch = await service.post('/api/orders/batch', { orders: [orderRequest(), orderRequest()] });
  const outcomes = [await posting, batch];
  held.end();
  demandFacts(
    `without an acknowledgement POST answers 503, to an order with Retry-After; PUBLISH_TIMEOUT_MS is ${PUBLISH_TIMEOUT_MS} here.`,
    outcomes.flatMap((outcome, index) => {
      const what = index === 0 ? 'an order' : 'a batch';
      const { 'retry-after': retryAfter } = outcome.status === undefined ? {} : outcome.headers;
      const soon = outcome.durationMs <= LATEST_503_MS;
      return [
        equals(`status of ${what}`, outcome.status, 503),
        ...(index === 0 ? [holds('Retry-After', retryAfter, 'there', retryAfter !== undefined)] : []),
        holds(`${what} is answered after`, outcome.durationMs, `at most ${LATEST_503_MS} ms`, soon),
      ];
    }),
    () => service.describe(...outcomes),
  );
  let record: TopicRecord | undefined;
  await seizesTheChance(async () => {
    const log = await bench.log.catchUp();
    record = log.find(({ topic, value }) => topic === 'orders.created' && value?.includes(correlation));
    return record !== undefined;
  }, AGAIN_MS);
  return record?.json as Created | undefined;
}
