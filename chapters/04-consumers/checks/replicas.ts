// Replicas that come and go while records flow.
import { PARTITIONS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { type ConsumingService, caughtUp } from '#shared/testing/consuming-services.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, recordTable, table } from '#shared/testing/evidence.ts';
import { terminate } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { demandMailed, demandTold } from '../mails.ts';
import { until } from '../moments.ts';
import { demandReserved, demandStock, inventoryResults, notificationResults, onlyResult } from '../results.ts';
import { another, BURST_LIMIT_MS, INVENTORY, NOTIFICATION, running } from '../services.ts';
import {
  BULK_STOCK,
  bulkSku,
  type Cause,
  inventoryReserved,
  messageOf,
  type OrderCreated,
  orderCreated,
  STOCK,
  sku,
} from '../traffic.ts';

const FLOW = { rounds: 16, events: 5, everyMs: 60 };

/** Publishes events over all partitions of a topic, a few at a time, without waiting for anybody to read them. */
async function flow<Event extends Cause>(bench: Workbench, topic: string, make: () => Event): Promise<Event[]> {
  const events: Event[] = [];
  for (let round = 0; round < FLOW.rounds; round++) {
    const some = Array.from({ length: FLOW.events }, make);
    events.push(...some);
    await bench.direct.publish(
      topic,
      some.map((event, number) => messageOf(event, (round + number) % PARTITIONS)),
    );
    await new Promise((resolve) => setTimeout(resolve, FLOW.everyMs));
  }
  return events;
}

/** Resolves when results have been coming since the call: the flow is in full swing. */
async function inFullSwing(bench: Workbench, service: Service, topic: string, more: number): Promise<void> {
  const before = bench.log.of(topic).length;
  await until(
    bench,
    service,
    `results appear in ${topic} while records flow.`,
    async () => {
      await bench.log.catchUp();
      return bench.log.of(topic).length >= before + more;
    },
    BURST_LIMIT_MS,
  );
}

/** Who has what in a group of several replicas. */
async function shareFacts(bench: Workbench, { group, topics }: ConsumingService, replicas: number): Promise<Fact[]> {
  // Whatever else they read besides is their own business.
  const shares = (await bench.direct.members(group)).map(({ partitions }) =>
    partitions.filter(({ topic }) => topics.includes(topic)),
  );
  const busy = shares.filter(({ length }) => length > 0);
  const places = shares.flatMap((share) => share.map(({ topic, partition }) => `${topic}/${partition}`));
  const all = topics.length * PARTITIONS;
  return [
    holds('members with partitions', busy.length, `at least ${replicas}`, busy.length >= replicas),
    equals('partitions that are somebody’s', new Set(places).size, all),
    equals('partitions that are two members’', places.length - new Set(places).size, 0),
  ];
}

async function demandShared(bench: Workbench, facts: ConsumingService, services: Service[]): Promise<void> {
  const sharing = async () => (await shareFacts(bench, facts, services.length)).every(({ ok }) => ok);
  const [service] = services;
  if (!service) return;
  await until(bench, service, `${services.length} replicas share ${facts.group}.`, sharing).catch(async (error) => {
    const seen = await bench.direct.members(facts.group);
    const rows = seen.map(({ id, partitions }) => [
      id,
      partitions.map(({ topic, partition }) => `${topic}/${partition}`).join(' '),
    ]);
    const shares = await shareFacts(bench, facts, services.length);
    demandFacts(`${services.length} replicas share ${facts.group}.`, shares, () => table(['member', 'has'], rows));
    throw error;
  });
}

check(
  {
    id: 'replicas-notification',
    title:
      'replicas of the notification service share all topics; one joins and one leaves in the middle, and each event is notified once',
    points: 6,
    why: 'What a replica has sent, the next one must know: a list in memory is gone with its process.',
    next: 'notifications.ts keeps everything in the database; TODO 1 in consume.ts: one group id for all replicas.',
  },
  async (bench) => {
    const gateway = await bench.gateway();
    const reserved = () => inventoryReserved(orderCreated({ 'NO-SUCH-SKU': 1 }));
    const one = await running(bench, NOTIFICATION);
    const flowing = flow(bench, 'inventory.reserved', reserved);
    await inFullSwing(bench, one, 'notifications.sent', 5);
    const two = await another(bench, NOTIFICATION);
    const events: Cause[] = await flowing;
    await bench.untilReady(two);
    await demandShared(bench, NOTIFICATION, [one, two]);
    events.push(...(await demandToldByBoth(bench, one, two)));
    const leaving = flow(bench, 'inventory.reserved', reserved);
    await inFullSwing(bench, one, 'notifications.sent', 10);
    await terminate(two);
    events.push(...(await leaving));
    const log = await caughtUp(bench, NOTIFICATION, [one], BURST_LIMIT_MS);
    for (const event of events) demandMailed(log, gateway, event, undefined, one);
    const records = events.reduce((sum, event) => sum + notificationResults(log, event).length, 0);
    return `${events.length} events, one notification each, in ${records} records`;
  },
);

/**
 * An order in each partition and then its reservation, so that each replica has some of both, and seldom both of one order; then
 * either knows of all. Returns the events.
 */
async function demandToldByBoth(bench: Workbench, one: Service, two: Service): Promise<Cause[]> {
  const gateway = await bench.gateway();
  const orders = Array.from({ length: PARTITIONS }, () => orderCreated({ 'NO-SUCH-SKU': 1 }));
  const reservations = orders.map(inventoryReserved);
  const publishEach = async (topic: string, events: Cause[]) => {
    const messages = events.map((event, partition) => messageOf(event, partition));
    await bench.direct.publish(topic, messages);
    return caughtUp(bench, NOTIFICATION, [one, two], BURST_LIMIT_MS);
  };
  await publishEach('orders.created', orders);
  const log = await publishEach('inventory.reserved', reservations);
  for (const [index, { payload }] of orders.entries()) {
    const reserved = reservations[index] as Cause;
    demandMailed(log, gateway, reserved, payload.customer_id, one);
    for (const replica of [one, two]) {
      const kinds = ['ORDER_RECEIVED', 'ORDER_CONFIRMED'];
      await demandTold(replica, payload.order_id, kinds, ', whichever replica has sent it');
    }
  }
  return [...orders, ...reservations];
}

const BUYERS = 2 * STOCK;

/** More orders for a sku than there is of it, in all partitions: the replicas meet over the last pieces. */
async function demandNoOversell(bench: Workbench, one: Service, two: Service): Promise<void> {
  const name = sku();
  const orders = Array.from({ length: BUYERS }, () => orderCreated({ [name]: 1 }));
  const messages = orders.map((order, number) => messageOf(order, number % PARTITIONS));
  await bench.direct.publish('orders.created', messages);
  const log = await caughtUp(bench, INVENTORY, [one, two]);
  const answers = orders.map((order) => onlyResult(inventoryResults(log, order), order, one));
  const reserved = answers.filter(({ topic }) => topic === 'inventory.reserved');
  demand(
    reserved.length === STOCK,
    `of ${BUYERS} orders for a sku of which there are ${STOCK}, read by two replicas, exactly ${STOCK} are reserved.`,
    () => `${reserved.length} InventoryReserved\n\n${recordTable(answers)}`,
  );
  for (const replica of [one, two]) await demandStock(replica, name, 0, STOCK);
}

/** A round begins at the same moment everywhere; what follows in it drifts apart. */
const ROUNDS = 3;
const ORDERS_A_ROUND = 8;

/** The same orders to two replicas at the same moment: each looks for them before the other has dealt with them. */
async function demandOneDecision(bench: Workbench, one: Service, two: Service): Promise<void> {
  const name = bulkSku();
  let partitions: number[] = [];
  await until(bench, one, 'two replicas have partitions.', async () => {
    const members = await bench.direct.members(INVENTORY.group);
    partitions = members
      .flatMap((member) => member.partitions.filter(({ topic }) => topic === 'orders.created').slice(0, 1))
      .map(({ partition }) => partition);
    return partitions.length > 1;
  });
  const orders: OrderCreated[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const some = Array.from({ length: ORDERS_A_ROUND }, () => orderCreated({ [name]: 1 }));
    orders.push(...some);
    const messages = partitions.flatMap((partition) => some.map((order) => messageOf(order, partition)));
    await bench.direct.publish('orders.created', messages);
    await caughtUp(bench, INVENTORY, [one, two]);
  }
  for (const order of orders) demandReserved(bench.log.records, order, one);
  for (const replica of [one, two]) await demandStock(replica, name, BULK_STOCK - orders.length, orders.length);
}

check(
  {
    id: 'replicas',
    title:
      'replicas share the partitions and the stock; one joins and one is killed in the middle of the flow, and each order is reserved once, none without stock',
    points: 10,
    why: 'A group is rebalanced by every deployment and every crash. Each time, records in hand change their owner, and all of them sell from one shelf.',
    next: 'TODO 4 in stock.ts: replicas share the database, not memory, and decide by what it says in the transaction that changes it. TODO 2: commit each record, and let a refused commit be an error.',
  },
  async (bench) => {
    const one = await running(bench, INVENTORY);
    const two = await another(bench, INVENTORY);
    await bench.untilReady(two);
    await demandShared(bench, INVENTORY, [one, two]);
    await demandNoOversell(bench, one, two);
    await demandOneDecision(bench, one, two);
    const name = bulkSku();
    const ordered = () => orderCreated({ [name]: 1 });
    const joining = flow(bench, 'orders.created', ordered);
    await inFullSwing(bench, one, 'inventory.reserved', 5);
    const three = await another(bench, INVENTORY);
    const orders = await joining;
    await bench.untilReady(three);
    await demandShared(bench, INVENTORY, [one, two, three]);
    const dying = flow(bench, 'orders.created', ordered);
    await inFullSwing(bench, one, 'inventory.reserved', 20);
    await two.program.kill();
    orders.push(...(await dying));
    const log = await caughtUp(bench, INVENTORY, [one, three], BURST_LIMIT_MS);
    for (const order of orders) demandReserved(log, order, one);
    await demandStock(one, name, BULK_STOCK - orders.length, orders.length);
    await demandStock(three, name, BULK_STOCK - orders.length, orders.length);
    await terminate(three);
    const records = orders.reduce((sum, order) => sum + inventoryResults(log, order).length, 0);
    return `${orders.length} orders, one event each, in ${records} records`;
  },
);
