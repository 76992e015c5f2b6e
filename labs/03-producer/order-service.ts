// The order service: takes orders over HTTP and publishes each as an OrderCreated event. What is Kafka about it stands
// in publisher.ts.
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { milliseconds, port, readEnvironment } from '#shared/config/environment.ts';
import { newEvent } from '#shared/events/envelope.ts';
import type { OrderCreated } from '#shared/events/orders.ts';
import { ProblemError, parseBody } from '#shared/http/problem.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { createLog } from '#shared/log.ts';
import { batchRequest, type OrderRequest, orderRequest, totalOf } from '#shared/orders/order-request.ts';
import { Publisher } from './publisher.ts';

const SERVICE = 'order-service';
const config = readEnvironment({ PORT: port, PUBLISH_TIMEOUT_MS: milliseconds.default(5000) });
const log = createLog(SERVICE);
const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000 });

const publisher = new Publisher(kafka, log);
const broker = new BrokerWatch(kafka, 'orders.created');

/** Every order that was taken, by its id; chapter 05 moves it to a database. */
const orders = new Map<string, OrderCreated>();

function orderCreated(request: OrderRequest, correlationId: string): OrderCreated {
  const { customer_id, items } = request;
  const payload = { order_id: randomUUID(), customer_id, items, total: totalOf(request) };
  return newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });
}

/** Publishes the events before `PUBLISH_TIMEOUT_MS` has passed since the request came in, or answers 503. */
async function publishOrRefuse(events: OrderCreated[], deadline: number): Promise<void> {
  for (const event of events) orders.set(event.payload.order_id, event);
  const taken = await publisher.publish(events, deadline).catch((error: Error) => error);
  const msg = taken instanceof Error ? `order not acknowledged: ${taken.message}` : 'order published';
  for (const { correlation_id, payload } of events) log.info(msg, { correlation_id, order_id: payload.order_id });
  if (taken instanceof Error) {
    const detail = 'Kafka has not acknowledged the order in time. Whether it was stored is not known.';
    throw new ProblemError({ status: 503, title: 'Not acknowledged', detail }, { 'Retry-After': '1' });
  }
}

function accepted({ correlation_id, payload }: OrderCreated) {
  return { order_id: payload.order_id, correlation_id, status: 'PENDING' };
}

function correlationOf(request: Request): string {
  return request.get('X-Correlation-ID') || randomUUID();
}

startService({
  port: config.PORT,
  log,
  notReadyBecause: () => (publisher.connected && broker.reachable ? undefined : 'Kafka cannot be reached.'),
  close: async () => {
    await Promise.all([publisher.close(), broker.close()]);
  },
  routes: (app) => {
    app.post('/api/orders', async (request, response) => {
      const deadline = performance.now() + config.PUBLISH_TIMEOUT_MS;
      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));
      await publishOrRefuse([event], deadline);
      response
        .status(202)
        .location(`/api/orders/${event.payload.order_id}`)
        .set('X-Correlation-ID', event.correlation_id)
        .json(accepted(event));
    });

    app.post('/api/orders/batch', async (request, response) => {
      const deadline = performance.now() + config.PUBLISH_TIMEOUT_MS;
      const correlationId = correlationOf(request);
      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));
      await publishOrRefuse(events, deadline);
      response
        .status(202)
        .set('X-Correlation-ID', correlationId)
        .json({ orders: events.map(accepted) });
    });

    app.get('/api/orders/:id', (request, response) => {
      const event = orders.get(request.params.id);
      if (!event) {
        const detail = `There is no order ${request.params.id}.`;
        throw new ProblemError({ status: 404, title: 'Not found', detail });
      }
      const { items, total } = event.payload;
      response.json({ ...accepted(event), items, total });
    });
  },
});
