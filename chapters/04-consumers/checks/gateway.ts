// What the notification service does while its gateway is slow, failing, refusing or silent.

import type { Message } from 'kafkajs';
import type { EmailGateway, MailRequest } from '#infra/email-gateway/email-gateway.ts';
import { check } from '#shared/testing/check.ts';
import { caughtUp } from '#shared/testing/consuming-services.ts';
import { demandDeadLetter } from '#shared/testing/dead-letters.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { demandMailed, demandTold, mailsFor, mailTable } from '../mails.ts';
import { until } from '../moments.ts';
import { notificationResults } from '../results.ts';
import { NOTIFICATION, RETRIED_MS, running } from '../services.ts';
import { type Cause, inventoryReserved, messageOf, orderCreated } from '../traffic.ts';

/** Short, so that silence is noticed soon; the contract's default is 5 s. */
const IMPATIENT = { GATEWAY_TIMEOUT_MS: '1000' };
const CHANCE_MS = 700;
const PARTITION = 2;

const order = () => orderCreated({ 'NO-SUCH-SKU': 1 });
const about = (cause: Cause) => (mail: MailRequest) => mail.order_id === cause.payload.order_id;

async function publish(bench: Workbench, ...causes: Cause[]): Promise<void> {
  await bench.direct.publish(
    'orders.created',
    causes.map((cause) => messageOf(cause, PARTITION)),
  );
}

check(
  {
    id: 'accepted-first',
    title:
      'NotificationSent is published, and GET /api/notifications lists the mail, only after the gateway has accepted it; the offset is committed after that',
    points: 6,
    why: 'An event says what has happened. One that is published before it has happened is a promise, and this one would be broken at night.',
    next: 'TODO 5 in patience.ts: wait for the attempt. TODO 2 in consume.ts: wait for the work. notifications.ts remembers what was accepted.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const [held, next] = [order(), order()];
    const hold = gateway.hold(about(held));
    await publish(bench, held, next);
    await until(bench, service, 'the mail of an order reaches the gateway.', () => hold.met.length > 0);
    const [record] = (await bench.log.catchUp()).filter(({ key }) => key === held.payload.order_id);
    const tooEarly = await seizesTheChance(async () => {
      const committed = (await bench.direct.committed(NOTIFICATION.group, 'orders.created')).get(PARTITION) ?? 0n;
      const sent = notificationResults(await bench.log.catchUp(), held).length;
      return sent > 0 || (record !== undefined && committed > record.offset);
    }, CHANCE_MS);
    demand(!tooEarly, 'no NotificationSent and no commit before the gateway has answered.', () => service.describe());
    await demandTold(service, held.payload.order_id, [], ': nothing, while the gateway still holds the mail');
    hold.end();
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    for (const cause of [held, next]) demandMailed(log, gateway, cause, cause.payload.customer_id, service);
    await demandTold(service, held.payload.order_id, ['ORDER_RECEIVED'], ', now that it was');
    return mailTable(mailsFor(gateway, held));
  },
);

check(
  {
    id: 'any-2xx',
    title: 'whatever 2xx the gateway answers, the mail is accepted, and not sent again',
    points: 3,
    why: 'Vendors change 202 into 204 without telling anybody. Who takes that for a failure sends the same mail for ever.',
    next: 'gateway.ts, which came finished, looks at the range and not at a number.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const causes = [200, 201, 204, 207].map((status) => {
      const cause = order();
      gateway.fail(about(cause), status);
      return cause;
    });
    await publish(bench, ...causes);
    const log = await caughtUp(bench, NOTIFICATION, [service]);
    for (const cause of causes) {
      demandMailed(log, gateway, cause, cause.payload.customer_id, service);
      const mails = mailsFor(gateway, cause);
      demand(mails.length === 1, 'one attempt, which was accepted.', () => mailTable(mails));
    }
    return mailTable(causes.flatMap((cause) => mailsFor(gateway, cause)));
  },
);

interface Trouble {
  what: string;
  begin: (gateway: EmailGateway, cause: Cause) => unknown;
}

const TROUBLES: Trouble[] = [
  // Vendors and the proxies in front of them have more 5xx than a list would name.
  ...[408, 429, 500, 520].map((status) => ({
    what: String(status),
    begin: (gateway: EmailGateway, cause: Cause) => gateway.fail(about(cause), status, 1),
  })),
  { what: 'no answer in time', begin: (gateway, cause) => gateway.hold(about(cause), 1) },
  { what: 'a connection that is cut', begin: (gateway, cause) => gateway.cut(about(cause), 1) },
];

check(
  {
    id: 'transient',
    title:
      'a gateway that answers 408, 429 or any 5xx, or nothing at all, is tried again until it accepts; nothing is given up',
    points: 8,
    why: 'Vendors fail for minutes. Mails that are given up on the first 503 are a list of customers to call.',
    next: 'TODO 5 in patience.ts: attempt again. gateway.ts tells what is transient.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const causes = TROUBLES.map((trouble) => {
      const cause = order();
      trouble.begin(gateway, cause);
      return cause;
    });
    await publish(bench, ...causes);
    const log = await caughtUp(bench, NOTIFICATION, [service], RETRIED_MS);
    for (const [index, cause] of causes.entries()) {
      const mails = mailsFor(gateway, cause);
      const expected = `another attempt after ${TROUBLES[index]?.what}, with the same Idempotency-Key.`;
      const repeated = mails.length >= 2 && mails.every(({ key }) => key === cause.event_id);
      demand(repeated, expected, () => `${mailTable(mails)}\n\n${service.describe()}`);
      demandMailed(log, gateway, cause, cause.payload.customer_id, service);
    }
    return TROUBLES.map(
      ({ what }, index) => `${what}: ${mailsFor(gateway, causes[index] as Cause).length} attempts`,
    ).join('\n');
  },
);

check(
  {
    id: 'refused-connection',
    title: 'while the gateway refuses connections the mail waits, and it goes out once the gateway is back',
    points: 4,
    why: 'The vendor deploys too. A consumer that dies of ECONNREFUSED takes the whole service with it.',
    next: 'TODO 5 in patience.ts: attempt again, whatever has failed.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const cause = order();
    await gateway.down();
    try {
      await publish(bench, cause);
      // What the service says of its first attempt is free; that it lives on is not.
      await seizesTheChance(() => service.program.exit !== undefined, CHANCE_MS);
    } finally {
      await gateway.up();
    }
    const log = await caughtUp(bench, NOTIFICATION, [service], RETRIED_MS);
    demandMailed(log, gateway, cause, cause.payload.customer_id, service);
    return mailTable(mailsFor(gateway, cause));
  },
);

/** Two that everybody thinks of, and some that a vendor has as well. */
const FINAL = [400, 422, 403, 404, 409, 413, 451];

/** The same event with blanks, a field and a header more: what is made anew from its parts is not what was there. */
function asNobodyElseWrites(cause: Cause): Message {
  const message = messageOf(cause, PARTITION);
  const value = JSON.stringify({ ...cause, note: 'blanks count' }, null, 1);
  return { ...message, value, headers: { ...message.headers, trace: Buffer.from([0, 255]) } };
}

/** Whoever had to rejoin its group in between reads the event once more. */
const MOST_REFUSALS = 2;

check(
  {
    id: 'final',
    title: 'any other 4xx is final: the event goes to its dead-letter topic at once, without NotificationSent',
    points: 6,
    why: 'A mail that the vendor will never take blocks all mails behind it, if it is tried for ever.',
    next: 'notification-service.ts throws Poison; TODO 3 in consume.ts: bury what the handler calls Poison.',
  },
  async (bench) => {
    const service = await running(bench, NOTIFICATION, IMPATIENT);
    const gateway = await bench.gateway();
    const refusals = FINAL.map((status) => ({ status, topic: 'orders.created', cause: order() as Cause }));
    refusals.push({ status: 422, topic: 'inventory.reserved', cause: inventoryReserved(order()) });
    const late = { status: 400, topic: 'orders.created', cause: order() };
    refusals.push(late);
    // The vendor was down, and does not want this one now that it is back.
    gateway.fail(about(late.cause), 503, 1);
    for (const { status, cause } of refusals) gateway.fail(about(cause), status);
    const next = order();
    const before = (await bench.log.catchUp()).length;
    for (const { topic, cause } of refusals) await bench.direct.publish(topic, [asNobodyElseWrites(cause)]);
    await publish(bench, next);
    const log = await caughtUp(bench, NOTIFICATION, [service], RETRIED_MS);
    const refusalsOf = (cause: Cause) => mailsFor(gateway, cause).filter(({ status = 0 }) => status < 500).length;
    for (const { status, topic: read, cause } of refusals) {
      const [record] = log.slice(before).filter(({ topic, key }) => topic === read && key === cause.payload.order_id);
      if (record) demandDeadLetter(log, record, `an event whose mail got ${status}`, NOTIFICATION.group, service);
      demandFacts(
        `no notification for a mail that got ${status}, and no further attempts.`,
        [
          equals('NotificationSent', notificationResults(log, cause).length, 0),
          holds(
            'refusals',
            refusalsOf(cause),
            `1, or ${MOST_REFUSALS} after a rebalance`,
            refusalsOf(cause) <= MOST_REFUSALS,
          ),
        ],
        () => mailTable(mailsFor(gateway, cause)),
      );
      await demandTold(service, cause.payload.order_id, []);
    }
    demandMailed(log, gateway, next, next.payload.customer_id, service);
    return mailTable([...refusals.map(({ cause }) => cause), next].flatMap((cause) => mailsFor(gateway, cause)));
  },
);
