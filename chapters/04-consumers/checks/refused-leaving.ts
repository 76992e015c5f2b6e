// A broker that takes no results, and a deployment in the middle of that.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { outlasts, terminate } from '#shared/testing/moments.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import { demandMailed } from '../mails.ts';
import { until } from '../moments.ts';
import { inventoryResults, onlyResult } from '../results.ts';
import { INVENTORY, NOTIFICATION, running } from '../services.ts';
import { messageOf, orderCreated } from '../traffic.ts';

check(
  {
    id: 'refused-leaving',
    title:
      'an InventoryFailed or a NotificationSent that cannot be published for 12 s is not given up; SIGTERM ends both services all the same, and their successors publish it',
    points: 6,
    why: 'Every result can be lost, also the one that says no. And the deployment that is to help must not wait for what it is to help with.',
    next: 'TODO 2 in consume.ts: wait for the publish, whatever is published, and let its error reach kafkajs. Closing the service must not wait for it for ever.',
  },
  async (bench) => {
    const gateway = await bench.gateway();
    const inventory = await running(bench, INVENTORY);
    const notification = await running(bench, NOTIFICATION);
    const [toFailed, toSent] = [isProduceTo('inventory.failed'), isProduceTo('notifications.sent')];
    const refused = bench.tap.faults.refuse((request: TapRequest) => toFailed(request) || toSent(request));
    const order = orderCreated({ 'NO-SUCH-SKU': 1 });
    await bench.direct.publish('orders.created', [messageOf(order)]);
    await until(bench, inventory, 'the refusal of an order is published.', () => refused.met.some(toFailed));
    await until(bench, notification, 'NotificationSent is published.', () => refused.met.some(toSent));
    await outlasts(refused, [toFailed, toSent], [inventory, notification]);
    const took = await Promise.all([inventory, notification].map(terminate));
    refused.end();
    const successors = [await running(bench, INVENTORY), await running(bench, NOTIFICATION)] as const;
    await caughtUp(bench, INVENTORY, [successors[0]]);
    const log = await caughtUp(bench, NOTIFICATION, [successors[1]]);
    onlyResult(inventoryResults(log, order), order, successors[0]);
    demandMailed(log, gateway, order, order.payload.customer_id, successors[1]);
    return `exit code 0 after ${took.join(' and ')} ms, and both events from the successors`;
  },
);
