// What the order service refuses, and what it must not refuse.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { comparison, type Fact, show } from '#shared/testing/evidence.ts';
import { describeExchange, type HttpOutcome } from '#shared/testing/http-client.ts';
import type { Service } from '#shared/testing/service.ts';
import { isUuid } from '#shared/testing/uuid.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { INVALID_BATCHES, INVALID_ORDERS, type InvalidBody } from '../invalid-orders.ts';
import { accept, acceptBatch, order, problemFacts, recordFacts, recordsOf } from '../orders.ts';

/** 8 MiB, the largest body that must be accepted. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

check(
  {
    id: 'invalid',
    title: 'an invalid order is answered with 400 that names the field, and nothing is published',
    points: 3,
    why: 'An event cannot be taken back: what is not checked before it is published is checked by every consumer, for ever.',
    next: 'order-service.ts validates before it publishes; see shared/orders/order-request.ts.',
  },
  (bench) => refusesAll(bench, '/api/orders', INVALID_ORDERS),
);

check(
  {
    id: 'invalid-batch',
    title: 'a batch with one invalid order is answered with 400, and none of it is published',
    points: 2,
    why: 'A client that gets a 400 corrects its batch and sends all of it again; half of it would then be there twice.',
    next: 'order-service.ts validates the whole batch before it publishes any of it.',
  },
  (bench) => refusesAll(bench, '/api/orders/batch', INVALID_BATCHES),
);

/** Posts every body, demands its 400, and then that nothing but a later valid order has reached the log. */
async function refusesAll(bench: Workbench, path: string, bodies: InvalidBody[]): Promise<string> {
  const service = await bench.service('order-service');
  const before = (await bench.log.catchUp()).length;
  for (const { what, body, property } of bodies) {
    const outcome = await service.post(path, body);
    const facts = [
      equals('status', outcome.status, 400),
      ...problemFacts(outcome, 400),
      ...namesField(outcome, property),
    ];
    demand(
      facts.every(({ ok }) => ok),
      `${what} is answered with a 400 problem${property ? ` whose errors name ${property}` : ''}.`,
      () => `sent: ${show(body).slice(0, 300)}\n\n${comparison(facts)}\n\n${describeExchange(outcome)}`,
    );
  }
  const sentinel = await accept(service, order(8));
  const published = (await bench.log.catchUp()).slice(before);
  const others = published.filter(({ key, value }) => key !== sentinel.order_id && !value?.includes(sentinel.order_id));
  demand(
    others.length === 0,
    'nothing is published for an invalid request.',
    () => `${others.length} records:\n${others[0]?.value}`,
  );
  return `${bodies.length} invalid bodies refused, nothing published`;
}

function namesField(outcome: HttpOutcome, property: string | undefined): Fact[] {
  if (property === undefined) return [];
  const { errors } = (outcome.status === undefined ? {} : (outcome.json ?? {})) as { errors?: unknown };
  const list = (Array.isArray(errors) ? errors : []) as { field?: unknown; message?: unknown }[];
  const sound = list.some(({ field, message }) => String(field).includes(property) && typeof message === 'string');
  return [{ name: 'errors', expected: `a {field, message} with ${property}`, actual: errors, ok: sound }];
}

check(
  {
    id: 'malformed',
    title: 'malformed JSON is answered with a 400 problem',
    points: 1,
    why: 'A client that gets an HTML page or a 500 for its own mistake opens a ticket with you.',
    next: 'shared/http/problem.ts turns the body parser’s errors into problems.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const outcomes: HttpOutcome[] = [];
    for (const path of ['/api/orders', '/api/orders/batch']) {
      for (const text of ['{"orders": [{"customer_id": "customer-1", "items": [', '']) {
        const outcome = await service.postText(path, text);
        const facts = [equals('status', outcome.status, 400), ...problemFacts(outcome, 400)];
        const what = text === '' ? 'a body without a letter' : 'malformed JSON';
        demandFacts(`a 400 problem for ${what}.`, facts, () => describeExchange(outcome));
        outcomes.push(outcome);
      }
    }
    return outcomes.map(describeExchange).join('\n');
  },
);

/** Fields that an order gets from the service are unknown in a request, and so are those that a line does not have. */
async function ignoresWhatIsItsOwn(bench: Workbench, service: Service): Promise<void> {
  const posted = order(6);
  const theirs = { order_id: 'mine', total: 1, status: 'CONFIRMED', correlation_id: 'theirs', event_id: 'e-1' };
  const items = posted.items.map((item) => ({ ...item, colour: 'red', discount: 50 }));
  const body = { ...posted, items, ...theirs, payload: {} };
  const answers = [await accept(service, body), ...(await acceptBatch(service, [body, body]))];
  const log = await bench.log.catchUp();
  for (const answer of answers) {
    const [record] = recordsOf(log, answer.order_id);
    demandFacts(
      'an order whose request also has order_id, total, status and fields in its lines is one like any other, also in a batch.',
      [
        holds('order_id', answer.order_id, 'one of its own', answer.order_id !== theirs.order_id),
        equals('status', answer.status, 'PENDING'),
        holds('correlation_id', answer.correlation_id, 'a new UUID', isUuid(answer.correlation_id)),
        ...(record ? recordFacts(record, posted, answer) : [holds('records', 0, '1', false)]),
      ],
      () => `sent: ${show(body)}`,
    );
  }
}

check(
  {
    id: 'tolerant',
    title: 'unknown fields are ignored, 100 items and a price of 0 are fine, and a body may have 8 MiB',
    points: 2,
    why: 'Clients are newer or older than the service that they talk to; refusing what is unknown couples their releases.',
    next: 'shared/http/service.ts sets the size limit, shared/orders/order-request.ts ignores unknown fields.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    await accept(service, { customer_id: 'c', items: Array(100).fill({ sku: 's', quantity: 1, unit_price: 0 }) });
    const large = { ...order(9), coupon: { code: 'SPRING' }, note: '' };
    large.note = 'x'.repeat(BODY_LIMIT_BYTES - JSON.stringify(large).length);
    await accept(service, large);
    // Three bytes a letter: wherever the body is cut into chunks, some letter is cut too.
    const name = '東京都'.repeat(30_000);
    const { order_id } = await accept(service, { ...order(1), customer_id: name });
    const [record] = recordsOf(await bench.log.catchUp(), order_id);
    const { payload } = (record?.json ?? {}) as { payload?: { customer_id?: string } };
    demand(payload?.customer_id === name, 'a long name in UTF-8 reaches the log as it was posted.', () =>
      show(payload?.customer_id).slice(0, 200),
    );
    // As most clients declare it.
    await accept(service, order(2), { 'content-type': 'application/json; charset=utf-8' });
    await ignoresWhatIsItsOwn(bench, service);
    const batch = { orders: [order(1), order(2)], note: '' };
    batch.note = 'x'.repeat(BODY_LIMIT_BYTES - JSON.stringify(batch).length);
    const outcome = await service.post('/api/orders/batch', batch);
    demand(outcome.status === 202, 'a batch in a body of 8 MiB is accepted.', () => service.describe(outcome));
    return 'an order of 100 items and one with unknown fields in a body of 8 MiB were accepted';
  },
);
