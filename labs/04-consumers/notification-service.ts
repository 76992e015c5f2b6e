// The notification service: tells customers by e-mail what has become of their orders, and says so on notifications.sent.
import { filePath, httpUrl, milliseconds, port, readEnvironment } from '#shared/config/environment.ts';
import type { CourseEvent, NotificationKind } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { createLog } from '#shared/log.ts';
import { GroupConsumer, Poison } from './consume.ts';
import { Gateway } from './gateway.ts';
import { type NotificationSent, Notifications } from './notifications.ts';
import { untilItSucceeds } from './patience.ts';

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

/** Which mail follows from which event, whatever topic it is read from. */
const KINDS: Partial<Record<CourseEvent['event_type'], NotificationKind>> = {
  OrderCreated: 'ORDER_RECEIVED',
  InventoryReserved: 'ORDER_CONFIRMED',
  OrderCancelled: 'ORDER_CANCELLED',
};

const notifications = new Notifications(config.DATABASE_FILE);
const gateway = new Gateway(config.EMAIL_GATEWAY_URL, config.GATEWAY_TIMEOUT_MS);
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

/** A mail that was accepted is not sent again; that it was sent is published again, as the same event. */
async function handle(event: CourseEvent, signal: AbortSignal): Promise<void> {
  const kind = KINDS[event.event_type];
  if (!kind) return;
  const sent = notifications.sentFor(event.event_id) ?? (await notify(event, kind, signal));
  await publisher.publish('notifications.sent', [toMessage(sent)]);
  const { correlation_id, payload } = event;
  log.info(`${kind} sent`, { correlation_id, order_id: payload.order_id });
}

async function notify(event: CourseEvent, kind: NotificationKind, signal: AbortSignal): Promise<NotificationSent> {
  const { correlation_id } = event;
  const { order_id } = event.payload;
  if (event.event_type === 'OrderCreated') notifications.rememberCustomer(order_id, event.payload.customer_id);
  const mail = { order_id, customer_id: notifications.customerOf(order_id), kind };
  const outcome = await untilItSucceeds(async () => {
    const answer = await gateway.post(mail, event.event_id, signal);
    if (answer.kind !== 'transient') return answer;
    log.warn(`${kind} not sent yet: ${answer.reason}`, { correlation_id, order_id });
    return undefined;
  }, signal);
  if (outcome.kind === 'final') throw new Poison(outcome.reason);
  return notifications.accepted(event, kind);
}

startService({
  port: config.PORT,
  log,
  notReadyBecause: () => (consumer.joined && broker.reachable ? undefined : 'The service is not in its group.'),
  close: async () => {
    await consumer.close();
    await Promise.all([publisher.close(), broker.close()]);
    notifications.close();
  },
  routes: (app) => {
    app.get('/api/notifications/:orderId', (request, response) => {
      response.json(notifications.of(request.params.orderId));
    });
  },
});
