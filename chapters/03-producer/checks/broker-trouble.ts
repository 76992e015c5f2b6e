// What the order service does while its broker is frozen or dead.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, recordTable } from '#shared/testing/evidence.ts';
import { describeExchange, type HttpOutcome } from '#shared/testing/http-client.ts';
import { terminate } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { accept, acceptedBy, goesOn, order, problemFacts, recordsOf } from '../orders.ts';

const DEFAULT_TIMEOUT_MS = 5_000;
const SHORT_TIMEOUT_MS = 1_500;
/** How much later than its timeout a 503 may come: a busy machine, not another rule. */
const LATENESS_MS = 2_000;
const LOSS_NOTICED_MS = 15_000;
const RECOVERY_LIMIT_MS = 60_000;

/** An hour: the timeout in milliseconds, taken for seconds, is more. */
const LATEST_RETRY_S = 3_600;

/** RFC 9110: a whole number of seconds, or a date. */
function isRetryAfter(value = ''): boolean {
  if (/^\d+$/.test(value)) return Number(value) <= LATEST_RETRY_S;
  return /GMT$/.test(value) && Date.parse(value) <= Date.now() + LATEST_RETRY_S * 1_000;
}

/** What the contract says of a 503, whatever it comes from. */
function unavailableFacts(outcome: HttpOutcome): Fact[] {
  const retryAfter = outcome.status === undefined ? undefined : outcome.headers['retry-after'];
  return [
    equals('status', outcome.status, 503),
    holds('Retry-After', retryAfter, 'seconds or an HTTP date, an hour at most', isRetryAfter(retryAfter)),
    ...problemFacts(outcome, 503),
  ];
}

let island: Promise<{ service: Service; since: number }> | undefined;

/** A service whose broker is nowhere; it is started with the first check here, so that its time passes beside the others. */
function marooned(bench: Workbench): Promise<{ service: Service; since: number }> {
  island ??= bench
    .keep('order-service', { KAFKA_BROKERS: '127.0.0.1:1' })
    .then((service) => ({ service, since: performance.now() }));
  return island;
}

function until(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time - performance.now()));
}

check(
  {
    id: 'acknowledged',
    title: '202 is sent only after the broker has acknowledged, and an acknowledgement that comes in time counts',
    points: 4,
    why: 'A 202 that leaves before the acknowledgement is a receipt for an order that nobody may ever see.',
    next: 'TODO 3 in publisher.ts: answer an order only when the send that carries it has resolved.',
  },
  async (bench) => {
    await marooned(bench);
    const patient = await bench.service('order-service');
    const hasty = await bench.start('order-service', { PUBLISH_TIMEOUT_MS: String(SHORT_TIMEOUT_MS) });
    await bench.untilReady(hasty);
    let early: HttpOutcome | undefined;
    let posting: Promise<HttpOutcome> | undefined;
    await bench.whileBrokersPaused(async () => {
      posting = patient.post('/api/orders', order(10)).then((outcome) => {
        early = outcome;
        return outcome;
      });
      // The hasty instance's refusal is the signal that enough time has passed: nothing else is waited for.
      const refusal = await hasty.post('/api/orders', order(11));
      demand(refusal.status === 503, 'no 202 while the broker is frozen.', () => hasty.describe(refusal));
      demand(early === undefined, 'no answer while the broker is frozen and the timeout of 5 s has not passed.', () =>
        patient.describe(...(early ? [early] : [])),
      );
    });
    const outcome = (await posting) as HttpOutcome;
    const answer = acceptedBy(outcome);
    demand(answer !== undefined, '202 once the broker is back, well before the timeout.', () =>
      patient.describe(outcome),
    );
    const records = recordsOf(await bench.log.catchUp(), answer.order_id);
    demand(records.length === 1, 'the order is in the log exactly once.', () => recordTable(records));
    return `unanswered while the broker was frozen, then:\n${describeExchange(outcome)}`;
  },
);

/** Twice this is later than a busy machine may be. */
const OWN_TIMEOUT_MS = 2_500;

check(
  {
    id: 'timeout',
    title: 'an order that is not acknowledged within PUBLISH_TIMEOUT_MS is answered with 503 and Retry-After',
    points: 2,
    why: 'A customer who waits for ever presses the button again; one who is told 503 comes back when you say.',
    next: 'A 202: TODO 3 in publisher.ts, acknowledged() only when the send has resolved. Late, or without Retry-After: publish() and order-service.ts, which came finished.',
  },
  async (bench) => {
    const service = await bench.start('order-service', { PUBLISH_TIMEOUT_MS: String(OWN_TIMEOUT_MS) });
    await bench.untilReady(service);
    const before = await accept(service, order(12));
    const [outcome, batch] = await bench.whileBrokersPaused(() =>
      Promise.all([
        service.post('/api/orders', order(13)),
        service.post('/api/orders/batch', { orders: [order(14), order(15)] }),
      ]),
    );
    const [earliest, latest] = [OWN_TIMEOUT_MS * 0.8, OWN_TIMEOUT_MS + LATENESS_MS];
    demandFacts(
      `503 after ${OWN_TIMEOUT_MS} ms, the PUBLISH_TIMEOUT_MS of this instance.`,
      [
        ...unavailableFacts(outcome),
        holds(
          'answered after',
          outcome.durationMs,
          `${earliest} to ${latest} ms`,
          outcome.durationMs >= earliest && outcome.durationMs <= latest,
        ),
        equals('status of a batch', batch.status, 503),
        ...problemFacts(batch, 503).map((fact) => ({ ...fact, name: `${fact.name} of a batch` })),
        holds('batch answered after', batch.durationMs, `at most ${latest} ms`, batch.durationMs <= latest),
      ],
      () => service.describe(outcome, batch),
    );
    await goesOn(service);
    const log = await bench.log.catchUp();
    demand(recordsOf(log, before.order_id).length === 1, 'what was accepted before is in the log once.', () =>
      recordTable(recordsOf(log, before.order_id)),
    );
    return describeExchange(outcome);
  },
);

check(
  {
    id: 'broker-lost',
    title:
      'without a broker the service lives on, is not ready within 15 s and refuses with 503; with the broker it recovers; and so once more, with a broker that is frozen',
    points: 3,
    why: 'Brokers are restarted every week. A service that dies with its broker, or needs a restart after it, turns maintenance into an outage.',
    next: 'order-service.ts joins publisher.connected and the broker watch into readiness; TODO 4 in publisher.ts: go on after a failure.',
  },
  async (bench) => {
    const service = await bench.service('order-service');
    const newcomer = await bench.whileBrokersDown(async () => {
      const late = await bench.start('order-service');
      const posting = service.post('/api/orders', order(15));
      await bench.untilHealth(service, '/health/ready', 503, LOSS_NOTICED_MS);
      await bench.untilHealth(service, '/health/live', 200, 2_000);
      const outcome = await posting;
      demandFacts(
        '503 when the broker is away for longer than the default timeout of 5 s.',
        [
          ...unavailableFacts(outcome),
          holds(
            'answered after',
            outcome.durationMs,
            `at most ${DEFAULT_TIMEOUT_MS + LATENESS_MS} ms`,
            outcome.durationMs <= DEFAULT_TIMEOUT_MS + LATENESS_MS,
          ),
        ],
        () => service.describe(outcome),
      );
      await bench.untilHealth(late, '/health/live', 200, 10_000);
      await bench.untilHealth(late, '/health/ready', 503, 2_000);
      return late;
    });
    await Promise.all(
      [service, newcomer].map(async (each) => {
        await bench.untilReady(each, RECOVERY_LIMIT_MS);
        await goesOn(each);
      }),
    );
    // The connection stands, and nobody answers: no error tells of it, and it is not the first loss any more.
    await bench.whileBrokersPaused(async () => {
      await bench.untilHealth(service, '/health/ready', 503, LOSS_NOTICED_MS);
      await bench.untilHealth(service, '/health/live', 200, 2_000);
    });
    await bench.untilReady(service, RECOVERY_LIMIT_MS);
    await goesOn(service);
    return 'live 200 and ready 503 without the broker, ready and accepting again with it; a service started meanwhile did the same, and the first one again when the broker was frozen';
  },
);

/** Longer than the 15 s in which other conditions must turn liveness to 503. */
const MAROONED_MS = 17_000;

check(
  {
    id: 'no-broker-ever',
    title:
      'a service whose broker has been away from the start and for long is alive, not ready, answers 503, and ends at SIGTERM',
    points: 1,
    why: 'Restarting every service because a broker is down makes of one outage two, and of a slow start a storm.',
    next: 'order-service.ts: liveness does not ask the broker; TODO 1 in publisher.ts: keep trying to connect.',
  },
  async (bench) => {
    const { service, since } = await marooned(bench);
    await until(since + MAROONED_MS);
    await bench.untilHealth(service, '/health/live', 200, 2_000);
    await bench.untilHealth(service, '/health/ready', 503, 2_000);
    const outcome = await service.post('/api/orders', order(16));
    const latest = DEFAULT_TIMEOUT_MS + LATENESS_MS;
    demandFacts(
      '503 for an order, and no later than with a broker: the 5 s of the default count from the request.',
      [
        ...unavailableFacts(outcome),
        holds('answered after', outcome.durationMs, `at most ${latest} ms`, outcome.durationMs <= latest),
      ],
      () => service.describe(outcome),
    );
    await terminate(service);
    return `after ${MAROONED_MS / 1000} s without a broker: live 200, ready 503, ${describeExchange(outcome)}`;
  },
);
