// Many orders in one request.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { comparison, recordTable } from '#shared/testing/evidence.ts';
import { logLineOf } from '#shared/testing/log-lines.ts';
import { isUuid } from '#shared/testing/uuid.ts';
import {
  type Accepted,
  accept,
  acceptBatch,
  type Order,
  order,
  recordFacts,
  recordsOf,
  sameLines,
  totalOf,
} from '../orders.ts';

const customerOf = (number: number) => order(number).customer_id;

const LARGEST = 1000;
const CUSTOMERS = 300;

check(
  {
    id: 'batch',
    title: `POST /api/orders/batch takes up to ${LARGEST} orders, answers in their order, and each is in the log exactly once`,
    points: 3,
    why: 'A partner’s nightly import is a thousand orders; an answer that is out of order gives its customers each other’s goods.',
    next: 'TODO 3 in publisher.ts: a batch is published like any other request that waits. Another customer under the same order_id: the answers are out of order (order-service.ts).',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const earlier = await accept(service, order());
    // Several orders of a customer in one import.
    const orders = Array.from({ length: LARGEST }, (_, number) => ({
      ...order(number),
      customer_id: `customer-${number % CUSTOMERS}`,
    }));
    const answers = await acceptBatch(service, orders);
    const log = await bench.log.catchUp();
    const byKey = Map.groupBy(log, ({ key }) => key);
    answers.forEach((answer, index) => {
      const records = byKey.get(answer.order_id) ?? [];
      const [record] = records;
      const place = `order ${index + 1} of ${LARGEST}`;
      demand(record !== undefined && records.length === 1, `${place} is in the log exactly once.`, () =>
        recordTable(records),
      );
      const facts = recordFacts(record, orders[index] as Order, answer);
      demand(
        facts.every(({ ok }) => ok),
        `${place} is published as it was posted.`,
        () => comparison(facts),
      );
    });
    const eventIds = answers.map(({ order_id }) => {
      const { event_id } = (byKey.get(order_id)?.[0]?.json ?? {}) as { event_id?: unknown };
      return event_id;
    });
    demandFacts(
      'each event of the batch has an event_id of its own.',
      [equals('different event_ids', new Set(eventIds).size, LARGEST)],
      () => recordTable(log.slice(-3)),
    );
    const looked: [Accepted | undefined, Order | undefined][] = [
      [earlier, order()],
      [answers.at(0), orders.at(0)],
      [answers.at(-1), orders.at(-1)],
    ];
    for (const [answer, posted] of looked) {
      if (!answer || !posted) continue;
      const found = await service.get(`/api/orders/${answer.order_id}`);
      const body = (found.status === undefined ? {} : (found.json ?? {})) as Record<string, unknown>;
      demandFacts(
        'every order of a batch is found under its id, and every one before it.',
        [
          equals('status', found.status, 200),
          equals('order_id', body.order_id, answer.order_id),
          equals('correlation_id', body.correlation_id, answer.correlation_id),
          holds('items', body.items, JSON.stringify(posted.items), sameLines(body.items, posted.items)),
          equals('total', body.total, totalOf(posted)),
        ],
        () => service.describe(found),
      );
    }
    return `${LARGEST} orders in one request, each published once`;
  },
);

check(
  {
    id: 'batch-correlation',
    title: 'X-Correlation-ID holds for every order of a batch; without it there are new UUIDs',
    points: 1,
    why: 'Whoever sent the import asks for all of it by one id.',
    next: 'order-service.ts gives the request’s correlation id to every event of the batch.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const given = `import-${crypto.randomUUID().slice(0, 8)}`;
    // At once: what belongs to one request is nobody else's.
    const [kept, fresh] = await Promise.all([
      acceptBatch(service, [order(1), order(2), order(3)], { 'X-Correlation-ID': given }),
      acceptBatch(service, [order(4), order(5)]),
    ]);
    const later = await acceptBatch(service, [order(6)]);
    const log = await bench.log.catchUp();
    const customers = [...kept, ...fresh].map(({ order_id }) => {
      const { payload } = (recordsOf(log, order_id)[0]?.json ?? {}) as { payload?: { customer_id?: unknown } };
      return payload?.customer_id;
    });
    const headers = kept.flatMap(({ order_id }) =>
      recordsOf(log, order_id).map((record) => record.headers['correlation-id']),
    );
    demandFacts(
      'the given id for all, or new UUIDs.',
      [
        holds(
          'answers',
          kept.map(({ correlation_id }) => correlation_id),
          `3 × ${given}`,
          kept.every(({ correlation_id }) => correlation_id === given),
        ),
        holds('record headers', headers, `3 × ${given}`, headers.length === 3 && headers.every((id) => id === given)),
        holds(
          'without the header',
          fresh.map(({ correlation_id }) => correlation_id),
          'UUIDs',
          fresh.every(({ correlation_id }) => isUuid(correlation_id)),
        ),
        holds(
          'without it once more',
          later[0]?.correlation_id,
          'another UUID',
          fresh.every(({ correlation_id }) => correlation_id !== later[0]?.correlation_id),
        ),
        equals('customers of two batches at once', customers.join(', '), [1, 2, 3, 4, 5].map(customerOf).join(', ')),
      ],
      () => '',
    );
    const line = await logLineOf(() => service.program.stdout, given);
    demand(line !== undefined, `a JSON line on stdout about the batch, with "correlation_id":"${given}".`, () =>
      service.describe(),
    );
    return `3 orders under ${given}`;
  },
);
