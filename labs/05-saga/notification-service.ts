// The notification service: tells customers by e-mail what has become of their orders, and says so on notifications.sent.
import { filePath, httpUrl, milliseconds, port, readEnvironment } from '#shared/config/environment.ts';
import type { CourseEvent, EventOf, NotificationKind } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { GroupConsumer, Unprocessable } from '#shared/kafka/group-consumer.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { createLog } from '#shared/log.ts';
import { MailSender } from '#shared/mail/mail-sender.ts';
import { Letters } from './letters.ts';

const SERVICE = 'notification-service';
const config = readEnvironment({
  PORT: port,
  DATABASE_FILE: filePath,
  EMAIL_GATEWAY_URL: httpUrl,
  GATEWAY_TIMEOUT_MS: milliseconds.default(5_000),
  KAFKA_SESSION_TIMEOUT_MS: milliseconds.default(10_000),
});
const log = createLog(SERVICE);
const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3_000, retry: { maxRetryTime: 1_000, retries: 8 } });

/** The mail that each event means. InventoryFailed means none: the order service says what it makes of it, in OrderCancelled. */
const MAILS: Partial<Record<CourseEvent['event_type'], NotificationKind>> = {
  OrderCreated: 'ORDER_RECEIVED',
  InventoryReserved: 'ORDER_CONFIRMED',
  OrderCancelled: 'ORDER_CANCELLED',
};

const letters = new Letters(config.DATABASE_FILE);
const mails = new MailSender(config.EMAIL_GATEWAY_URL, config.GATEWAY_TIMEOUT_MS, log);
const publisher = new Publisher(kafka);
const broker = new BrokerWatch(kafka, 'orders.created');
const consumer = new GroupConsumer({
  kafka,
  log,
  publisher,
  group: 'notification-service-group',
  topics: ['orders.created', 'inventory.reserved', 'orders.cancelled'],
  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
  handle,
});

async function handle(event: CourseEvent, signal: AbortSignal): Promise<void> {
  const kind = MAILS[event.event_type];
  if (!kind) return;
  const sent = letters.causedBy(event) ?? (await notify(event, kind, signal));
  if (!sent) return;
  await publisher.publish('notifications.sent', [toMessage(sent)]);
  log.info(`${kind} sent`, { correlation_id: event.correlation_id, order_id: event.payload.order_id });
}

async function notify(
  event: CourseEvent,
  kind: NotificationKind,
  signal: AbortSignal,
): Promise<EventOf<'NotificationSent'> | undefined> {
  const customer_id = letters.customerOf(event);
  const { order_id } = event.payload;
  // A reservation that came too late: who has read that the order is cancelled should not read that it is confirmed.
  const told = letters.of(order_id).map((letter) => letter.kind);
  if (kind === 'ORDER_CONFIRMED' && told.includes('ORDER_CANCELLED')) return undefined;
  const verdict = await mails.send({ order_id, customer_id, kind }, event.event_id, signal);
  if (!verdict.accepted) throw new Unprocessable(verdict.refused);
  return letters.sent(event, kind);
}

startService({
  port: config.PORT,
  log,
  notReadyBecause: () => (consumer.joined && broker.reachable ? undefined : 'The service is not in its group.'),
  close: async () => {
    await consumer.close();
    await Promise.all([publisher.close(), broker.close()]);
    letters.close();
  },
  routes: (app) => {
    app.get('/api/notifications/:orderId', (request, response) => {
      response.json(letters.of(request.params.orderId));
    });
  },
});
