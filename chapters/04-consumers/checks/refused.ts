// A broker that takes nothing for longer than a client is patient: what was to be published must still come.

import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandDeadLetter } from '#shared/testing/dead-letters.ts';
import { demand } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { outlasts } from '#shared/testing/moments.ts';
import { isProduceTo } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { until } from '../moments.ts';
import { demandReserved, inventoryResults, onlyResult } from '../results.ts';
import { INVENTORY, NOTIFICATION, RETRIED_MS, running } from '../services.ts';
import { bulkSku, messageOf, orderCreated } from '../traffic.ts';

const LETTERS = 'inventory.reserved.dlq';
const PARTITION = 0;

check(
  {
    id: 'publish-refused',
    title:
      'a result or a dead letter that cannot be published for 12 s is published afterwards: nothing is committed without it',
    points: 7,
    why: 'A publish that fails is the world’s fault, not the record’s. Who logs it and goes on has lost an order, and only the log knows.',
    next: 'TODO 2 and 3 in consume.ts: a failed publish is an error that reaches kafkajs; the record comes again.',
  },
  async (bench) => {
    const inventory = await running(bench, INVENTORY);
    const notification = await running(bench, NOTIFICATION);
    const [toResults, toLetters] = [isProduceTo('inventory.reserved'), isProduceTo(LETTERS)];
    const refused = bench.tap.faults.refuse((request: TapRequest) => toResults(request) || toLetters(request));
    const order = orderCreated({ [bulkSku()]: 1 });
    // Its result could be published, and has to wait all the same: whoever commits it has passed the order before it.
    const behind = orderCreated({ 'NO-SUCH-SKU': 1 });
    const poison = { key: `poison-${order.event_id}`, value: 'no event', partition: 0 };
    await bench.direct.publish('orders.created', [messageOf(order, PARTITION), messageOf(behind, PARTITION)]);
    await bench.direct.publish('inventory.reserved', [poison]);
    await until(bench, inventory, 'the result of an order is published.', () => refused.met.some(toResults));
    await until(bench, notification, `the poison is published to ${LETTERS}.`, () => refused.met.some(toLetters));
    await outlasts(refused, [toResults, toLetters], [inventory, notification]);
    const committed = (await bench.direct.committed(INVENTORY.group, 'orders.created')).get(PARTITION);
    const isOrder = ({ topic, key }: TopicRecord) => topic === 'orders.created' && key === order.payload.order_id;
    const placed = (await bench.log.catchUp()).find(isOrder);
    refused.end();
    demand(
      placed === undefined || committed === undefined || committed <= placed.offset,
      'the offset of an order is not committed while its result cannot be published.',
      () =>
        `orders.created[${PARTITION}]: committed ${committed}, the order is at ${placed?.offset}\n\n${inventory.describe()}`,
    );
    await caughtUp(bench, INVENTORY, [inventory], RETRIED_MS);
    const log = await caughtUp(bench, NOTIFICATION, [notification], RETRIED_MS);
    const record = demandReserved(log, order, inventory);
    onlyResult(inventoryResults(log, behind), behind, inventory);
    const [spoilt] = log.filter(({ topic, key }) => topic === 'inventory.reserved' && key === poison.key);
    if (spoilt) demandDeadLetter(log, spoilt, 'the poison', NOTIFICATION.group, notification, true);
    const letters = log.filter(({ topic, key }) => topic === 'orders.created.dlq' && key === order.payload.order_id);
    demand(letters.length === 0, 'an order is not poison because its result was refused.', () => recordTable(letters));
    return `refused ${refused.met.length} times, then published:\n${recordTable([record])}`;
  },
);
