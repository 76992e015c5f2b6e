// What reached the e-mail gateway, and what the contract says of a mail.
import type { EmailGateway, MailRequest } from '#infra/email-gateway/email-gateway.ts';
import { demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { type Fact, table } from '#shared/testing/evidence.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { notificationResults, onlyResult, published, resultFacts } from './results.ts';
import type { Cause } from './traffic.ts';

export const KINDS: Record<Cause['event_type'], string> = {
  OrderCreated: 'ORDER_RECEIVED',
  InventoryReserved: 'ORDER_CONFIRMED',
  OrderCancelled: 'ORDER_CANCELLED',
};

/** The requests for an event's mail: by their key, and by what they say where the key is not its id. */
export function mailsFor({ requests }: EmailGateway, cause: Cause): MailRequest[] {
  const byKey = requests.filter(({ key }) => key === cause.event_id);
  if (byKey.length > 0) return byKey;
  const { order_id } = cause.payload;
  return requests.filter((mail) => mail.order_id === order_id && mail.kind === KINDS[cause.event_type]);
}

export function isAccepted({ status = 0 }: MailRequest): boolean {
  return status >= 200 && status < 300;
}

export function mailTable(mails: MailRequest[]): string {
  if (mails.length === 0) return '(no request reached the gateway)';
  const start = mails[0]?.at ?? 0;
  const rows = mails
    .slice(0, 12)
    .map(({ at, status, key, kind, order_id, customer_id, wrong }) => [
      `${Math.round(at - start)} ms`,
      String(status ?? 'unanswered'),
      String(key),
      wrong ?? JSON.stringify({ order_id, customer_id, kind }),
    ]);
  return table(['after', 'answer', 'Idempotency-Key', 'mail'], rows);
}

/** Demands that an event's mail was accepted, is right, and has led to one NotificationSent; returns that record. */
export function demandMailed(
  log: TopicRecord[],
  gateway: EmailGateway,
  cause: Cause,
  customer: string | undefined,
  service: Service,
): TopicRecord {
  const mails = mailsFor(gateway, cause);
  const [mail] = mails;
  const kind = KINDS[cause.event_type];
  demandFacts(
    `POST /emails for ${cause.event_type}, with the id of the event as its Idempotency-Key.`,
    [
      holds('accepted', mails.length, 'at least once', mails.some(isAccepted)),
      holds('request', mail?.wrong, 'POST /emails with JSON', mail !== undefined && mail.wrong === undefined),
      equals('Idempotency-Key', mail?.key, cause.event_id),
      equals('order_id', mail?.order_id, cause.payload.order_id),
      equals('kind', mail?.kind, kind),
      ...(customer === undefined ? [] : [customerFact(mail?.customer_id, customer, cause)]),
    ],
    () => `${mailTable(mails)}\n\n${service.describe()}`,
  );
  const record = onlyResult(notificationResults(log, cause), cause, service);
  const { payload } = published(record);
  demandFacts(
    `NotificationSent for ${cause.event_type}.`,
    [
      ...resultFacts(record, cause, 'notification-service', 'notifications.sent', 'NotificationSent'),
      equals('payload.kind', payload?.kind, kind),
      equals('payload.channel', payload?.channel, 'email'),
    ],
    () => service.describe(),
  );
  return record;
}

/** Until ORDER_RECEIVED has been accepted, nobody need know the customer. */
function customerFact(found: unknown, customer: string, { event_type }: Cause): Fact {
  const early = event_type === 'OrderCreated';
  const expected = `${JSON.stringify(customer)}${early ? ', or null' : ''}`;
  return holds('customer_id', found, expected, found === customer || (early && found === null));
}

/** As text, or in milliseconds. */
function isTime(at: unknown): boolean {
  return (typeof at === 'string' || typeof at === 'number') && !Number.isNaN(new Date(at).getTime());
}

/** What GET /api/notifications says of an order, in any order; `when` completes the sentence. */
export async function demandTold(service: Service, orderId: string, kinds: string[], when = ''): Promise<void> {
  const outcome = await service.get(`/api/notifications/${orderId}`);
  const body = outcome.status === undefined ? undefined : outcome.json;
  const list = (Array.isArray(body) ? body : []) as { kind?: unknown; at?: unknown }[];
  demandFacts(
    `GET /api/notifications/${orderId} tells what was sent${when}.`,
    [
      equals('status', outcome.status, 200),
      holds('body', body, 'a list', Array.isArray(body)),
      equals(
        'kinds',
        list
          .map((entry) => String(entry.kind))
          .sort()
          .join(', '),
        kinds.toSorted().join(', '),
      ),
      holds(
        'at',
        list[0]?.at,
        'a time',
        list.every(({ at }) => isTime(at)),
      ),
    ],
    () => service.describe(outcome),
  );
}
