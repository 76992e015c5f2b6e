// Orders that wait: for the broker, behind one another, and in batches.
import { setTimeout as pause } from 'node:timers/promises';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { describeExchange } from '#shared/testing/http-client.ts';
import { isProduce } from '#shared/testing/tap/faults.ts';
import { acceptedBy, goesOn, order, recordsOf, TOO_LARGE_BYTES, tooLargeOrder } from '../orders.ts';

const TIMEOUT_MS = 4_000;
/** A busy machine answers late; a deadline that is not its own comes later than this. */
const LATENESS_MS = 4_000;

check(
  {
    id: 'own-deadline',
    title: 'each order has its own deadline, counted from its request, also while it waits behind another',
    points: 1,
    why: 'One slow batch must not take the orders behind it along, nor give them all the time in the world.',
    next: 'publisher.ts settles each order by its own deadline; TODO 3: take what is waiting, send, and go on.',
  },
  async (bench) => {
    const service = await bench.start('order-service', { PUBLISH_TIMEOUT_MS: String(TIMEOUT_MS) });
    await bench.untilReady(service);
    const before = (await bench.log.catchUp()).length;
    const held = bench.tap.faults.holdAnswers(isProduce);
    const first = service.post('/api/orders', order(1));
    await pause(TIMEOUT_MS / 8);
    const second = service.post('/api/orders', order(2));
    // So late that it has most of its time left when the first two have none.
    await pause((TIMEOUT_MS * 6) / 8);
    const third = service.post('/api/orders', order(3));
    const [one, two] = [await first, await second];
    held.end();
    const three = await third;
    const [earliest, latest] = [TIMEOUT_MS * 0.8, TIMEOUT_MS + LATENESS_MS];
    demandFacts(
      'the grader held all acknowledgements, posted orders at 0, 0.5 and 3.5 s (PUBLISH_TIMEOUT_MS is 4000), and let go when two were answered: the first two are refused in their time, the third is accepted.',
      [
        equals('first', one.status, 503),
        equals('second', two.status, 503),
        holds(
          'second after',
          two.durationMs,
          `${earliest} to ${latest} ms`,
          two.durationMs >= earliest && two.durationMs <= latest,
        ),
        equals('third', three.status, 202),
      ],
      () => [one, two, three].map(describeExchange).join('\n'),
    );
    // Who gives up a request for one order's deadline must not send the others once more.
    const { order_id } = await goesOn(service);
    const records = (await bench.log.catchUp()).slice(before).filter(({ topic }) => topic === 'orders.created');
    const repeated = [...Map.groupBy(records, ({ key }) => key).values()].filter(({ length }) => length > 1);
    const accepted = acceptedBy(three)?.order_id ?? '';
    demandFacts(
      `the third order is in the log once, and so is one that was posted afterwards (${order_id}).`,
      [
        equals('records of the third', recordsOf(records, accepted).length, 1),
        equals('records of the one after it', recordsOf(records, order_id).length, 1),
        equals('orders that are there more than once', repeated.length, 0),
      ],
      () => recordTable(records),
    );
    return [one, two, three].map(describeExchange).join('\n');
  },
);

check(
  {
    id: 'batch-whole',
    title: 'a batch that is not wholly acknowledged is answered with 503',
    points: 1,
    why: 'A 202 for a batch of which a part is missing sends the client away with a receipt for all of it.',
    next: 'TODO 3 in publisher.ts: a batch is acknowledged when all of it is.',
  },
  async (bench) => {
    const service = await bench.start('order-service', { PUBLISH_TIMEOUT_MS: '2500' });
    await bench.untilReady(service);
    let requests = 0;
    const rest = bench.tap.faults.refuse((request) => isProduce(request) && ++requests > 1);
    const orders = Array.from({ length: 1000 }, (_, number) => order(number));
    const inPart = await service.post('/api/orders/batch', { orders });
    const refused = rest.met.length;
    rest.end();
    // Whoever sends all of it in one request may still be too late on a busy machine: 503 is right as well.
    const right = inPart.status === 503 || (inPart.status === 202 && refused === 0);
    demandFacts(
      '202 only for the whole batch.',
      [
        holds(
          `status, ${refused} of its produce requests refused`,
          inPart.status,
          refused === 0 ? '202, or 503' : '503',
          right,
        ),
      ],
      () => describeExchange(inPart),
    );
    const none = bench.tap.faults.refuse(isProduce);
    const outcome = await service.post('/api/orders/batch', { orders: [order(1), order(2)] });
    none.end();
    demandFacts('503 for a batch that the broker has not acknowledged.', [equals('status', outcome.status, 503)], () =>
      service.describe(outcome),
    );
    await goesOn(service);
    return describeExchange(outcome);
  },
);

/** Graded on one broker: three times the brokers and one more. */
const MOST_CONNECTIONS = 3 * (1 + 1);

const FAILURES = 8;

check(
  {
    id: 'connections-after-failures',
    title: 'publishes that fail leave no connections behind',
    points: 3,
    why: 'Each producer that is given up and not disconnected keeps its sockets; after a bad night the broker has none left.',
    next: 'TODO 4 in publisher.ts: disconnect the producer that has failed.',
  },
  async (bench) => {
    const service = await bench.start('order-service');
    await bench.untilReady(service);
    bench.tap.takeMostOpen();
    const evidence: string[] = [];
    for (let number = 0; number < FAILURES; number++) {
      const outcome = await service.post('/api/orders', tooLargeOrder(number));
      demand(
        outcome.status !== 202,
        'an order that the broker does not take (MESSAGE_TOO_LARGE) is not accepted.',
        () => service.describe(outcome),
      );
      await goesOn(service);
      const most = bench.tap.takeMostOpen();
      evidence.push(`after ${number + 1} failed publishes: at most ${most} connections open`);
      demand(
        most <= MOST_CONNECTIONS,
        `at most ${MOST_CONNECTIONS} connections open, however many publishes have failed (the grader posts orders of ${TOO_LARGE_BYTES / 1e6} MB, which the broker refuses).`,
        () => evidence.join('\n'),
      );
    }
    return evidence.at(-1) ?? '';
  },
);

const TIMEOUTS = 16;

check(
  {
    id: 'connections-in-trouble',
    title: 'orders that time out leave no connections behind',
    points: 1,
    why: 'A service that opens a producer for every timeout turns a slow broker into one without sockets.',
    next: 'TODO 4 in publisher.ts: disconnect the producer that is given up.',
  },
  async (bench) => {
    const service = await bench.start('order-service', { PUBLISH_TIMEOUT_MS: '400' });
    await bench.untilReady(service);
    bench.tap.takeMostOpen();
    const held = bench.tap.faults.holdAnswers(isProduce);
    for (let number = 0; number < TIMEOUTS; number++) await service.post('/api/orders', order(number));
    const most = bench.tap.takeMostOpen();
    held.end();
    demand(
      most <= MOST_CONNECTIONS,
      `at most ${MOST_CONNECTIONS} connections open while ${TIMEOUTS} orders time out.`,
      () => `${most} were open at the same time`,
    );
    const { order_id } = await goesOn(service);
    demand(recordsOf(await bench.log.catchUp(), order_id).length === 1, 'the service goes on.', () =>
      service.describe(),
    );
    return `at most ${most} connections were open`;
  },
);
