// What reaches orders.created.
import { Partitioners } from 'kafkajs';
import { PARTITIONS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable, table } from '#shared/testing/evidence.ts';
import { logLineOf } from '#shared/testing/log-lines.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { happenedFact } from '#shared/testing/utc-timestamp.ts';
import {
  accept,
  acceptBatch,
  acceptedBy,
  acceptedTable,
  type Order,
  order,
  recordFacts,
  recordsOf,
} from '../orders.ts';

const BURST = 100;

/** Valid, and unlike what one tries by hand: letters beyond ASCII, one sku on two lines, a long one, integers beyond 32 bits. */
const UNUSUAL: Order = {
  customer_id: 'Zoë 東京 🛒',
  items: [
    { sku: 'Größe 42', quantity: 3_000_000_000, unit_price: 2_000_000 },
    { sku: 'Größe 42', quantity: 1, unit_price: 5_000_000_000 },
    { sku: `Tee ${'und Rum '.repeat(40)}`, quantity: 1, unit_price: 1 },
  ],
};

check(
  {
    id: 'event',
    title:
      'every accepted order is one OrderCreated record in orders.created: keyed, in the envelope, with its headers',
    points: 7,
    why: 'Every other service is built on this record alone; a field that is missing here is missing for all of them.',
    next: 'TODO 2 in publisher.ts: the message of an event.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const posted = UNUSUAL;
    const from = Date.now();
    const answer = await accept(service, posted);
    const until = Date.now();
    const records = recordsOf(await bench.log.catchUp(), answer.order_id);
    const evidence = () => recordTable(records);
    demand(
      records.length === 1,
      'exactly one record for the order when its 202 arrives.',
      () => `${evidence()}\n\n${service.describe()}`,
    );
    demandFacts(
      'the record that the contract describes, with the order as it was posted.',
      [
        ...recordFacts(records[0] as TopicRecord, posted, answer),
        happenedFact(
          (records[0]?.json as { timestamp?: unknown } | undefined)?.timestamp,
          'from request to answer',
          from,
          until,
        ),
      ],
      evidence,
    );
    return evidence();
  },
);

check(
  {
    id: 'log-lines',
    title: 'what happens to an order is logged as JSON with time, level, service, msg and correlation_id',
    points: 1,
    why: 'Logs are read by machines first: a line that is not JSON is not found by its correlation_id.',
    next: 'shared/log.ts writes such lines.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const { correlation_id } = await accept(service, order(7));
    const line = await logLineOf(() => service.program.stdout, correlation_id);
    demand(
      line !== undefined,
      `a JSON line on stdout with time, level, service, msg and "correlation_id":"${correlation_id}".`,
      () => service.describe(),
    );
    return line;
  },
);

check(
  {
    id: 'burst',
    title: `${BURST} orders posted at once are all accepted, each with its own X-Correlation-ID, and each is in the log exactly once with an event_id of its own`,
    points: 4,
    why: 'A campaign starts, and a hundred customers press the same button in the same second.',
    next: 'Missing or repeated orders: TODO 3 in publisher.ts. event_id: orderCreated in order-service.ts.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const given = Array.from({ length: BURST }, (_, number) => `burst-${number}`);
    const outcomes = await Promise.all(
      given.map((id, number) => service.post('/api/orders', order(number), { 'X-Correlation-ID': id })),
    );
    const refused = outcomes.filter((outcome) => acceptedBy(outcome) === undefined);
    demand(
      refused.length === 0,
      `${BURST} times 202.`,
      () => `${refused.length} were not accepted, the first of them:\n\n${service.describe(...refused.slice(0, 1))}`,
    );
    const answers = outcomes.map(acceptedBy).filter((answer) => answer !== undefined);
    const log = await bench.log.catchUp();
    const records = answers.map(({ order_id }) => recordsOf(log, order_id));
    const lost = answers.filter((_, index) => records[index]?.length === 0);
    const repeated = records.filter(({ length }) => length > 1);
    const mixedUp = outcomes.filter((outcome, number) => {
      const header = outcome.status === undefined ? undefined : outcome.headers['x-correlation-id'];
      return header !== given[number] || acceptedBy(outcome)?.correlation_id !== given[number];
    });
    demandFacts(
      'each answer has the correlation id of its own request, in header and body.',
      [equals('answers with that of another', mixedUp.length, 0)],
      () => service.describe(...mixedUp.slice(0, 1)),
    );
    const eventIds = new Set(records.flat().map(({ json }) => (json as { event_id?: string } | undefined)?.event_id));
    demandFacts(
      'each accepted order exactly once, each with an event_id of its own.',
      [
        equals('different order_ids', new Set(answers.map(({ order_id }) => order_id)).size, BURST),
        equals('accepted orders that are not in the log', lost.length, 0),
        equals('accepted orders that are there more than once', repeated.length, 0),
        equals('different event_ids', eventIds.size, BURST),
      ],
      () =>
        lost.length > 0 ? acceptedTable(lost) : recordTable(repeated.length > 0 ? repeated.flat() : records.flat()),
    );
    for (const [number, answer] of answers.entries()) {
      const [record] = records[number] ?? [];
      const outcome = outcomes[number];
      const location = outcome?.status === undefined ? undefined : outcome.headers.location;
      const facts = [equals('Location', location, `/api/orders/${answer.order_id}`)];
      if (record) facts.push(...recordFacts(record, order(number), answer));
      demandFacts('each event and each answer is about its own order, whatever else was in hand.', facts, () =>
        recordTable(record ? [record] : []),
      );
    }
    return `${BURST} orders accepted, ${eventIds.size} events`;
  },
);

check(
  {
    id: 'partition',
    title: 'the partition follows from the key by the partitioner that all Kafka clients share (murmur2)',
    points: 3,
    why: 'A service in Java that keys by order_id looks for an order in the partition that murmur2 names; so do joins.',
    next: 'TODO 1 in publisher.ts: the default partitioner of kafkajs 2 is the shared one. TODO 2: the key.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    await acceptBatch(
      service,
      Array.from({ length: BURST }, (_, number) => order(number)),
    );
    const records = (await bench.log.catchUp()).filter(({ topic }) => topic === 'orders.created');
    const partitionOf = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      replicas: [],
      isr: [],
      partitionErrorCode: 0,
    }));
    const expected = (key: string | null) =>
      key === null ? -1 : partitionOf({ topic: 'orders.created', partitionMetadata, message: { key, value: '' } });
    const astray = records.filter(({ key, partition }) => partition !== expected(key));
    demand(
      records.length >= BURST,
      `at least the ${BURST} records of the burst.`,
      () => `${records.length} records are in orders.created`,
    );
    demand(astray.length === 0, 'every record in the partition of its key.', () =>
      table(
        ['key', 'partition', 'expected'],
        astray.slice(0, 8).map(({ key, partition }) => [key ?? '(null)', String(partition), String(expected(key))]),
      ),
    );
    const used = new Set(records.map(({ partition }) => partition));
    demandFacts(
      'records in all partitions.',
      [holds('partitions', [...used].sort(), '0, 1, 2', used.size === PARTITIONS)],
      () => '',
    );
    return `${records.length} records, each in the partition of its key`;
  },
);
