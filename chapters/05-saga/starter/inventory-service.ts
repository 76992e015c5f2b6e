// The inventory service: reserves stock for each order, sells it when the order is completed, and gives it back when the order
// is cancelled.
import { filePath, milliseconds, port, readEnvironment, stockList } from '#shared/config/environment.ts';
import type { CourseEvent, EventOf } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { TOPIC_OF } from '#shared/events/topics.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { GroupConsumer } from '#shared/kafka/group-consumer.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { createLog } from '#shared/log.ts';
import { Stock } from './stock.ts';

const SERVICE = 'inventory-service';
const config = readEnvironment({
  PORT: port,
  DATABASE_FILE: filePath,
  INITIAL_STOCK: stockList,
  KAFKA_SESSION_TIMEOUT_MS: milliseconds.default(10_000),
});
const log = createLog(SERVICE);
const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3_000, retry: { maxRetryTime: 1_000, retries: 8 } });

const stock = new Stock(config.DATABASE_FILE, config.INITIAL_STOCK);
const publisher = new Publisher(kafka);
const broker = new BrokerWatch(kafka, 'orders.created');
const consumer = new GroupConsumer({
  kafka,
  log,
  publisher,
  group: 'inventory-service-group',
  topics: ['orders.created', 'orders.completed', 'orders.cancelled'],
  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
  handle,
});

/** Needs no outbox: until the offset is committed, the event comes again, and with it the chance to publish its result. */
async function handle(event: CourseEvent): Promise<void> {
  if (event.event_type === 'OrderCreated') await reserve(event);
  if (event.event_type === 'OrderCompleted' || event.event_type === 'OrderCancelled') stock.settle(event);
  log.info(`${event.event_type} done`, { correlation_id: event.correlation_id, order_id: event.payload.order_id });
}

async function reserve(order: EventOf<'OrderCreated'>): Promise<void> {
  const result = stock.reserve(order);
  if (result) await publisher.publish(TOPIC_OF[result.event_type], [toMessage(result)]);
}

startService({
  port: config.PORT,
  log,
  notReadyBecause: () => (consumer.joined && broker.reachable ? undefined : 'The service is not in its group.'),
  close: async () => {
    await consumer.close();
    await Promise.all([publisher.close(), broker.close()]);
    stock.close();
  },
  routes: (app) => {
    app.get('/api/stock/:sku', (request, response) => {
      const level = stock.levelOf(request.params.sku);
      if (level) return void response.json(level);
      throw new ProblemError({ status: 404, title: 'Not found', detail: `There is no sku ${request.params.sku}.` });
    });
  },
});
