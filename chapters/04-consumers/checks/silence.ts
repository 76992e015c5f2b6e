// A gateway that takes a mail's request and says nothing.
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import { demandLeft, terminate } from '#shared/testing/moments.ts';
import { demandMailed, mailsFor, mailTable } from '../mails.ts';
import { until } from '../moments.ts';
import { grow, pausesOf } from '../pauses.ts';
import { another, NOTIFICATION, RETRIED_MS, running } from '../services.ts';
import { messageOf, orderCreated } from '../traffic.ts';

/** Short beside the pauses, which the silence lies between. */
const SHORT_TIMEOUT_MS = 300;

check(
  {
    id: 'growing-pauses-in-silence',
    title: 'the pauses between attempts grow also where the gateway gives no answer, or breaks the connection',
    points: 4,
    why: 'A vendor that no longer answers has more requests than it can take. Each one that is repeated at once is one more.',
    next: 'TODO 5 in patience.ts: the pause follows an attempt that failed, whatever it failed of.',
  },
  async (bench) => {
    const service = await another(bench, NOTIFICATION, { GATEWAY_TIMEOUT_MS: String(SHORT_TIMEOUT_MS) });
    await bench.untilReady(service);
    const gateway = await bench.gateway();
    // The first request of a process takes its time to set out, and its timeout runs meanwhile.
    const warmUp = orderCreated({ 'NO-SUCH-SKU': 1 });
    await bench.direct.publish('orders.created', [messageOf(warmUp)]);
    demandMailed(await caughtUp(bench, NOTIFICATION, [service]), gateway, warmUp, warmUp.payload.customer_id, service);
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const hold = gateway.hold(({ key }) => key === cause.event_id);
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    const triedAgain = (condition: () => boolean) =>
      until(bench, service, 'a mail that got no answer is tried again.', condition, RETRIED_MS);
    await triedAgain(() => hold.met.length > 1);
    const pauses = await pausesOf(hold, SHORT_TIMEOUT_MS);
    hold.end();
    demandFacts(
      `growing pauses, between attempts that end after a GATEWAY_TIMEOUT_MS of ${SHORT_TIMEOUT_MS}.`,
      [holds('from the end of an attempt to the next, in ms', pauses.map(Math.round), 'growing', grow(pauses))],
      () => `${mailTable(mailsFor(gateway, cause))}\n\n${service.describe()}`,
    );
    const next = orderCreated({ 'NO-SUCH-SKU': 1 });
    const cut = gateway.cut(({ key }) => key === next.event_id);
    await bench.direct.publish('orders.created', [messageOf(next)]);
    await triedAgain(() => cut.met.length > 1);
    const pausesWhenCut = await pausesOf(cut);
    cut.end();
    demandFacts(
      'growing pauses, between attempts whose connection is cut.',
      [holds('from one attempt to the next, in ms', pausesWhenCut.map(Math.round), 'growing', grow(pausesWhenCut))],
      () => `${mailTable(mailsFor(gateway, next))}\n\n${service.describe()}`,
    );
    const log = await caughtUp(bench, NOTIFICATION, [service], RETRIED_MS);
    for (const each of [cause, next]) demandMailed(log, gateway, each, each.payload.customer_id, service);
    await terminate(service);
    return [cause, next].map((each) => mailTable(mailsFor(gateway, each))).join('\n\n');
  },
);

check(
  {
    id: 'sigterm-in-silence',
    title:
      'after SIGTERM while the gateway has a mail and says nothing it leaves its group and exits with 0 within 10 s; its successor sends the mail',
    points: 4,
    why: 'However long an answer may take by configuration, a deployment takes ten seconds. Then comes kill -9, and the group waits for a session.',
    next: 'TODO 5 in patience.ts and gateway.ts: the attempt itself ends when the signal aborts, not only the pause after it.',
  },
  async (bench) => {
    const service = await another(bench, NOTIFICATION, { GATEWAY_TIMEOUT_MS: '60000' });
    await bench.untilReady(service);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const hold = gateway.hold(({ key }) => key === cause.event_id, 1);
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, service, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    const took = await terminate(service);
    await demandLeft(bench, service, NOTIFICATION.group, 0);
    hold.end();
    const successor = await running(bench, NOTIFICATION);
    const log = await caughtUp(bench, NOTIFICATION, [successor]);
    demandMailed(log, gateway, cause, cause.payload.customer_id, successor);
    return `exit code 0 after ${took} ms; the successor sent the mail:\n${mailTable(mailsFor(gateway, cause))}`;
  },
);
