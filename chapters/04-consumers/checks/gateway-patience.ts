// What the notification service does while it waits for its gateway: for long, in vain, or frozen.
import type { Misbehaviour } from '#infra/email-gateway/email-gateway.ts';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { demandLeft, seizesTheChance, terminate } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { demandMailed, demandTold, isAccepted, mailsFor, mailTable } from '../mails.ts';
import { backOrEnded, until } from '../moments.ts';
import { grow, pausesOf } from '../pauses.ts';
import { another, NOTIFICATION, RETRIED_MS, running, SESSION_TIMEOUT_MS } from '../services.ts';
import { type Cause, messageOf, orderCreated } from '../traffic.ts';

/** Short, so that silence is noticed soon; the contract's default is 5 s. */
const IMPATIENT = { GATEWAY_TIMEOUT_MS: '1000' };
/** A gateway that takes its time, and a service that lets it. */
const PATIENT = { GATEWAY_TIMEOUT_MS: '20000' };
const TAKEN_OVER_MS = 25_000;
const PARTITION = 2;

const order = () => orderCreated({ 'NO-SUCH-SKU': 1 });

async function publish(bench: Workbench, ...causes: Cause[]): Promise<void> {
  await bench.direct.publish(
    'orders.created',
    causes.map((cause) => messageOf(cause, PARTITION)),
  );
}

const RETRY_LIMIT_MS = 30_000;
/** Pauses that double have become longer than a session by then, and one of them has lasted for a session. */
const UNWELL_MS = 2.5 * SESSION_TIMEOUT_MS;

check(
  {
    id: 'growing-pauses',
    title: 'the pauses between attempts grow, the group is kept meanwhile, and the order of a key is kept',
    points: 8,
    why: 'Ten services that ask a struggling gateway once a second are the reason why it does not recover.',
    next: 'TODO 5 in patience.ts: growing pauses, heartbeats meanwhile. Do not go on with the next record.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const cause = order();
    const behind = orderCreated({ 'NO-SUCH-SKU': 2 }, cause.payload.order_id);
    const other = order();
    const members = await bench.direct.members(NOTIFICATION.group);
    // Too many requests, from whoever asks too often, and then a gateway that is broken: neither is a reason to ask steadily.
    const busy = gateway.fail(({ key }) => key === cause.event_id, 429);
    const broken = gateway.fail(({ key }) => key === other.event_id, 503);
    const triedAgain = ({ met }: Misbehaviour, limitMs: number) =>
      until(bench, service, 'a mail that was not accepted is tried again.', () => met.length > 2, limitMs);
    await publish(bench, cause, behind, other);
    await triedAgain(busy, RETRY_LIMIT_MS);
    const [pauses, stayed] = await Promise.all([pausesOf(busy), staysInGroup(bench, members, UNWELL_MS)]);
    busy.end();
    await triedAgain(broken, RETRIED_MS + RETRY_LIMIT_MS);
    const pausesWhenBroken = await pausesOf(broken);
    broken.end();
    const log = await caughtUp(bench, NOTIFICATION, [service], RETRIED_MS);
    const mails = mailsFor(gateway, cause);
    const evidence = () => [mailTable(mails), mailTable(mailsFor(gateway, other)), service.describe()].join('\n\n');
    const accepted = mails.find(isAccepted)?.answeredAt ?? 0;
    const overtaking = mailsFor(gateway, behind).filter(({ key, at }) => key === behind.event_id && at < accepted);
    demandFacts(
      'growing pauses, the same member, and nothing of the same key in between.',
      [
        holds('pauses in ms after 429', pauses.map(Math.round), 'growing', grow(pauses)),
        holds('pauses in ms after 503', pausesWhenBroken.map(Math.round), 'growing', grow(pausesWhenBroken)),
        holds('the member of the group', stayed ? 'the same' : 'gone', 'the same', stayed),
        equals('mails of the same key before it was accepted', overtaking.length, 0),
      ],
      evidence,
    );
    demandMailed(log, gateway, cause, cause.payload.customer_id, service);
    return mailTable(mails);
  },
);

/** Whether everybody who was in the group is in it all the time. */
async function staysInGroup(bench: Workbench, before: { id: string }[], limitMs: number): Promise<boolean> {
  return !(await seizesTheChance(async () => !(await sameMembers(bench, before)), limitMs));
}

/** Whether everybody who was in the group still is: an evicted member comes back under another id. */
async function sameMembers(bench: Workbench, before: { id: string }[]): Promise<boolean> {
  const now = new Set((await bench.direct.members(NOTIFICATION.group)).map(({ id }) => id));
  return before.every(({ id }) => now.has(id));
}

/** By then a pause that doubles each time is longer than the ten seconds that a service has to end. */
const LONG_PAUSE_ATTEMPTS = 7;
const LONG_PAUSE_MS = 16_000;

check(
  {
    id: 'sigterm-in-retry',
    title:
      'after SIGTERM in the middle of retries it leaves its group and exits with 0 within 10 s; its successor sends the mail',
    points: 6,
    why: 'While the vendor is down you deploy the fix. A service that will not end until the vendor answers cannot be fixed.',
    next: 'TODO 5 in patience.ts: once the signal aborts, stop waiting and throw. TODO 2 in consume.ts: what throws is not committed.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const cause = order();
    const fail = gateway.fail(({ order_id }) => order_id === cause.payload.order_id, 503);
    await publish(bench, cause);
    await until(bench, service, 'a mail that was not accepted is tried again.', () => fail.met.length > 1);
    await seizesTheChance(() => fail.met.length >= LONG_PAUSE_ATTEMPTS, LONG_PAUSE_MS);
    const took = await terminate(service);
    await demandLeft(bench, service, NOTIFICATION.group, 0);
    fail.end();
    const successor = await running(bench, NOTIFICATION, PATIENT);
    const log = await caughtUp(bench, NOTIFICATION, [successor]);
    demandMailed(log, gateway, cause, cause.payload.customer_id, successor);
    return `exit code 0 after ${took} ms; the successor sent the mail:\n${mailTable(mailsFor(gateway, cause))}`;
  },
);

check(
  {
    id: 'slow-gateway',
    title:
      'while the gateway takes longer than the session timeout to answer, the service stays in its group, and goes on afterwards',
    points: 8,
    why: 'kafkajs heartbeats only between fetches. A slow vendor gets you thrown out, the record goes to the next replica, and so on for ever.',
    next: 'TODO 5 in patience.ts: whileBeating sends heartbeats while the work goes on.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const [cause, next] = [order(), order()];
    const members = await bench.direct.members(NOTIFICATION.group);
    const hold = gateway.hold(({ order_id }) => order_id === cause.payload.order_id, 1);
    await publish(bench, cause, next);
    await until(bench, service, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    demandStayed(await staysInGroup(bench, members, SESSION_TIMEOUT_MS * 1.4), service);
    hold.end();
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    for (const event of [cause, next]) demandMailed(log, gateway, event, event.payload.customer_id, service);
    demandStayed(await sameMembers(bench, members), service);
    const mails = mailsFor(gateway, cause);
    demand(
      mails.length === 1,
      'one attempt: the gateway answered after 8.4 s, and GATEWAY_TIMEOUT_MS is 20000.',
      () => `${mailTable(mails)}\n\n${service.describe()}`,
    );
    return mailTable(mails);
  },
);

function demandStayed(stayed: boolean, service: Service): void {
  demand(stayed, `the same member is in ${NOTIFICATION.group} all the time.`, () => service.describe());
}

check(
  {
    id: 'stalled-notification',
    title:
      'a replica that freezes while the gateway has its mail and wakes up after its session leads to no second NotificationSent',
    points: 7,
    why: 'Two replicas may both send a mail; the key tells the vendor. But what happened once must be published as one event.',
    next: 'notifications.ts: the first to remember an accepted mail makes the event, the second finds it.',
  },
  async (bench) => {
    const frozen = await running(bench, NOTIFICATION, PATIENT);
    const gateway = await bench.gateway();
    const cause = orderCreated({ 'NO-SUCH-SKU': 1 });
    const hold = gateway.hold(({ order_id }) => order_id === cause.payload.order_id, 1);
    await bench.direct.publish('orders.created', [messageOf(cause)]);
    await until(bench, frozen, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    frozen.program.signal('SIGSTOP');
    const replica = await another(bench, NOTIFICATION, PATIENT);
    await bench.untilReady(replica, TAKEN_OVER_MS);
    await caughtUp(bench, NOTIFICATION, [replica]);
    frozen.program.signal('SIGCONT');
    hold.end();
    await backOrEnded(bench, frozen, TAKEN_OVER_MS);
    const after = orderCreated({ 'NO-SUCH-SKU': 1 });
    await bench.direct.publish('orders.created', [messageOf(after)]);
    const log = await caughtUp(bench, NOTIFICATION, [frozen, replica]);
    for (const event of [cause, after]) demandMailed(log, gateway, event, event.payload.customer_id, replica);
    await demandTold(replica, cause.payload.order_id, ['ORDER_RECEIVED']);
    const mails = mailsFor(gateway, cause);
    demand(mails.length >= 2, 'the replica has sent the mail, too.', () => mailTable(mails));
    replica.program.signal('SIGTERM');
    await replica.program.waitForExit(10_000).catch(() => {});
    return mailTable(mails);
  },
);
