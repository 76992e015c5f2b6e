// The notification service alone: what the customer is told of an order's end.
import type { CourseEvent } from '#shared/events/event.ts';
import { TOPIC_OF } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandDeadLetter } from '#shared/testing/dead-letters.ts';
import { demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable, table } from '#shared/testing/evidence.ts';
import { demandLeft, outlasts, terminate, until } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { demandBuried, publishSpoilt } from '../dead-letters.ts';
import { distinct, found, recordsOf, storyOf } from '../orders.ts';
import { INVENTORY, NOTIFICATION, running } from '../services.ts';
import { demandAnswer } from '../stock.ts';
import {
  type Created,
  inventoryFailed,
  inventoryReserved,
  orderCancelled,
  orderCompleted,
  orderCreated,
  publish,
  publishOfUnknownTypes,
} from '../traffic.ts';

/** What the gateway has sent about an order: each mail once, by its key. */
async function mailsAbout(bench: Workbench, { payload }: Created) {
  const { inbox } = await bench.gateway();
  return inbox.filter(({ order_id }) => order_id === payload.order_id);
}

interface Leeway {
  /** A kind of mail that may be sent or left out. */
  free?: string;
  /** Mails may know nobody to be sent to. */
  anyCustomer?: boolean;
}

/** Publishes events in turn, and demands which kinds of mail they led to, each once. */
async function demandTold(
  bench: Workbench,
  order: Created,
  events: CourseEvent[],
  demanded: string[],
  { free, anyCustomer = false }: Leeway = {},
): Promise<string> {
  // The check speaks for the inventory; the real one would answer its orders, too.
  await bench.retire(INVENTORY.name);
  const service = await running(bench, NOTIFICATION);
  for (const event of events) {
    await publish(bench, event);
    await caughtUp(bench, NOTIFICATION, [service]);
  }
  const log = await bench.log.catchUp();
  const mails = await mailsAbout(bench, order);
  const kinds = mails.some(({ kind }) => kind === free) ? [...demanded, String(free)] : demanded;
  const causes = storyOf(log, order).map((record) => String(found(record).event_id));
  const sent = distinct(recordsOf(log, order.payload.order_id, ['notifications.sent']));
  const listed = await service.get(`/api/notifications/${order.payload.order_id}`);
  const told = (listed.status === 200 ? (listed.json as { kind?: unknown }[]) : []).map(({ kind }) => kind);
  const inOrder = (values: unknown[]) => JSON.stringify([...values].sort());
  const wanted = inOrder(kinds);
  demandFacts(
    `the customer is told ${kinds.join(' and ')}, each once.`,
    [
      holds('mails', inOrder(mails.map(({ kind }) => kind)), wanted, inOrder(mails.map(({ kind }) => kind)) === wanted),
      holds(
        'NotificationSent',
        inOrder(sent.map((record) => found(record).payload?.kind)),
        wanted,
        inOrder(sent.map((record) => found(record).payload?.kind)) === wanted,
      ),
      holds('GET /api/notifications', inOrder(told), wanted, inOrder(told) === wanted),
      ...(anyCustomer
        ? []
        : [equals('customer_id of the mails', customersOf(sinceReceived(mails)), order.payload.customer_id)]),
      holds(
        'Idempotency-Keys',
        mails.map(({ key }) => key),
        'the event_ids of their causes',
        mails.every(({ key }) => causes.includes(String(key))),
      ),
      equals('keys of NotificationSent', [...new Set(sent.map(({ key }) => key))].join(), order.payload.order_id),
    ],
    () => [recordTable(storyOf(log, order)), mailTable(mails), service.describe(listed)].join('\n\n'),
  );
  return mailTable(mails);
}

function customersOf(mails: Awaited<ReturnType<typeof mailsAbout>>): string {
  return [...new Set(mails.map(({ customer_id }) => String(customer_id)))].join(', ');
}

/** Before ORDER_RECEIVED a mail may know nobody to be sent to. */
function sinceReceived(mails: Awaited<ReturnType<typeof mailsAbout>>) {
  return mails.slice(mails.findIndex(({ kind }) => kind === 'ORDER_RECEIVED'));
}

function mailTable(mails: Awaited<ReturnType<typeof mailsAbout>>): string {
  const rows = mails.map(({ kind, customer_id, key, status }) => [kind, customer_id, key, status].map(String));
  return table(['kind', 'customer_id', 'Idempotency-Key', 'answer'], rows);
}

check(
  {
    id: 'told-confirmed',
    title:
      'the customer is told of the order and of its confirmation, once each, however often the events are delivered',
    points: 4,
    why: 'Three mails about one lamp, and the customer asks whether three lamps are coming.',
    next: 'notification-service.ts and letters.ts are complete; keep them so.',
  },
  async (bench) => {
    const order = orderCreated();
    const reserved = inventoryReserved(order);
    const events = [order, reserved, order, reserved, orderCompleted(order)];
    return demandTold(bench, order, events, ['ORDER_RECEIVED', 'ORDER_CONFIRMED']);
  },
);

check(
  {
    id: 'told-cancelled',
    title: 'the customer is told of a cancellation once: by OrderCancelled, and not by InventoryFailed as well',
    points: 6,
    why: 'InventoryFailed is what the inventory says to the order service. Whether the order is cancelled is for that one to say.',
    next: 'notification-service.ts: its topics are orders.created, inventory.reserved and orders.cancelled.',
  },
  async (bench) => {
    const order = orderCreated();
    const cancelled = orderCancelled(order, 'OUT_OF_STOCK');
    const events = [order, inventoryFailed(order), cancelled, cancelled];
    // What a mail says is what an event says, and not what its topic says.
    await publishOfUnknownTypes(bench, cancelled, inventoryReserved(order));
    return demandTold(bench, order, events, ['ORDER_RECEIVED', 'ORDER_CANCELLED']);
  },
);

check(
  {
    id: 'told-both',
    title: 'an order that is cancelled after its reservation was mailed is told of, too: the end is what counts',
    points: 3,
    why: 'The reservation came just after the timeout. Whoever was told "confirmed" and nothing since waits for a parcel.',
    next: 'notification-service.ts is complete: every OrderCancelled leads to ORDER_CANCELLED; keep it so.',
  },
  async (bench) => {
    const order = orderCreated();
    const events = [order, inventoryReserved(order), orderCancelled(order, 'TIMEOUT')];
    return demandTold(bench, order, events, ['ORDER_RECEIVED', 'ORDER_CONFIRMED', 'ORDER_CANCELLED']);
  },
);

check(
  {
    id: 'told-late',
    title:
      'the customer is told that the order was received also when later news of it was read first, and nothing is said to be sent that was not',
    points: 3,
    why: 'They come over different topics, so either may be read first. What is left out because it seems old is a mail that nobody sends again; and what is left out on purpose was not sent.',
    next: 'notification-service.ts is complete: only ORDER_CONFIRMED is left out, after ORDER_CANCELLED, and its event with it; keep it so.',
  },
  async (bench) => {
    const [reserved, cancelled, late] = [orderCreated(), orderCreated(), orderCreated()];
    const tooLate = [late, orderCancelled(late), inventoryReserved(late)];
    const mails = [
      await demandTold(bench, reserved, [inventoryReserved(reserved), reserved], ['ORDER_RECEIVED', 'ORDER_CONFIRMED']),
      await demandTold(bench, cancelled, [orderCancelled(cancelled), cancelled], ['ORDER_RECEIVED', 'ORDER_CANCELLED']),
      await demandTold(bench, late, tooLate, ['ORDER_RECEIVED', 'ORDER_CANCELLED'], { free: 'ORDER_CONFIRMED' }),
    ];
    return mails.join('\n\n');
  },
);

function anotherOrderOf(customer: string): Created {
  const order = orderCreated();
  return { ...order, payload: { ...order.payload, customer_id: customer } };
}

check(
  {
    id: 'told-once-for-all',
    title: 'what the customer was told is known after a restart: events that come again then tell nothing anew',
    points: 3,
    why: 'A deployment ends with a redelivery. Whoever remembers in memory what was mailed says it again, as a new event.',
    next: 'letters.ts keeps what each event has told the customer in the database; keep it so.',
  },
  async (bench) => {
    const order = orderCreated();
    const events = [order, inventoryReserved(order), orderCancelled(order)];
    const kinds = ['ORDER_RECEIVED', 'ORDER_CONFIRMED', 'ORDER_CANCELLED'];
    const later = anotherOrderOf(order.payload.customer_id);
    await demandTold(bench, order, events, kinds);
    await demandTold(bench, later, [later], ['ORDER_RECEIVED']);
    const first = await running(bench, NOTIFICATION);
    await terminate(first);
    await demandLeft(bench, first, NOTIFICATION.group, 0);
    // Who the customer is was read by the process that has ended.
    await demandTold(bench, later, [orderCancelled(later)], ['ORDER_RECEIVED', 'ORDER_CANCELLED']);
    return demandTold(bench, order, events, kinds);
  },
);

check(
  {
    id: 'killed-telling',
    title:
      'killed after the gateway has accepted and before NotificationSent is out, it publishes it after the restart',
    points: 5,
    why: 'The order is reserved and mailed, so no timeout ends it any more; without NotificationSent nothing else does either. It is PENDING for ever.',
    next: 'letters.ts is complete: what an event has told stays with the event, to be published again; keep it so.',
  },
  async (bench) => {
    const order = orderCreated();
    const reserved = inventoryReserved(order);
    await demandTold(bench, order, [order], ['ORDER_RECEIVED']);
    const first = await running(bench, NOTIFICATION);
    const held = bench.tap.faults.holdRequests(isProduceTo(TOPIC_OF.NotificationSent));
    await publish(bench, reserved);
    await until({ bench, services: [first], expected: 'NotificationSent is published.' }, () => held.met.length > 0);
    await first.program.kill();
    held.cut();
    const second = await running(bench, NOTIFICATION);
    await caughtUp(bench, NOTIFICATION, [second]);
    await demandTold(bench, order, [], ['ORDER_RECEIVED', 'ORDER_CONFIRMED']);
    // The broker has the event of the next one, and the service does not hear of it.
    const answers = bench.tap.faults.holdAnswers(isProduceTo(TOPIC_OF.NotificationSent));
    const next = orderCreated();
    await publish(bench, next);
    await until(
      { bench, services: [second], expected: 'NotificationSent is published.' },
      () => answers.met.length > 0,
    );
    await second.program.kill();
    answers.cut();
    const third = await running(bench, NOTIFICATION);
    await caughtUp(bench, NOTIFICATION, [third]);
    return demandTold(bench, next, [], ['ORDER_RECEIVED']);
  },
);

/** The contract names no longest pause between attempts. */
const RETRIED_MS = 50_000;

check(
  {
    id: 'said-when-it-can-be',
    title:
      'what inventory and notification cannot publish for 12 s is published afterwards: nothing is committed without it',
    points: 5,
    why: 'A publish that fails is logged, the offset is committed, and the order service hears nothing: reserved, mailed, and PENDING for ever.',
    next: 'inventory-service.ts and notification-service.ts wait for the publish, and let its error through; keep them so.',
  },
  async (bench) => {
    const [inventory, notification] = [await running(bench, INVENTORY), await running(bench, NOTIFICATION)];
    const kinds = [TOPIC_OF.InventoryReserved, TOPIC_OF.NotificationSent].map((topic) => isProduceTo(topic));
    const refused = bench.tap.faults.refuse((request) => kinds.some((isOne) => isOne(request)));
    const order = orderCreated();
    await publish(bench, order);
    for (const isOne of kinds) {
      const expected = 'an order leads to InventoryReserved and NotificationSent.';
      await until({ bench, services: [inventory, notification], expected }, () => refused.met.some(isOne));
    }
    await outlasts(refused, kinds, [inventory, notification]);
    refused.end();
    const log = await caughtUp(bench, INVENTORY, [inventory], RETRIED_MS);
    demandAnswer(log, order, TOPIC_OF.InventoryReserved, inventory);
    await caughtUp(bench, NOTIFICATION, [notification], RETRIED_MS);
    // The reservation may have overtaken the order, which was not done with as long as it could not be published.
    return demandTold(bench, order, [], ['ORDER_RECEIVED', 'ORDER_CONFIRMED'], { anyCustomer: true });
  },
);

check(
  {
    id: 'told-nothing',
    title: 'a mail that the gateway refuses for good was not sent: no NotificationSent, and its event is a dead letter',
    points: 3,
    why: 'Sent, says the event, and the order is confirmed on the strength of it. The customer has heard nothing, and nobody will look.',
    next: 'notification-service.ts throws Unprocessable, and GroupConsumer puts the event aside; keep it so.',
  },
  async (bench) => {
    const order = orderCreated();
    const reserved = inventoryReserved(order);
    const gateway = await bench.gateway();
    const { order_id } = order.payload;
    gateway.fail((mail) => mail.order_id === order_id && mail.kind === 'ORDER_CONFIRMED', 422);
    const told = await demandTold(bench, order, [order, reserved], ['ORDER_RECEIVED']);
    const [record] = recordsOf(bench.log.records, order_id, [TOPIC_OF.InventoryReserved]);
    const service = await running(bench, NOTIFICATION);
    if (!record) throw new Error('the grader does not find its own InventoryReserved');
    demandDeadLetter(bench.log.records, record, 'an event whose mail got 422', NOTIFICATION.group, service);
    return told;
  },
);

check(
  {
    id: 'poison-elsewhere',
    title:
      'inventory and notification, too, put what is no event into the dead-letter topic of the topic that it lay in',
    points: 3,
    why: 'A letter in the wrong topic is one that nobody replays: replay T.dlq gives back to T.',
    next: 'GroupConsumer in shared/kafka/group-consumer.ts does this; leave the reading to it.',
  },
  async (bench) => {
    const readers = [INVENTORY, NOTIFICATION];
    const services = [await running(bench, INVENTORY), await running(bench, NOTIFICATION)];
    const key = await publishSpoilt(bench, [...new Set(readers.flatMap((reader) => reader.topics))]);
    for (const [index, reader] of readers.entries()) {
      demandBuried(await caughtUp(bench, reader, services), key, reader, services[index] as Service);
    }
    // What the customers of the next checks are told is nobody's business.
    await bench.retire(NOTIFICATION.name);
    return recordTable(bench.log.records.filter((record) => record.key === key));
  },
);
