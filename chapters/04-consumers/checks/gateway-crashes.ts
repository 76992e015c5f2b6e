// A notification service that dies or freezes between the gateway and the broker.
import { check } from '#shared/testing/check.ts';
import { demand } from '#shared/testing/demand.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import { demandMailed, demandTold, mailsFor, mailTable } from '../mails.ts';
import { backOrEnded, until } from '../moments.ts';
import { another, caughtUp, NOTIFICATION, running } from '../services.ts';
import { messageOf, orderCreated } from '../traffic.ts';

const PATIENT = { GATEWAY_TIMEOUT_MS: '20000' };
const TAKEN_OVER_MS = 20_000;

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
    const held = bench.tap.faults.holdRequests(isProduceTo('notifications.sent'));
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, first, 'NotificationSent is published.', () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, NOTIFICATION, PATIENT);
    const log = await caughtUp(bench, NOTIFICATION, [second]);
    demandMailed(log, gateway, cause, cause.payload.customer_id, second);
    await demandTold(second, cause.payload.order_id, ['ORDER_RECEIVED']);
    return mailTable(mailsFor(gateway, cause));
  },
);

check(
  {
    id: 'stalled-notification',
    title:
      'a replica that freezes while the gateway has its mail and wakes up after its session leads to no second NotificationSent',
    points: 7,
    why: 'Two replicas may both send a mail; the key tells the vendor. But what happened once must be published as one event.',
    next: 'notifications.ts: the first to remember an accepted mail makes the event, the second finds it.',
  },
  async (bench) => {
    const frozen = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const hold = gateway.hold(({ order_id }) => order_id === cause.payload.order_id, 1);
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, frozen, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    frozen.program.signal('SIGSTOP');
    const replica = await another(bench, NOTIFICATION, PATIENT);
    await bench.untilReady(replica, TAKEN_OVER_MS);
    await caughtUp(bench, NOTIFICATION, [replica]);
    frozen.program.signal('SIGCONT');
    hold.end();
    await backOrEnded(bench, frozen, TAKEN_OVER_MS);
    const after = orderCreated({ 'NO-SUCH-SKU': 1 });
    await bench.direct.publish('orders.created', [messageOf(after)]);
    const log = await caughtUp(bench, NOTIFICATION, [frozen, replica]);
    for (const event of [cause, after]) demandMailed(log, gateway, event, event.payload.customer_id, replica);
    await demandTold(replica, cause.payload.order_id, ['ORDER_RECEIVED']);
    const mails = mailsFor(gateway, cause);
    demand(mails.length >= 2, 'the replica has sent the mail, too.', () => mailTable(mails));
    replica.program.signal('SIGTERM');
    await replica.program.waitForExit(10_000).catch(() => {});
    return mailTable(mails);
  },
);
