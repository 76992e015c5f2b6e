// How the order service ends, and what it leaves behind.
import { waitUntil } from '#infra/machine/wait-until.ts';
import { PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import { describeExchange } from '#shared/testing/http-client.ts';
import { describeExit, type Service } from '#shared/testing/service.ts';
import { isProduce } from '#shared/testing/tap/faults.ts';
import { accept, allAcceptedBy, order, recordsOf } from '../orders.ts';

const EXIT_LIMIT_MS = 10_000;
const SIGNAL_SEEN_MS = 1_000;
const IN_HAND_MS = 5_000;

check(
  {
    id: 'sigterm',
    title:
      'after SIGTERM the orders in hand are finished and answered, no new one is taken, and the service exits with 0 within 10 s',
    points: 2,
    why: 'Every deployment sends SIGTERM. A service that drops what it has in hand loses orders on every release.',
    next: 'shared/http/service.ts stops the server first and closes the publisher last; until then #run in publisher.ts goes on.',
  },
  async (bench) => {
    const service = await bench.start('order-service');
    await bench.untilReady(service);
    const held = bench.tap.faults.holdAnswers(isProduce);
    const sent = service.post('/api/orders', order(20));
    await waitUntil(() => held.met.length > 0, IN_HAND_MS, 'the order to be sent').catch(() => {});
    const waiting = [23, 24].map((number) => service.post('/api/orders', order(number)));
    // A request on a later connection: by now the orders have been taken in.
    await service.get('/health/live');
    const signalled = performance.now();
    service.program.signal('SIGTERM');
    await signalSeen(service);
    const posted = service.post('/api/orders', order(21));
    // Held until the service has had the time to take it in, so that an answer tells what the service wants.
    await Promise.race([posted, service.get('/health/live', 500)]);
    held.end();
    const [late, ...inHand] = await Promise.all([posted, sent, ...waiting]);
    const [dropped] = inHand.filter(({ status }) => status !== 202);
    demandFacts(
      'what was in hand at SIGTERM, and is acknowledged in time, is answered with 202.',
      inHand.map(({ status }, index) =>
        equals(index === 0 ? 'the order that is sent' : 'an order that waits behind it', status, 202),
      ),
      () => service.describe(...(dropped ? [dropped] : [])),
    );
    demand(late.status !== 202, 'an order that comes after SIGTERM is not accepted: refused, or 503.', () =>
      service.describe(late),
    );
    const exit = await service.program
      .waitForExit(EXIT_LIMIT_MS - (performance.now() - signalled))
      .catch(() => undefined);
    demandFacts(
      'a clean end within 10 s of SIGTERM.',
      [holds('exit', exit ? describeExit(exit) : 'still running', 'exit code 0', exit?.code === 0)],
      () => service.describe(),
    );
    const log = await bench.log.catchUp();
    for (const { order_id } of inHand.flatMap(allAcceptedBy)) {
      const records = recordsOf(log, order_id);
      demand(records.length === 1, 'each accepted order is in the log exactly once.', () => recordTable(records));
    }
    return `${inHand.map(describeExchange).join('\n')}\nthen exit code 0`;
  },
);

check(
  {
    id: 'sigterm-in-time',
    title: 'with an order in hand that is not acknowledged, the service still exits with 0 within 10 s of SIGTERM',
    points: 1,
    why: 'What has not ended when the grace period is over is killed, and takes the orders along that could have been finished.',
    next: 'shared/http/service.ts ends what is in hand after a time of its own.',
  },
  async (bench) => {
    // One order is given up before the service has to end, and one is not.
    const services = await Promise.all(
      ['2000', '60000'].map((timeout) => bench.start('order-service', { PUBLISH_TIMEOUT_MS: timeout })),
    );
    await Promise.all(services.map((service) => bench.untilReady(service)));
    const held = bench.tap.faults.holdAnswers(isProduce);
    const posting = services.map((service) => service.post('/api/orders', order(22)));
    const areSent = () => held.met.length >= services.length;
    await waitUntil(areSent, IN_HAND_MS, 'the orders to be sent').catch(() => {});
    demand(areSent(), 'the orders are sent to the broker.', () => services.map((one) => one.describe()).join('\n\n'));
    const signalled = performance.now();
    const ends = services.map(async (service) => {
      service.program.signal('SIGTERM');
      const exit = await service.program.waitForExit(EXIT_LIMIT_MS).catch(() => undefined);
      return { exit, took: Math.round(performance.now() - signalled) };
    });
    const ended = await Promise.all(ends);
    held.end();
    const outcomes = await Promise.all(posting);
    demandFacts(
      'a clean end within 10 s of SIGTERM, whether PUBLISH_TIMEOUT_MS is 2 s or 60 s.',
      ended.flatMap(({ exit }, index) => {
        const which = index === 0 ? 'with 2 s' : 'with 60 s';
        const { status } = outcomes[index] ?? {};
        return [
          holds(`exit ${which}`, exit ? describeExit(exit) : 'still running', 'exit code 0', exit?.code === 0),
          holds(`answer of the order in hand ${which}`, status, 'none, or 503', status !== 202),
        ];
      }),
      () => services.map((service, index) => service.describe(...outcomes.slice(index, index + 1))).join('\n\n'),
    );
    return `exit code 0 after ${ended.map(({ took }) => took).join(' and ')} ms`;
  },
);

/** Waits until the program shows that it has seen the signal, or for as long as Node may take to deliver one. */
async function signalSeen(service: Service): Promise<void> {
  const deadline = performance.now() + SIGNAL_SEEN_MS;
  while (!service.program.exit && performance.now() < deadline) {
    const { status } = await service.get('/health/live', 500);
    if (status !== 200) return;
  }
}

check(
  {
    id: 'creates-no-topics',
    title: 'the service has created no topic',
    points: 1,
    why: 'A topic that springs from a typo has one partition, no owner, and nobody who reads it.',
    next: 'TODO 1 in publisher.ts: allowAutoTopicCreation; TODO 3: the name of the topic.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    // More than one, because what an order sets off may come after its own answer.
    for (let number = 0; number < 3; number++) await accept(service, order(number));
    const topics = await bench.log.topics();
    const strange = topics.filter(({ name }) => !name.startsWith('__') && !isOfTheCourse(name));
    demand(
      strange.length === 0,
      'the six topics of the course and their dead letters, and no other.',
      () => `also there: ${strange.map(({ name }) => name).join(', ')}`,
    );
    const created = topics.find(({ name }) => name === 'orders.created');
    demandFacts('orders.created as it was.', [equals('partitions', created?.partitions ?? 0, PARTITIONS)], () => '');
    return `${topics.length} topics, none of them new`;
  },
);

function isOfTheCourse(name: string): boolean {
  return (TOPICS as readonly string[]).includes(name.replace(/\.dlq$/, ''));
}
