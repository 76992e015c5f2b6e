// A notification service that dies or is stopped between the gateway and the broker.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandDeadLetter } from '#shared/testing/dead-letters.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { demandLeft, seizesTheChance, terminate } from '#shared/testing/moments.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { demandMailed, demandTold, mailsFor, mailTable } from '../mails.ts';
import { until } from '../moments.ts';
import { notificationResults, onlyResult } from '../results.ts';
import { NOTIFICATION, running } from '../services.ts';
import { inventoryReserved, messageOf, orderCreated } from '../traffic.ts';

const PATIENT = { GATEWAY_TIMEOUT_MS: '20000' };
/** Longer than whoever drops its work needs to end, and much shorter than the 5 s that a record in hand has. */
const ANSWER_MS = 1_000;
/** What was published in a transaction may be readable a moment after its end. */
const VISIBLE_MS = 2_000;

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

check(
  {
    id: 'killed-refused',
    title:
      'killed after the gateway has refused a mail for good and before its dead letter is out, it puts the event aside after the restart',
    points: 4,
    why: 'What is noted as refused and never put aside is nowhere: no mail, no dead letter, and nothing that replay could give back.',
    next: 'TODO 3 in consume.ts: the dead letter is published, then the offset is committed; nothing but the offset says that an event is done with.',
  },
  async (bench) => {
    const first = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const { order_id } = cause.payload;
    gateway.fail((mail) => mail.order_id === order_id, 422);
    const held = bench.tap.faults.holdRequests(isProduceTo('orders.created.dlq'));
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    const expected = 'an event whose mail got 422 is put aside, in orders.created.dlq.';
    await until(bench, first, expected, () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, NOTIFICATION, PATIENT);
    const log = await caughtUp(bench, NOTIFICATION, [second]);
    const [record] = log.filter(({ topic, key }) => topic === 'orders.created' && key === order_id);
    if (!record) throw new Error('the grader does not find its own order');
    demandDeadLetter(log, record, 'an event whose mail got 422', NOTIFICATION.group, second, true);
    return `${mailTable(mailsFor(gateway, cause))}\n\n${recordTable(log.filter(({ topic }) => topic === 'orders.created.dlq'))}`;
  },
);

check(
  {
    id: 'sigterm-in-hand',
    title:
      'after SIGTERM while the gateway has its mail, it waits for the answer and publishes NotificationSent before it ends',
    points: 4,
    why: 'A mail that is out and not noted is sent once more by the next replica, at every deployment. Vendors forget keys sooner than you think.',
    next: 'TODO 2 in consume.ts: disconnect waits for the record in hand; only what is retried for longer than 5 s is abandoned.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const hold = gateway.hold(({ order_id }) => order_id === cause.payload.order_id);
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, service, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    const ended = terminate(service);
    // One that fails before it is waited for fails the check below.
    ended.catch(() => {});
    await seizesTheChance(() => service.program.exit !== undefined, ANSWER_MS);
    hold.end();
    const took = await ended;
    await demandLeft(bench, service, NOTIFICATION.group, 0);
    let noted: TopicRecord[] = [];
    await seizesTheChance(async () => {
      noted = notificationResults(await bench.log.catchUp(), cause);
      return noted.length > 0;
    }, VISIBLE_MS);
    onlyResult(noted, cause, service);
    const successor = await running(bench, NOTIFICATION, PATIENT);
    demandMailed(
      await caughtUp(bench, NOTIFICATION, [successor]),
      gateway,
      cause,
      cause.payload.customer_id,
      successor,
    );
    return `exit code 0 after ${took} ms, with the mail noted:\n${mailTable(mailsFor(gateway, cause))}`;
  },
);
