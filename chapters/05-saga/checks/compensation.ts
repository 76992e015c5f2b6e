// The inventory service alone, the check playing the order service: what becomes of a reservation.
import type { CourseEvent } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { TOPIC_OF } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demand, demandFacts, equals } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { demandLeft, terminate, until } from '#shared/testing/moments.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import { anHourOld } from '#shared/testing/utc-timestamp.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { whenCommitted } from '../commits.ts';
import { demandNoLetter } from '../dead-letters.ts';
import { found, recordsOf, storyOf, storyTable } from '../orders.ts';
import { another, INVENTORY, running } from '../services.ts';
import { answersTo, demandAnswer, demandLevel, type Level, levelOf } from '../stock.ts';
import {
  type Created,
  type Lines,
  orderCancelled,
  orderCompleted,
  orderCreated,
  publish,
  publishOfUnknownTypes,
  STOCK,
  sku,
} from '../traffic.ts';

/** Publishes events one after another, each when the inventory has dealt with the one before. */
async function inTurn(bench: Workbench, ...events: CourseEvent[]) {
  const service = await running(bench, INVENTORY);
  for (const event of events) {
    await publish(bench, event);
    await caughtUp(bench, INVENTORY, [service]);
  }
  const log = await bench.log.catchUp();
  const created = [...new Set(events.filter((event) => event.event_type === 'OrderCreated'))];
  const demandStock = (name: string, level: Level, after: string) =>
    demandLevel(service, name, level, after, { log, created });
  return { service, log, demandStock };
}

/** A consumer's commit, or a transaction's commit of its consumer's offsets. */
const isOffsetCommit = ({ api }: TapRequest) => api === 'OffsetCommit' || api === 'TxnOffsetCommit';

const untouched = { available: STOCK, reserved: 0, sold: 0 };

check(
  {
    id: 'sold',
    title: 'OrderCompleted moves what an order has reserved to sold, once; what is of an unknown type moves nothing',
    points: 6,
    why: 'Until then the piece is promised, and not gone. Sold twice, it is missing from a shelf where it lies.',
    next: 'TODO 5 in stock.ts: settle, with the state of the order as a guard.',
  },
  async (bench) => {
    const [one, two] = [sku(), sku()];
    const lines: Lines = [
      [one, 2],
      [two, 3],
      [one, 1],
    ];
    // However long it has waited to be read.
    const order = anHourOld(orderCreated(lines));
    const completed = orderCompleted(order);
    const before = await inTurn(bench, order);
    demandAnswer(before.log, order, 'inventory.reserved', before.service);
    const reserved = { available: STOCK - 3, reserved: 3, sold: 0 };
    await before.demandStock(one, reserved, 'after the reservation');
    const again = orderCreated({ [two]: 1 });
    await publishOfUnknownTypes(bench, completed, orderCancelled(order), again);
    const skipped = await caughtUp(bench, INVENTORY, [before.service]);
    await before.demandStock(one, reserved, 'after events of unknown types in orders.completed and orders.cancelled');
    await before.demandStock(two, reserved, 'after events of unknown types in all its topics');
    for (const each of [order, again]) demandNoLetter(skipped, each, 'an event of an unknown type');
    const { log, demandStock } = await inTurn(bench, completed, completed, order);
    await demandStock(one, { available: STOCK - 3, reserved: 0, sold: 3 }, 'after OrderCompleted, delivered twice');
    await demandStock(two, { available: STOCK - 3, reserved: 0, sold: 3 }, 'after OrderCompleted, delivered twice');
    return storyTable(storyOf(log, order));
  },
);

check(
  {
    id: 'released',
    title:
      'OrderCancelled gives back what an order has reserved, once, and for good, however often either of them is delivered',
    points: 8,
    why: 'A compensation that is not idempotent makes goods out of nothing: with each redelivery there is more in the database and no more on the shelf.',
    next: 'TODO 5 in stock.ts: only a reservation that still stands can be released, and the order stays in the book.',
  },
  async (bench) => {
    const [one, two] = [sku(), sku()];
    const order = orderCreated([
      [one, 3],
      [two, 1],
      [one, 1],
    ]);
    const cancelled = orderCancelled(order);
    // Whatever the reason is: what was reserved is given back.
    const other = orderCreated({ [two]: 2 });
    const others = [orderCancelled(other, 'OUT_OF_STOCK'), other];
    const events = [order, cancelled, cancelled, other, order, cancelled, ...others];
    const { log, demandStock, service } = await inTurn(bench, ...events);
    // Whether it says InventoryFailed of an order that comes again after its cancellation is free.
    const reserved = log.filter(({ topic }) => topic !== 'inventory.failed');
    for (const each of [order, other]) demandAnswer(reserved, each, 'inventory.reserved', service);
    await demandStock(one, untouched, 'after a reservation and its OrderCancelled, delivered several times');
    await demandStock(two, untouched, 'after a reservation and its OrderCancelled, delivered several times');
    return storyTable(storyOf(log, order));
  },
);

check(
  {
    id: 'nothing-to-release',
    title: 'the cancellation of an order for which nothing was reserved changes nothing',
    points: 8,
    why: 'OUT_OF_STOCK leads to OrderCancelled, and that comes back here. Whoever releases by the lines of the order gives back what was never taken.',
    next: 'TODO 5 in stock.ts: what is released is what the book says was reserved, not what was ordered.',
  },
  async (bench) => {
    const [one, two] = [sku(), sku()];
    const order = orderCreated({ [one]: 1, [two]: STOCK + 1 });
    const unknown = orderCreated({ [one]: 2, 'NO-SUCH-SKU': 1 });
    const both = orderCreated({ [two]: STOCK + 1, 'NO-SUCH-SKU': 1 });
    const refused = [
      [order, 'OUT_OF_STOCK', two],
      [unknown, 'UNKNOWN_SKU', 'NO-SUCH-SKU'],
      // Whether it names the one that is short as well is free.
      [both, 'UNKNOWN_SKU', undefined],
    ] as const;
    const events = refused.flatMap(([each, reason]) => [each, orderCancelled(each, reason)]);
    const { log, demandStock, service } = await inTurn(bench, ...events);
    for (const [each, reason, atFault] of refused) {
      const { payload } = found(demandAnswer(log, each, 'inventory.failed', service));
      const skus = (Array.isArray(payload?.unavailable) ? payload.unavailable : []).map((line) => line?.sku);
      const facts = [equals('payload.reason', payload?.reason, reason)];
      if (atFault) facts.push(equals('skus of payload.unavailable', skus.join(', '), atFault));
      demandFacts('InventoryFailed says why.', facts, () => storyTable(storyOf(log, each)));
    }
    await demandStock(one, untouched, 'after two orders that could not be fulfilled whole');
    await demandStock(two, untouched, 'after an order for more than there is');
    return storyTable(storyOf(log, order));
  },
);

/** More than a service may think it need remember. */
const CANCELLATIONS = 150;

check(
  {
    id: 'cancelled-before-read',
    title: 'an order whose cancellation is read first is never reserved, also after a restart',
    points: 8,
    why: 'They are in different topics, so either may be read first. Reserved after its cancellation, the stock waits for a release that has been and gone.',
    next: 'TODO 5 in stock.ts: put the cancellation of an order that is not in the book into the book.',
  },
  async (bench) => {
    const name = sku();
    const order = orderCreated({ [name]: 3 });
    const cancelled = orderCancelled(order);
    const next = orderCreated({ [name]: 2 });
    await inTurn(bench, cancelled);
    // Many more after it, of orders that nobody has read either.
    const others = Array.from({ length: CANCELLATIONS }, () => orderCancelled(orderCreated({ [name]: 1 })));
    await bench.direct.publish(TOPIC_OF.OrderCancelled, others.map(toMessage));
    await caughtUp(bench, INVENTORY, [await running(bench, INVENTORY)]);
    // What is known is known to every replica and successor.
    const first = await running(bench, INVENTORY);
    await terminate(first);
    await demandLeft(bench, first, INVENTORY.group, 0);
    const { log, demandStock, service } = await inTurn(bench, order, order, cancelled, next);
    const reserved = recordsOf(log, order.payload.order_id, ['inventory.reserved']);
    demand(reserved.length === 0, 'no InventoryReserved for a cancelled order.', () => recordTable(reserved));
    const answers = answersTo(log, order);
    demand(answers.length <= 1, 'one event at most answers a cancelled order, however often it is delivered.', () =>
      recordTable(answers),
    );
    demandAnswer(log, next, 'inventory.reserved', service);
    await demandStock(
      name,
      { available: STOCK - 2, reserved: 2, sold: 0 },
      'after a cancelled order of 3 and one of 2',
    );
    return storyTable(storyOf(log, order));
  },
);

check(
  {
    id: 'released-stock',
    title: 'what was released can be reserved by the next order',
    points: 3,
    why: 'The last piece, held for an order that was cancelled, is the one that the next customer wants.',
    next: 'TODO 5 in stock.ts: back to available, for every sku of the order; and one that was refused stays in the book.',
  },
  async (bench) => {
    const name = sku();
    const [all, more, ended, again] = [
      orderCreated({ [name]: STOCK }),
      orderCreated({ [name]: 1 }),
      orderCreated({ [name]: 2 }),
      orderCreated({ [name]: STOCK }),
    ];
    const { log, demandStock, service } = await inTurn(
      bench,
      all,
      more,
      ended,
      orderCancelled(ended, 'OUT_OF_STOCK'),
      orderCancelled(all),
      // Refused once, and refused for good, although there would be enough for them now.
      more,
      ended,
      again,
      orderCompleted(again),
    );
    demandAnswer(log, more, 'inventory.failed', service);
    const reserved = recordsOf(log, ended.payload.order_id, ['inventory.reserved']);
    demand(reserved.length === 0, 'no InventoryReserved for an order that was refused and cancelled.', () =>
      storyTable(storyOf(log, ended)),
    );
    demandAnswer(log, again, 'inventory.reserved', service);
    await demandStock(name, { available: 0, reserved: 0, sold: STOCK }, 'after a release and a sale of all there is');
    return storyTable(storyOf(log, again));
  },
);

check(
  {
    id: 'all-or-nothing',
    title:
      'an order of several lines is reserved whole or not at all, also when the last line is the one that is short',
    points: 6,
    why: 'The first lines of a refused order would stay reserved: nobody will ever complete or cancel them.',
    next: 'stock.ts has this complete: decide first, then change anything.',
  },
  async (bench) => {
    const [one, two, three, four] = [sku(), sku(), sku(), sku()];
    const lines: Lines = { [one]: 2, [two]: 5, [three]: STOCK + 1 };
    const order = orderCreated(lines);
    // Enough for each line, and not for both.
    const twice = orderCreated([
      [four, STOCK - 4],
      [four, STOCK - 4],
    ]);
    const { log, demandStock, service } = await inTurn(bench, order, twice);
    for (const each of [order, twice]) demandAnswer(log, each, 'inventory.failed', service);
    for (const name of [one, two, three, four]) await demandStock(name, untouched, 'after an order that was refused');
    return storyTable(storyOf(log, order));
  },
);

check(
  {
    id: 'killed-settling',
    title: 'its offset is committed after its effect; killed between the two, it settles an order once',
    points: 8,
    why: 'Between an effect and its commit there is always a moment to die in. Committed first, the effect is lost; committed last, the redelivery must find the order settled.',
    next: 'TODO 5 in stock.ts: the stock and the state of the order change in one transaction.',
  },
  async (bench) => {
    const [one, two, three, four] = [sku(), sku(), sku(), sku()];
    const [sale, refund, returned, early] = [one, two, three, four].map((name) => orderCreated({ [name]: 2 })) as [
      Created,
      Created,
      Created,
      Created,
    ];
    const cancelled = orderCancelled(returned);
    await inTurn(bench, early, sale, refund, returned);
    for (const [event, name, order, level] of [
      [orderCompleted(early), four, early, { available: STOCK - 2, reserved: 0, sold: 2 }],
      [cancelled, three, returned, untouched],
    ] as const) {
      const after = `when the offset of ${event.event_type} is committed, or after a kill -9 at that moment`;
      await whenCommitted(bench, INVENTORY, await running(bench, INVENTORY), event, (each) =>
        demandLevel(each, name, level, after, { log: bench.log.records, created: [order] }),
      );
    }
    const service = await running(bench, INVENTORY);
    const held = bench.tap.faults.holdRequests(isOffsetCommit);
    const effect = { one: untouched.available - 2, two: untouched.available };
    await publish(bench, orderCompleted(sale));
    await publish(bench, orderCancelled(refund));
    await until(
      { bench, services: [service], expected: 'the end of an order is processed, and then its offset is committed.' },
      () => held.met.length > 0,
    );
    await service.program.kill();
    held.cut();
    // What was settled or answered long before the kill may come again, too.
    const { log, demandStock, service: successor } = await inTurn(bench, cancelled, early, sale, returned);
    // Whether it says InventoryFailed of one that was cancelled is free.
    const answers = log.filter(({ topic }) => topic !== 'inventory.failed');
    for (const each of [early, sale, returned]) demandAnswer(answers, each, 'inventory.reserved', successor);
    await demandStock(one, { available: effect.one, reserved: 0, sold: 2 }, 'after OrderCompleted and a kill -9');
    await demandStock(two, { available: effect.two, reserved: 0, sold: 0 }, 'after OrderCancelled and a kill -9');
    await demandStock(three, untouched, 'after OrderCancelled, a kill -9, and the same events again');
    await demandStock(
      four,
      { available: effect.one, reserved: 0, sold: 2 },
      'after OrderCompleted and the order again',
    );
    return storyTable([...storyOf(log, sale), ...storyOf(log, refund)]);
  },
);

check(
  {
    id: 'killed-reserving',
    title: 'killed after it has reserved and before its result is out, it publishes the result after the restart, once',
    points: 5,
    why: 'The stock is reserved, and nobody is told: the saga waits until it times out, for goods that lie there. "Known already" is no answer.',
    next: 'stock.ts is complete: it keeps the result with the order, and an order that comes again gets it again; keep it so.',
  },
  async (bench) => {
    const first = await running(bench, INVENTORY);
    const name = sku();
    const order = orderCreated({ [name]: 2 });
    const held = bench.tap.faults.holdRequests(isProduceTo(TOPIC_OF.InventoryReserved));
    await publish(bench, order);
    await until(
      { bench, services: [first], expected: 'the result of an order is published.' },
      () => held.met.length > 0,
    );
    await first.program.kill();
    held.cut();
    const service = await running(bench, INVENTORY);
    const log = await caughtUp(bench, INVENTORY, [service]);
    demandAnswer(log, order, TOPIC_OF.InventoryReserved, service);
    const level = { available: STOCK - 2, reserved: 2, sold: 0 };
    await demandLevel(service, name, level, 'after a reservation, a kill -9 and the same order again', {
      log,
      created: [order],
    });
    return storyTable(storyOf(log, order));
  },
);

const BUYERS = 20;

check(
  {
    id: 'no-oversell',
    title:
      'two replicas never sell more than there is: of 20 orders for a stock of 10, exactly 10 are reserved; what is cancelled comes back once',
    points: 10,
    why: 'Orders for one sku lie in different partitions, because the key is the order. Two replicas that count for themselves sell the last piece twice.',
    next: 'stock.ts: one database for all replicas, and every decision in a transaction; TODO 5 as well.',
  },
  async (bench) => {
    const one = await running(bench, INVENTORY);
    const two = await another(bench, INVENTORY);
    await bench.untilReady(two);
    // A replica may be several members, one a topic for example: who shares the orders is what counts.
    const readers = async () =>
      (await bench.direct.members(INVENTORY.group)).filter(({ partitions }) =>
        partitions.some(({ topic }) => topic === TOPIC_OF.OrderCreated),
      );
    const expected = `two replicas share the partitions of ${TOPIC_OF.OrderCreated}.`;
    await until({ bench, services: [one, two], expected }, async () => (await readers()).length >= 2);
    const name = sku();
    const orders = Array.from({ length: BUYERS }, () => orderCreated({ [name]: 1 }));
    await bench.direct.publish(TOPIC_OF.OrderCreated, orders.map(toMessage));
    const log = await caughtUp(bench, INVENTORY, [one, two]);
    const reserved = orders.filter((order) =>
      answersTo(log, order).some(({ topic }) => topic === 'inventory.reserved'),
    );
    demand(
      reserved.length === STOCK,
      `${STOCK} of ${BUYERS} orders are reserved.`,
      () => `${reserved.length} InventoryReserved\n\n${recordTable(orders.flatMap((order) => answersTo(log, order)))}`,
    );
    for (const replica of [one, two]) {
      await demandLevel(replica, name, { available: 0, reserved: STOCK, sold: 0 }, 'after the rush', {
        log,
        created: [],
      });
    }
    await settleAll(bench, reserved);
    await caughtUp(bench, INVENTORY, [one, two]);
    const level = await levelOf(two, name);
    const half = STOCK / 2;
    await demandLevel(one, name, { available: half, reserved: 0, sold: half }, 'after half of them were cancelled', {
      log,
      created: [],
    });
    return `${STOCK} of ${BUYERS} reserved; then ${JSON.stringify(level)}`;
  },
);

/** Completes every other order and cancels the rest, each event twice. */
async function settleAll(bench: Workbench, orders: Created[]): Promise<void> {
  for (const [index, order] of orders.entries()) {
    const event = index % 2 === 0 ? orderCompleted(order) : orderCancelled(order);
    await publish(bench, event, event);
  }
}
