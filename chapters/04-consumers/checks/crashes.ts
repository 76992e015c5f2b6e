// An inventory service that dies or freezes at the worst moments; the tap holds a request, so the moment is exact.

import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { backOrEnded, until } from '../moments.ts';
import { demandReserved, demandStock, distinctEvents, inventoryResults } from '../results.ts';
import { another, INVENTORY, running } from '../services.ts';
import { BULK_STOCK, bulkSku, messageOf, orderCreated } from '../traffic.ts';

/** What a program that commits too early needs to do so; a right one lets it pass. */
const CHANCE_MS = 1_000;
const TAKEN_OVER_MS = 25_000;
const PARTITION = 0;

const results = (request: TapRequest) => isProduceTo('inventory.reserved')(request);

/** Publishes an order and one right behind it, so that a program which runs ahead has something to run to. */
async function publishTwo(bench: Workbench) {
  const name = bulkSku();
  const [order, next] = [orderCreated({ [name]: 2 }), orderCreated({ [name]: 3 })];
  await bench.direct.publish('orders.created', [messageOf(order, PARTITION), messageOf(next, PARTITION)]);
  return { name, order, next };
}

/** Whether the group's position has passed the first of two records that are at the end of the partition. */
async function committedPast(bench: Workbench, orderId: string): Promise<boolean> {
  const log = await bench.log.catchUp();
  const record = log.find(({ topic, key }) => topic === 'orders.created' && key === orderId);
  const committed = (await bench.direct.committed(INVENTORY.group, 'orders.created')).get(PARTITION) ?? 0n;
  return record !== undefined && committed > record.offset;
}

/** Demands that both orders were reserved once by whoever took over. */
async function demandBothOnce(bench: Workbench, pair: Awaited<ReturnType<typeof publishTwo>>, service: Service) {
  const log = await caughtUp(bench, INVENTORY, [service]);
  const records = [demandReserved(log, pair.order, service), demandReserved(log, pair.next, service)];
  await demandStock(service, pair.name, BULK_STOCK - 5, 5);
  return recordTable(records);
}

check(
  {
    id: 'killed-before-result',
    title:
      'killed after its effect and before its result is out, it publishes the result after the restart, and has no second effect',
    points: 10,
    why: 'A commit that runs ahead of the result loses it for ever: the stock is reserved, and nobody is told.',
    next: 'TODO 2 in consume.ts: the commit comes last. TODO 4 in stock.ts: effect and memory in one transaction; INITIAL_STOCK is for a new database alone.',
  },
  async (bench) => {
    const first = await running(bench, INVENTORY);
    const held = bench.tap.faults.holdRequests(results);
    const pair = await publishTwo(bench);
    await until(bench, first, 'the result of an order is published.', () => held.met.length > 0);
    await bench.log.catchUp();
    const early = await seizesTheChance(() => committedPast(bench, pair.order.payload.order_id), CHANCE_MS);
    await first.program.kill();
    held.cut();
    demand(
      !early,
      'the offset of an order is not committed while its result has not reached the broker.',
      () => `orders.created[${PARTITION}] was committed past the order.\n\n${first.describe()}`,
    );
    // Whoever takes the stock from INITIAL_STOCK again would forget what is reserved, or have what was never delivered.
    const stock = JSON.stringify({ [pair.name]: 7, 'SKU-NEW': 1 });
    const second = await running(bench, INVENTORY, { INITIAL_STOCK: stock });
    const records = await demandBothOnce(bench, pair, second);
    const outcome = await second.get('/api/stock/SKU-NEW');
    demandFacts(
      'GET /api/stock/SKU-NEW: there is no such sku. Only the INITIAL_STOCK of the restart names it, and the database is not new.',
      [equals('status', outcome.status, 404)],
      () => second.describe(outcome),
    );
    return records;
  },
);

check(
  {
    id: 'killed-before-commit',
    title:
      'killed after its result is out and before the commit, it gets the order again, and its result keeps its event_id',
    points: 10,
    why: 'Between an effect and its commit there is always a moment to die in. What comes then is a redelivery, and it must change nothing.',
    next: 'TODO 4 in stock.ts: find the event in the database, not in memory, and return the result of then.',
  },
  async (bench) => {
    const first = await running(bench, INVENTORY);
    // The broker has the result, and the service has not heard of it.
    const held = bench.tap.faults.holdAnswers(results);
    const pair = await publishTwo(bench);
    await until(bench, first, 'the result of an order is published.', () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, INVENTORY);
    return demandBothOnce(bench, pair, second);
  },
);

check(
  {
    id: 'lost-ack-result',
    title: 'a result whose acknowledgement was lost is there, as one event',
    points: 5,
    why: 'The retry after a lost acknowledgement is the most ordinary redelivery of all.',
    next: 'shared/kafka/publisher.ts; TODO 4 in stock.ts: the result is made once, and published as often as it takes.',
  },
  async (bench) => {
    const service = await running(bench, INVENTORY);
    const lost = bench.tap.faults.loseAnswers(results);
    const pair = await publishTwo(bench);
    await until(bench, service, 'the result of an order is published.', () => lost.met.length > 0);
    return demandBothOnce(bench, pair, service);
  },
);

check(
  {
    id: 'stalled',
    title: 'a replica that freezes beyond its session and wakes up causes no second effect and no second event',
    points: 8,
    why: 'A long garbage collection, a laptop lid, a paused VM: the group has given its partitions away, and it does not know.',
    next: 'TODO 4 in stock.ts: the one database decides, whoever asks. TODO 2: a refused commit is an error, so that kafkajs rejoins.',
  },
  async (bench) => {
    const frozen = await running(bench, INVENTORY);
    let connection: number | undefined;
    const held = bench.tap.faults.holdRequests((request) => {
      if (!results(request)) return false;
      connection ??= request.connection;
      return request.connection === connection;
    });
    const pair = await publishTwo(bench);
    await until(bench, frozen, 'the result of an order is published.', () => held.met.length > 0);
    frozen.program.signal('SIGSTOP');
    const replica = await another(bench, INVENTORY);
    await bench.untilReady(replica, TAKEN_OVER_MS);
    // A replica may have to wait for the frozen one's database lock; then it goes on when that one does.
    await seizesTheChance(async () => inventoryResults(await bench.log.catchUp(), pair.next).length > 0, CHANCE_MS);
    frozen.program.signal('SIGCONT');
    held.end();
    const log = await caughtUp(bench, INVENTORY, [frozen, replica]);
    await backOrEnded(bench, frozen, TAKEN_OVER_MS);
    demandReserved(log, pair.order, replica);
    demandReserved(log, pair.next, replica);
    await demandStock(replica, pair.name, BULK_STOCK - 5, 5);
    const after = orderCreated({ [pair.name]: 1 });
    await bench.direct.publish('orders.created', [messageOf(after)]);
    const end = await caughtUp(bench, INVENTORY, [frozen, replica]);
    demandReserved(end, after, replica);
    replica.program.signal('SIGTERM');
    await replica.program.waitForExit(10_000).catch(() => {});
    const answers = inventoryResults(end, pair.order);
    demandFacts('one event.', [holds('event_ids', distinctEvents(answers), '1', distinctEvents(answers) === 1)], () =>
      recordTable(answers),
    );
    return recordTable(answers);
  },
);
