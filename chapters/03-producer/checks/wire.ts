// What the order service really sends to the broker, as the tap sees it.
import { waitUntil } from '#infra/machine/wait-until.ts';
import { PARTITIONS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, holds } from '#shared/testing/demand.ts';
import { requestTable } from '#shared/testing/evidence.ts';
import type { HttpOutcome } from '#shared/testing/http-client.ts';
import type { Service } from '#shared/testing/service.ts';
import { isProduce } from '#shared/testing/tap/faults.ts';
import type { TapRequest } from '#shared/testing/tap/tap.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { acceptBatch, acceptedBy, inFlow, type Order, order } from '../orders.ts';

const BURST = 100;
const MOST_REQUESTS_FOR_BURST = 50;
/** Graded on one broker: three times the brokers and one more. */
const MOST_CONNECTIONS = 3 * (1 + 1);
const ROUNDS = 3;
const PROBES = 20;

/** Posts many orders at once and returns the produce requests that this has made. */
async function produceRequestsOfBurst(bench: Workbench): Promise<TapRequest[]> {
  const service = await bench.service('order-service');
  const before = bench.tap.requests.length;
  const outcomes = await Promise.all(
    Array.from({ length: BURST }, (_, number) => service.post('/api/orders', order(number))),
  );
  const [refused] = outcomes.filter((outcome) => !acceptedBy(outcome));
  demand(refused === undefined, `${BURST} orders are accepted.`, () => service.describe(...(refused ? [refused] : [])));
  return produceRequests(bench, before);
}

/** Requests without their retries, which a producer id and a sequence number give away. */
function firstAttempts(requests: TapRequest[]): TapRequest[] {
  const seen = new Set<string>();
  return requests.filter(({ produce }) => {
    const [batch] = produce?.batches ?? [];
    if (!batch || batch.producerId < 0n) return true;
    const name = `${batch.producerId} ${batch.topic} ${batch.partition} ${batch.baseSequence}`;
    const repeated = seen.has(name);
    seen.add(name);
    return !repeated;
  });
}

function produceRequests({ tap }: Workbench, since: number): TapRequest[] {
  return tap.requests.slice(since).filter(({ produce }) => produce !== undefined);
}

check(
  {
    id: 'gathered',
    title: `${BURST} orders posted at once make at most ${MOST_REQUESTS_FOR_BURST} produce requests`,
    points: 3,
    why: 'A request costs the broker about as much for one record as for a hundred; one request an order is what makes it slow.',
    next: 'TODO 3 in publisher.ts: one send for everything that waits. kafkajs has no linger.ms that would do it.',
  },
  async (bench) => {
    const requests = await produceRequestsOfBurst(bench);
    const evidence = () => `${requests.length} produce requests:\n${requestTable(requests)}`;
    demand(
      requests.length <= MOST_REQUESTS_FOR_BURST,
      `at most ${MOST_REQUESTS_FOR_BURST} produce requests for ${BURST} orders.`,
      evidence,
    );
    return evidence();
  },
);

check(
  {
    id: 'acks-all',
    title: 'every produce request asks for the acknowledgement of all in-sync replicas (acks=-1)',
    points: 4,
    why: 'With acks=1 a leader that dies right after its answer takes the order with it; with acks=0 nobody ever knew of it.',
    next: 'TODO 3 in publisher.ts: acks.',
  },
  async (bench) => {
    const requests = await produceRequestsOfBurst(bench);
    const weaker = requests.filter(({ produce }) => produce?.acks !== -1);
    demand(weaker.length === 0, 'acks=-1 in every produce request.', () => requestTable(weaker));
    return requestTable(requests);
  },
);

check(
  {
    id: 'idempotent',
    title: 'the producer is idempotent, and there is one at a time',
    points: 3,
    why: 'Only the producer id and sequence numbers let a broker tell a retry from a second order.',
    next: 'Producer id -1: TODO 1 in publisher.ts, idempotent. Several ids: a producer is given up that has not failed.',
  },
  async (bench) => {
    const requests = await produceRequestsOfBurst(bench);
    const service = await bench.service('order-service');
    const before = bench.tap.requests.length;
    await acceptBatch(service, [order(1), order(2), order(3), order(4)]);
    const all = [...requests, ...produceRequests(bench, before)];
    const ids = new Set(all.flatMap(({ produce }) => produce?.batches.map(({ producerId }) => producerId) ?? []));
    demandFacts(
      'one producer id, given by the broker.',
      [
        holds('producer ids', [...ids].map(String), 'no -1', !ids.has(-1n)),
        holds('different producers', ids.size, '1', ids.size === 1),
      ],
      () => requestTable(all),
    );
    return requestTable(all);
  },
);

/** The largest is 3 MB of JSON, and far below a megabyte a partition when it is compressed. */
const BATCHES = [
  { size: 2, lines: 1 },
  { size: 100, lines: 1 },
  { size: 1000, lines: 50 },
];

function longOrder(number: number, lines: number): Order {
  const items = Array.from({ length: lines }, (_, line) => ({
    sku: `SKU-${number}-${line}`,
    quantity: 1,
    unit_price: 100,
  }));
  return { ...order(number), items };
}

const AMONG_SINGLES = 100;
const SENT_LIMIT_MS = 5_000;

check(
  {
    id: 'batch-wire',
    title: 'a batch is published in no more produce requests than the topic has partitions, compressed with gzip',
    points: 4,
    why: 'A thousand orders as a thousand requests take seconds instead of milliseconds, and a whole batch of JSON shrinks to about a fifth when it is compressed.',
    next: 'TODO 3 in publisher.ts: all messages in one send, compression.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const evidence: string[] = [];
    for (const { size, lines } of BATCHES) {
      const before = bench.tap.requests.length;
      await acceptBatch(
        service,
        Array.from({ length: size }, (_, number) => longOrder(number, lines)),
      );
      const requests = firstAttempts(produceRequests(bench, before));
      const plain = requests.flatMap(({ produce }) => produce?.batches ?? []).filter(({ codec }) => codec !== 'gzip');
      demandFacts(
        `a batch of ${size} orders, of ${lines} lines each, in at most ${PARTITIONS} produce requests, gzip in each.`,
        [
          holds('produce requests', requests.length, `at most ${PARTITIONS}`, requests.length <= PARTITIONS),
          holds('record batches without gzip', plain.length, '0', plain.length === 0),
        ],
        () => requestTable(requests),
      );
      evidence.push(`${size} orders of ${lines} lines:\n${requestTable(requests)}`);
    }
    evidence.push(await batchAmongSingles(bench, service));
    return evidence.join('\n');
  },
);

/** A batch that waits between two single orders, behind another one whose acknowledgement the grader holds. */
async function batchAmongSingles(bench: Workbench, service: Service): Promise<string> {
  const before = bench.tap.requests.length;
  const held = bench.tap.faults.holdAnswers(isProduce);
  const posts = [service.post('/api/orders', order(1))];
  await waitUntil(() => held.met.length > 0, SENT_LIMIT_MS, 'the first order to be sent').catch(() => {});
  posts.push(service.post('/api/orders', order(2)));
  // A request on a later connection: by now the second order has been taken in, and below the batch.
  await service.get('/health/live');
  const orders = Array.from({ length: AMONG_SINGLES }, (_, number) => order(number));
  posts.push(service.post('/api/orders/batch', { orders }));
  await service.get('/health/live');
  posts.push(service.post('/api/orders', order(3)));
  await service.get('/health/live');
  held.end();
  const [refused] = (await Promise.all(posts)).filter(({ status }) => status !== 202);
  demand(refused === undefined, 'three single orders and the batch among them are answered with 202.', () =>
    service.describe(...(refused ? [refused] : [])),
  );
  const requests = firstAttempts(produceRequests(bench, before));
  const plain = requests.flatMap(({ produce }) => produce?.batches ?? []).filter(({ codec }) => codec !== 'gzip');
  const records = plain.reduce((sum, batch) => sum + batch.records, 0);
  demandFacts(
    `a batch of ${AMONG_SINGLES} orders that waits among single orders travels with gzip, too.`,
    [holds('orders without gzip', records, 'at most 3, the single ones', records <= 3)],
    () => requestTable(requests),
  );
  return `${AMONG_SINGLES} orders among three single ones:\n${requestTable(requests)}`;
}

check(
  {
    id: 'connections',
    title: `the number of connections does not grow with requests (at most ${MOST_CONNECTIONS} open)`,
    points: 2,
    why: 'A producer for every request connects, learns the cluster and gets an id each time; at a few hundred a second the broker runs out of sockets.',
    next: 'TODO 1 in publisher.ts: connect once, and keep the producer.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    bench.tap.takeMostOpen();
    for (let probe = 0; probe < PROBES; probe++) await service.get('/health/ready');
    for (let round = 0; round < ROUNDS; round++) await produceRequestsOfBurst(bench);
    const most = bench.tap.takeMostOpen();
    demandFacts(
      `few connections for ${ROUNDS * BURST} orders and ${PROBES} probes of readiness.`,
      [holds('open at the same time', most, `at most ${MOST_CONNECTIONS}`, most <= MOST_CONNECTIONS)],
      () => '',
    );
    return `at most ${most} connections open for ${ROUNDS * BURST} orders and ${PROBES} probes`;
  },
);

/** The default of PUBLISH_TIMEOUT_MS, which counts from the request: after that 503 is the right answer. */
const isOutOfTime = ({ status, durationMs }: HttpOutcome) => status === 503 && durationMs >= 4_800;

/** Arrivals a good deal closer than ten milliseconds, for long enough that a restarted timer would be seen. */
const FLOW = { every: 6, orders: 300 };
/** Who waits for silence waits for half of the flow, at the median; who waits for half a second, for a quarter of one. */
const SOON_MS = 350;
const FEWEST_REQUESTS = 20;
const LONGEST_WAIT_MS = 3_000;

/** The grader's own pauses, as long as a service might wait for silence. */
const PAUSE_MS = 25;
/** After each of them a service that waits for silence sends once; so few still leave a median wait that shows it. */
const MOST_PAUSES = 2;

/** Posts orders in a steady flow: how they were answered, how many produce requests there were meanwhile, and how steady it was. */
async function steadily(bench: Workbench, service: Service) {
  const before = bench.tap.requests.length;
  const postedAt: number[] = [];
  const posts = await inFlow(FLOW, (number) => {
    postedAt.push(performance.now());
    return service.post('/api/orders', order(number));
  });
  const requests = produceRequests(bench, before).length;
  const pauses = postedAt.slice(1).filter((at, index) => at - (postedAt[index] ?? at) > PAUSE_MS).length;
  return { outcomes: await Promise.all(posts), requests, pauses };
}

check(
  {
    id: 'steady-flow',
    title: 'in a steady flow of orders each is answered soon: waiting for company has an end',
    points: 2,
    why: 'A timer that starts again with each arrival never fires while the shop is busy, which is when it matters.',
    next: 'TODO 3 in publisher.ts: take what is there on every tick; do not start the wait again.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    let flow = await steadily(bench, service);
    // Where the grader itself paused, who waits for silence has had it, and looks like one who does not.
    for (let again = 0; again < 2 && flow.pauses > MOST_PAUSES; again++) flow = await steadily(bench, service);
    const { outcomes, requests } = flow;
    // The first tenth may meet a cold code path; the last ones have no flow behind them that could hold them up.
    const during = outcomes.slice(FLOW.orders / 10, -FLOW.orders / 10);
    const waits = during.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const middle = waits[Math.floor(waits.length / 2)] ?? Number.POSITIVE_INFINITY;
    const refused = outcomes.filter((outcome) => !acceptedBy(outcome) && !isOutOfTime(outcome));
    // A busy machine makes everybody slow, but only who waits for silence sends next to nothing while the flow lasts.
    const keepsSending = middle <= SOON_MS || requests >= FEWEST_REQUESTS;
    demandFacts(
      'every order is accepted, and orders are published while others keep coming.',
      [
        holds('not accepted, before their time was up', refused.length, '0', refused.length === 0),
        holds(
          'produce requests during the flow',
          requests,
          `at least ${FEWEST_REQUESTS}, or a median wait of at most ${SOON_MS} ms`,
          keepsSending,
        ),
        holds('median wait in ms', middle, `at most ${LONGEST_WAIT_MS}`, middle <= LONGEST_WAIT_MS),
      ],
      () => service.describe(...refused.slice(0, 1)),
    );
    return `${FLOW.orders} orders, one about every ${FLOW.every} ms: ${requests} produce requests, answered after ${middle} ms at the median`;
  },
);
