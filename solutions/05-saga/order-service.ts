// The order service: takes orders over HTTP, and brings each to its end, confirmed or cancelled, by what the other services
// publish. What it publishes itself goes through the outbox.
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { filePath, milliseconds, port, readEnvironment } from '#shared/config/environment.ts';
import { newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf } from '#shared/events/event.ts';
import { ProblemError, parseBody } from '#shared/http/problem.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { GroupConsumer } from '#shared/kafka/group-consumer.ts';
import { OutboxRelay } from '#shared/kafka/outbox-relay.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { createLog } from '#shared/log.ts';
import { batchRequest, type OrderRequest, orderRequest, totalOf } from '#shared/orders/order-request.ts';
import type { Step } from './order-saga.ts';
import { Orders } from './orders.ts';

const SERVICE = 'order-service';
/** How often the clock is looked at. */
const CLOCK_MS = 200;

const config = readEnvironment({
  PORT: port,
  DATABASE_FILE: filePath,
  PUBLISH_TIMEOUT_MS: milliseconds.default(5_000),
  SAGA_TIMEOUT_MS: milliseconds.default(30_000),
  KAFKA_SESSION_TIMEOUT_MS: milliseconds.default(10_000),
});
const log = createLog(SERVICE);
const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3_000, retry: { maxRetryTime: 500, retries: 12 } });

const orders = new Orders(config.DATABASE_FILE);
const publisher = new Publisher(kafka);
const relay = new OutboxRelay(orders.outbox, publisher, log);
const broker = new BrokerWatch(kafka, 'orders.created');
const consumer = new GroupConsumer({
  kafka,
  log,
  publisher,
  group: 'order-service-group',
  topics: ['inventory.reserved', 'inventory.failed', 'notifications.sent'],
  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
  handle: (event: CourseEvent) => tell(orders.hear(event)),
});
const clock = setInterval(lookAtClock, CLOCK_MS);

/** What fails now, because another replica holds the database for too long, is tried again with the next look. */
function lookAtClock(): void {
  try {
    for (const step of orders.watchClock(Date.now())) tell(step);
  } catch (error) {
    log.error(`the clock was not looked at: ${(error as Error).message}`);
  }
}

function tell(step: Step | undefined): void {
  if (!step) return;
  const { created, status, reason } = step.order;
  const { correlation_id, payload } = created;
  const why = reason ? ` (${reason})` : '';
  log.info(`the order is ${status}${why}`, { correlation_id, order_id: payload.order_id });
}

function orderCreated(request: OrderRequest, correlationId: string): EventOf<'OrderCreated'> {
  const { customer_id, items } = request;
  const payload = { order_id: randomUUID(), customer_id, items, total: totalOf(request) };
  return newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });
}

/** Takes orders, and answers when the broker has them, or with 503; then they stay in the outbox, and their saga goes on. */
async function takeAndPublish(events: EventOf<'OrderCreated'>[]): Promise<void> {
  const deadline = performance.now() + config.PUBLISH_TIMEOUT_MS;
  const span = orders.take(events, Date.now() + config.SAGA_TIMEOUT_MS);
  const late = await relay.published(span, deadline).catch((error: Error) => error);
  const msg = late ? `order not acknowledged: ${late.message}` : 'order published';
  for (const { correlation_id, payload } of events) log.info(msg, { correlation_id, order_id: payload.order_id });
  if (late) {
    const detail =
      'Kafka has not acknowledged the order in time. It is kept, and will be published when Kafka is back.';
    throw new ProblemError({ status: 503, title: 'Not acknowledged', detail }, { 'Retry-After': '1' });
  }
}

function accepted({ correlation_id, payload }: EventOf<'OrderCreated'>) {
  return { order_id: payload.order_id, correlation_id, status: 'PENDING' };
}

function correlationOf(request: Request): string {
  return request.get('X-Correlation-ID') || randomUUID();
}

startService({
  port: config.PORT,
  log,
  notReadyBecause: () => (consumer.joined && broker.reachable ? undefined : 'The service is not in its group.'),
  close: async () => {
    clearInterval(clock);
    await consumer.close();
    await relay.close();
    await Promise.all([publisher.close(), broker.close()]);
    orders.close();
  },
  routes: (app) => {
    app.post('/api/orders', async (request, response) => {
      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));
      await takeAndPublish([event]);
      response
        .status(202)
        .location(`/api/orders/${event.payload.order_id}`)
        .set('X-Correlation-ID', event.correlation_id)
        .json(accepted(event));
    });

    app.post('/api/orders/batch', async (request, response) => {
      const correlationId = correlationOf(request);
      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));
      await takeAndPublish(events);
      response
        .status(202)
        .set('X-Correlation-ID', correlationId)
        .json({ orders: events.map(accepted) });
    });

    app.get('/api/orders/:id', (request, response) => {
      const order = orders.find(request.params.id);
      if (!order) {
        const detail = `There is no order ${request.params.id}.`;
        throw new ProblemError({ status: 404, title: 'Not found', detail });
      }
      const { created, status, reason } = order;
      const { items, total } = created.payload;
      response.json({ ...accepted(created), status, ...(reason ? { reason } : {}), items, total });
    });
  },
});
