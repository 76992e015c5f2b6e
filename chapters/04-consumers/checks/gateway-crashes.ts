// A notification service that dies between the gateway and the broker.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import { demandMailed, demandTold, mailsFor, mailTable } from '../mails.ts';
import { until } from '../moments.ts';
import { NOTIFICATION, running } from '../services.ts';
import { inventoryReserved, messageOf, orderCreated } from '../traffic.ts';

const PATIENT = { GATEWAY_TIMEOUT_MS: '20000' };

check(
  {
    id: 'killed-after-mail',
    title:
      'killed after the gateway has accepted and before NotificationSent is out, it publishes it after the restart, once',
    points: 7,
    why: 'The mail is out, and nothing says so: whoever waits for NotificationSent, like the saga of chapter 05, waits for ever.',
    next: 'TODO 2 in consume.ts: the commit comes last, after the work with its publish.',
  },
  async (bench) => {
    const first = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const [known, cause] = [orderCreated({ 'NO-SUCH-SKU': 1 }), orderCreated({ 'NO-SUCH-SKU': 1 })];
    await bench.direct.publish('orders.created', [messageOf(known)]);
    await caughtUp(bench, NOTIFICATION, [first]);
    const held = bench.tap.faults.holdRequests(isProduceTo('notifications.sent'));
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, first, 'NotificationSent is published.', () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, NOTIFICATION, PATIENT);
    const reserved = inventoryReserved(known);
    await bench.direct.publish('inventory.reserved', [messageOf(reserved)]);
    const log = await caughtUp(bench, NOTIFICATION, [second]);
    demandMailed(log, gateway, cause, cause.payload.customer_id, second);
    await demandTold(second, cause.payload.order_id, ['ORDER_RECEIVED']);
    // Read by the process that is dead now: whoever knows customers and mails from memory alone does not know these.
    demandMailed(log, gateway, reserved, known.payload.customer_id, second);
    const told = ['ORDER_RECEIVED', 'ORDER_CONFIRMED'];
    await demandTold(second, known.payload.order_id, told, ', the first of them by a process that has died since');
    return mailTable(mailsFor(gateway, cause));
  },
);

check(
  {
    id: 'killed-after-notification',
    title:
      'killed after NotificationSent has reached the broker and before it knows that, it publishes the same event again, and no other',
    points: 6,
    why: 'What is remembered after the publish is not remembered by a process that has died in it; then one mail becomes two events.',
    next: 'notifications.ts remembers the event when the mail is accepted, before it is published.',
  },
  async (bench) => {
    const first = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const held = bench.tap.faults.holdAnswers(isProduceTo('notifications.sent'));
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, first, 'NotificationSent is published.', () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, NOTIFICATION, PATIENT);
    const log = await caughtUp(bench, NOTIFICATION, [second]);
    return recordTable([demandMailed(log, gateway, cause, cause.payload.customer_id, second)]);
  },
);
