// What the notification service makes of events, while the gateway is well.
import type { EventOf } from '#shared/events/event.ts';
import { TOPICS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demand } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { logLineOf } from '#shared/testing/log-lines.ts';
import type { Service } from '#shared/testing/service.ts';
import { anHourOld } from '#shared/testing/utc-timestamp.ts';
import { demandMailed, demandTold, mailsFor, mailTable } from '../mails.ts';
import { demandNotBuried, demandReserved } from '../results.ts';
import { INVENTORY, NOTIFICATION, running } from '../services.ts';
import {
  bulkSku,
  type Cause,
  inventoryReserved,
  messageOf,
  NAMED_SKU,
  type OrderCreated,
  orderCancelled,
  orderCreated,
  orderTimedOut,
} from '../traffic.ts';

check(
  {
    id: 'mails',
    title: 'each of the three events leads to its mail, with the customer of its order, and to one NotificationSent',
    points: 8,
    why: 'Three topics, one consumer: what is to be done follows from the type of an event, and what it knows from what it has seen.',
    next: 'TODO 5 in patience.ts: untilItSucceeds. notification-service.ts routes by event_type.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION);
    const gateway = await bench.gateway();
    // Of a sku that the inventory does not have, so that nobody but the check publishes what follows.
    const bought = anHourOld(orderCreated({ 'NO-SUCH-SKU': 1 }));
    // Of the same batch: one request, one correlation, and another customer.
    const { correlation_id } = bought;
    const dropped = { ...anHourOld(orderCreated({ 'NO-SUCH-SKU': 1 })), correlation_id };
    for (const order of [bought, dropped]) await bench.direct.publish('orders.created', [messageOf(order)]);
    await caughtUp(bench, NOTIFICATION, [service]);
    const [reserved, cancelled] = [anHourOld(inventoryReserved(bought)), anHourOld(orderCancelled(dropped))];
    // The same customer, who orders once more.
    const unheard = orderedBy(bought.payload.customer_id, orderCreated({ 'NO-SUCH-SKU': 1 }));
    const stranger = inventoryReserved(unheard);
    await bench.direct.publish('inventory.reserved', [messageOf(reserved), messageOf(stranger)]);
    await bench.direct.publish('orders.cancelled', [messageOf(cancelled)]);
    await caughtUp(bench, NOTIFICATION, [service]);
    // Its customer was nobody's a moment ago, and must not stay so.
    await bench.direct.publish('orders.created', [messageOf(unheard)]);
    await caughtUp(bench, NOTIFICATION, [service]);
    const end = orderTimedOut(unheard);
    await bench.direct.publish('orders.cancelled', [messageOf(end)]);
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    demandNotBuried(log, 'orders.cancelled', end, 'an OrderCancelled with reason TIMEOUT and causation_id null');
    const records = [
      demandMailed(log, gateway, bought, bought.payload.customer_id, service),
      demandMailed(log, gateway, dropped, dropped.payload.customer_id, service),
      demandMailed(log, gateway, reserved, bought.payload.customer_id, service),
      demandMailed(log, gateway, cancelled, dropped.payload.customer_id, service),
      demandMailed(log, gateway, stranger, undefined, service),
      demandMailed(log, gateway, unheard, unheard.payload.customer_id, service),
      demandMailed(log, gateway, end, unheard.payload.customer_id, service),
    ];
    await demandTold(service, bought.payload.order_id, ['ORDER_RECEIVED', 'ORDER_CONFIRMED']);
    await demandTold(service, dropped.payload.order_id, ['ORDER_RECEIVED', 'ORDER_CANCELLED']);
    await demandTold(service, crypto.randomUUID(), []);
    return recordTable(records);
  },
);

check(
  {
    id: 'repeated-notification',
    title: 'an event that is delivered again leads to no second NotificationSent',
    points: 5,
    why: 'The customer who gets the same mail five times calls you; the service that counts notifications counts them five times.',
    next: 'notification-service.ts remembers by event_id what it has sent, and publishes the same event again.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION);
    const gateway = await bench.gateway();
    const [order, another] = [orderCreated({ 'NO-SUCH-SKU': 1 }), orderCreated({ 'NO-SUCH-SKU': 1 })];
    const [reserved, cancelled] = [inventoryReserved(order), orderCancelled(another, 'UNKNOWN_SKU')];
    for (let times = 0; times < 3; times++) {
      await bench.direct.publish('orders.created', [messageOf(order)]);
      await bench.direct.publish('inventory.reserved', [messageOf(reserved)]);
      await bench.direct.publish('orders.cancelled', [messageOf(cancelled)]);
    }
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    for (const cause of [order, reserved, cancelled]) {
      // Which of the topics is read first is not known, and so not whether the customer is.
      demandMailed(log, gateway, cause, undefined, service);
      const mails = mailsFor(gateway, cause);
      demand(new Set(mails.map(({ key }) => key)).size === 1, 'one Idempotency-Key, however often.', () =>
        mailTable(mails),
      );
    }
    await demandTold(service, order.payload.order_id, ['ORDER_RECEIVED', 'ORDER_CONFIRMED']);
    await demandTold(service, another.payload.order_id, ['ORDER_CANCELLED']);
    return mailTable([order, reserved, cancelled].flatMap((cause) => mailsFor(gateway, cause)));
  },
);

check(
  {
    id: 'chain',
    title:
      'an order goes through both services, whatever it costs, whoever orders and whatever its correlation_id is: reserved, then confirmed to its customer, with that one correlation_id all the way',
    points: 4,
    why: 'Nobody calls anybody here. What joins the services is only what stands in the events.',
    next: 'stock.ts and notifications.ts: the correlation of the cause, and the cause’s event_id as causation_id.',
  },
  async (bench) => {
    const inventory = await running(bench, INVENTORY);
    const service = await running(bench, NOTIFICATION);
    const gift = orderedBy('Zoë 東京', orderCreated({ [bulkSku()]: 3, [NAMED_SKU]: 1 }));
    const order = asAGift(gift, `Shop 7, ${crypto.randomUUID()}/Line=3`);
    await bench.direct.publish('orders.created', [messageOf(order)]);
    await caughtUp(bench, INVENTORY, [inventory]);
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    const what = `an order for 0 cents, of "${NAMED_SKU}", with the correlation_id ${order.correlation_id}`;
    demandNotBuried(log, 'orders.created', order, what);
    const reserved = demandReserved(log, order, inventory);
    const cause = reserved.json as EventOf<'InventoryReserved'>;
    const received = demandMailed(log, await bench.gateway(), order, order.payload.customer_id, service);
    const confirmed = demandMailed(log, await bench.gateway(), cause, undefined, service);
    return recordTable([reserved, received, confirmed]);
  },
);

function orderedBy(customer: string, order: OrderCreated): OrderCreated {
  return { ...order, payload: { ...order.payload, customer_id: customer } };
}

/** What a shop may order as well: for nothing, and with a number of its own in the place of a new UUID. */
function asAGift(order: OrderCreated, correlationId: string): OrderCreated {
  const items = order.payload.items.map((item) => ({ ...item, unit_price: 0 }));
  return { ...order, correlation_id: correlationId, payload: { ...order.payload, items, total: 0 } };
}

check(
  {
    id: 'log-lines',
    title: 'both services log what happens to an order as JSON with time, level, service, msg and correlation_id',
    points: 3,
    why: 'An order goes through three services; its correlation_id is the one thread through their logs.',
    next: 'shared/log.ts writes such lines; the handlers of both services call it.',
  },
  async (bench) => {
    const [inventory, notification] = [await running(bench, INVENTORY), await running(bench, NOTIFICATION)];
    const [order, refused] = [orderCreated({ [bulkSku()]: 1 }), orderCreated({ 'NO-SUCH-SKU': 1 })];
    const cancelled = orderCancelled(orderCreated({ 'NO-SUCH-SKU': 1 }));
    await bench.direct.publish(
      'orders.created',
      [order, refused].map((each) => messageOf(each)),
    );
    await bench.direct.publish('orders.cancelled', [messageOf(cancelled)]);
    await caughtUp(bench, INVENTORY, [inventory]);
    await caughtUp(bench, NOTIFICATION, [notification]);
    const cases: [Service, Cause][] = [
      [inventory, order],
      [inventory, refused],
      [notification, order],
      [notification, cancelled],
    ];
    const lines: string[] = [];
    for (const [service, { event_type, correlation_id }] of cases) {
      const line = await logLineOf(() => service.program.stdout, correlation_id);
      const expected = `for ${event_type} a JSON line on stdout with time, level, service, msg and "correlation_id":"${correlation_id}".`;
      demand(line !== undefined, expected, () => service.describe());
      lines.push(line);
    }
    return lines.join('\n');
  },
);

check(
  {
    id: 'creates-no-topics',
    title: 'the services have created no topic',
    points: 3,
    why: 'A topic that springs from a typo has one partition, no owner, and nobody who reads it.',
    next: 'TODO 1 in consume.ts: allowAutoTopicCreation. TODO 3: the name of the dead-letter topic.',
  },
  async (bench) => {
    await running(bench, INVENTORY);
    await running(bench, NOTIFICATION);
    const topics = await bench.log.topics();
    const known = (name: string) => (TOPICS as readonly string[]).includes(name.replace(/\.dlq$/, ''));
    const strange = topics.filter(({ name }) => !name.startsWith('__') && !known(name)).map(({ name }) => name);
    const expected = 'the six topics of the course and their dead letters, and no other.';
    demand(strange.length === 0, expected, () => `also there: ${strange.join(', ')}`);
    return `${topics.length} topics, none of them new`;
  },
);
