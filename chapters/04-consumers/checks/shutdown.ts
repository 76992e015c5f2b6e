// How the inventory service ends in the middle of its work.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandLeft, terminate } from '#shared/testing/moments.ts';
import { until } from '../moments.ts';
import { demandReserved, demandStock, inventoryResults, onlyResult } from '../results.ts';
import { BURST_LIMIT_MS, INVENTORY, running } from '../services.ts';
import { BULK_STOCK, bulkSku, messageOf, type OrderCreated, orderCreated } from '../traffic.ts';

/** More than a service may think it need remember. */
const BURST = 150;

check(
  {
    id: 'sigterm',
    title:
      'after SIGTERM in the middle of a burst it leaves its group at once and exits with 0; its successor does the rest',
    points: 7,
    why: 'Every deployment does this to every replica. Who does not say goodbye is waited for, and the partitions stand still.',
    next: 'consume.ts closes the consumer when the service ends: disconnect leaves the group. TODO 2: stop between two records.',
  },
  async (bench) => {
    const service = await running(bench, INVENTORY);
    const name = bulkSku();
    const orders = Array.from({ length: BURST }, () => orderCreated({ [name]: 1 }));
    const refused = [orderCreated({ [name]: BULK_STOCK + 1 }), orderCreated({ 'NO-SUCH-SKU': 1 })];
    await bench.direct.publish(
      'orders.created',
      [...refused, ...orders].map((order) => messageOf(order)),
    );
    await until(
      bench,
      service,
      'the burst is being worked off.',
      async () => {
        const log = await bench.log.catchUp();
        const answered = (order: OrderCreated) => inventoryResults(log, order).length > 0;
        return orders.some(answered) && refused.every(answered);
      },
      BURST_LIMIT_MS,
    );
    const took = await terminate(service);
    await demandLeft(bench, service, INVENTORY.group, 0);
    const successor = await running(bench, INVENTORY);
    const log = await caughtUp(bench, INVENTORY, [successor], BURST_LIMIT_MS);
    for (const order of orders) demandReserved(log, order, successor);
    await demandStock(successor, name, BULK_STOCK - BURST, BURST);
    // Nobody knows how far back a redelivery reaches, nor how many processes ago.
    const repeated = orders.slice(0, 3);
    await bench.direct.publish(
      'orders.created',
      [...refused, ...repeated].map((order) => messageOf(order)),
    );
    const later = await caughtUp(bench, INVENTORY, [successor]);
    for (const order of refused) onlyResult(inventoryResults(later, order), order, successor);
    for (const order of repeated) demandReserved(later, order, successor);
    await demandStock(successor, name, BULK_STOCK - BURST, BURST);
    return `exit code 0 after ${took} ms, the group left; all ${BURST} orders reserved once`;
  },
);
