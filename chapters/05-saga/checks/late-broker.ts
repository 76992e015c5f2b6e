// Services that are there long before their broker, and an order service whose broker goes away.
import { setTimeout as pause } from 'node:timers/promises';
import { check } from '#shared/testing/check.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { marooned } from '../island.ts';
import { demandEnd, placeAgain, storyOf, storyTable } from '../orders.ts';
import { type Created, inventoryReserved, notificationSent, publish } from '../traffic.ts';

/** Longer than kafkajs tries by its defaults (9 to 11 s), and than the 15 s in which a consumer that has given up must say so. */
const AWAY_MS = 17_000;
/** Session timeout and 10 s; the rest is for a busy machine. */
const JOINED_MS = 30_000;
/** As the contract has it. */
const LOSS_NOTICED_MS = 15_000;

check(
  {
    id: 'late-broker',
    title:
      'services whose broker was away when they started, and for long, wait for it, and the order service then does its work; when the broker goes away again it is not ready, and goes on afterwards',
    points: 6,
    why: 'After a power cut everything starts at once, and the broker takes longest. A service that has given up by then is up, and no order ever ends.',
    next: 'All three came finished: a consumer that has ended is followed by a new one, and nothing ends the process.',
  },
  async (bench) => {
    const { service, others, since, open } = await marooned(bench);
    await pause(Math.max(0, since + AWAY_MS - performance.now()));
    for (const each of [service, ...others]) {
      await bench.untilHealth(each, '/health/live', 200, 2_000);
      await bench.untilHealth(each, '/health/ready', 503, 2_000);
    }
    for (const { program } of others) await program.kill();
    await open();
    await bench.untilReady(service, JOINED_MS);
    const order = await demandConfirmed(bench, service);
    await bench.whileBrokersDown(async () => {
      await bench.untilHealth(service, '/health/ready', 503, LOSS_NOTICED_MS);
      await bench.untilHealth(service, '/health/live', 200, 2_000);
    });
    await bench.untilReady(service, JOINED_MS);
    const later = await demandConfirmed(bench, service);
    return storyTable([...storyOf(bench.log.records, order), ...storyOf(bench.log.records, later)]);
  },
);

async function demandConfirmed(bench: Workbench, service: Service): Promise<Created> {
  const order = await placeAgain(bench, service, JOINED_MS);
  await publish(bench, inventoryReserved(order), notificationSent(order, 'ORDER_CONFIRMED'));
  await demandEnd(bench, service, order, { status: 'CONFIRMED' });
  return order;
}
