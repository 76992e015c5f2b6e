// The inventory service: reserves stock for each order, and says on inventory.reserved or inventory.failed what came of it.
import { filePath, milliseconds, port, readEnvironment, stockList } from '#shared/config/environment.ts';
import type { CourseEvent } from '#shared/events/event.ts';
import { toMessage } from '#shared/events/message.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { startService } from '#shared/http/service.ts';
import { BrokerWatch } from '#shared/kafka/broker-watch.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { createLog } from '#shared/log.ts';
import { GroupConsumer } from './consume.ts';
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
  topics: ['orders.created'],
  sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
  handle,
});

/** The effect and its memory in one transaction, then the result; whoever calls commits the offset last. */
async function handle(event: CourseEvent): Promise<void> {
  if (event.event_type !== 'OrderCreated') return;
  const result = stock.reserve(event);
  const topic = result.event_type === 'InventoryReserved' ? 'inventory.reserved' : 'inventory.failed';
  await publisher.publish(topic, [toMessage(result)]);
  const { correlation_id, payload } = event;
  log.info(`${result.event_type} published`, { correlation_id, order_id: payload.order_id });
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
      if (!level) {
        const detail = `There is no sku ${request.params.sku}.`;
        throw new ProblemError({ status: 404, title: 'Not found', detail });
      }
      response.json(level);
    });
  },
});
