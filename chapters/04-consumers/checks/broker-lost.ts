// What the services do while there is no broker.
import { setTimeout as pause } from 'node:timers/promises';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { terminate } from '#shared/testing/moments.ts';
import { demandMailed } from '../mails.ts';
import { demandReserved } from '../results.ts';
import { another, INVENTORY, NOTIFICATION, running } from '../services.ts';
import { bulkSku, messageOf, orderCreated } from '../traffic.ts';

/**
 * A client gives up for good when its retries are used up, and not before. The broker stays away for longer than nearly all
 * that have kafkajs's own retries.
 */
const OUTAGE_MS = 16_000;
const LOSS_NOTICED_MS = 15_000;
/** Session timeout and 10 s; the rest is for a busy machine. */
const RECOVERY_LIMIT_MS = 30_000;

check(
  {
    id: 'broker-lost',
    title:
      'without a broker both services live on, are not ready, and end at SIGTERM; with the broker they go on, also replicas that were started meanwhile',
    points: 8,
    why: 'kafkajs ends a consumer for good after some errors, and the process stays: alive, silent, and green on every dashboard.',
    next: 'consume.ts makes a new consumer when one has ended; readiness joins the group’s and the broker’s state.',
  },
  async (bench) => {
    const gateway = await bench.gateway();
    const inventory = await running(bench, INVENTORY);
    const notification = await running(bench, NOTIFICATION);
    const late = await bench.whileBrokersDown(async () => {
      const started = [await another(bench, INVENTORY), await another(bench, NOTIFICATION)];
      const over = pause(OUTAGE_MS);
      await Promise.all(
        [inventory, notification].map((service) => bench.untilHealth(service, '/health/ready', 503, LOSS_NOTICED_MS)),
      );
      for (const service of started) {
        await bench.untilHealth(service, '/health/live', 200, 10_000);
        await bench.untilHealth(service, '/health/ready', 503, 2_000);
      }
      // A deployment does not wait for the broker either.
      const leaving = [await another(bench, INVENTORY), await another(bench, NOTIFICATION)];
      for (const service of leaving) await bench.untilHealth(service, '/health/live', 200, 10_000);
      await Promise.all(leaving.map(terminate));
      await over;
      for (const service of [inventory, notification, ...started]) {
        await bench.untilHealth(service, '/health/live', 200, 2_000);
      }
      return started;
    });
    const services = [inventory, notification, ...late];
    await Promise.all(services.map((service) => bench.untilReady(service, RECOVERY_LIMIT_MS)));
    const orders = Array.from({ length: 6 }, () => orderCreated({ [bulkSku()]: 1 }));
    await bench.direct.publish(
      'orders.created',
      orders.map((order, partition) => messageOf(order, partition % 3)),
    );
    await caughtUp(bench, INVENTORY, services);
    const log = await caughtUp(bench, NOTIFICATION, services);
    for (const order of orders) {
      demandReserved(log, order, inventory);
      demandMailed(log, gateway, order, order.payload.customer_id, notification);
    }
    return 'live 200 and ready 503 without the broker; ready, and all orders processed, with it';
  },
);
