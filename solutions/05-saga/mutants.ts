// What goes wrong in chapter 05, each as edits of the solution and the check that must notice; then what is right as well.
import { type AlsoRight, type Edit, type Mutant, publishingInTransactions, trustingAnybody } from '#shared/mutant.ts';

const saga = (from: string, to: string): Edit => ({ file: 'order-saga.ts', from, to });
const orders = (from: string, to: string): Edit => ({ file: 'orders.ts', from, to });
const service = (from: string, to: string): Edit => ({ file: 'order-service.ts', from, to });
const stock = (from: string, to: string): Edit => ({ file: 'stock.ts', from, to });
const inventory = (from: string, to: string): Edit => ({ file: 'inventory-service.ts', from, to });
const notification = (from: string, to: string): Edit => ({ file: 'notification-service.ts', from, to });
const letters = (from: string, to: string): Edit => ({ file: 'letters.ts', from, to });

const FINAL = "  if (order.status !== 'PENDING') return undefined;\n  switch";
const RESERVED = 'return confirmedIfComplete({ ...order, reserved: true }, event);';
const NOTIFIED = 'return confirmedIfComplete({ ...order, notified: true }, event);';
const ONLY_CONFIRMED = "      if (event.payload.kind !== 'ORDER_CONFIRMED') return undefined;\n";
const ON_TIME = "if (order.status !== 'PENDING' || order.reserved || order.deadline > now) return undefined;";
const LATE = "WHERE status = 'PENDING' AND reserved = 0 AND deadline <= ? LIMIT 100";
const TO_OUTBOX = '      if (step.publish) this.outbox.add(step.publish);\n';
const HEAR = '  handle: (event: CourseEvent) => tell(orders.hear(event)),\n';
const OPEN = 'this.#database = openDatabase(file,';
const STILL_RESERVED = "if (entry?.state !== 'RESERVED') return;";
const WRITE_SETTLED = "      this.#write(order_id, { ...entry, state: sold ? 'SOLD' : 'RELEASED' });\n";
const NOT_IN_BOOK = "if (!entry && event_type === 'OrderCancelled') {";
const MOVE_ALL = "if (state === 'RESERVED') this.#move(lines, 'available', 'reserved');";
const SETTLE =
  "  if (event.event_type === 'OrderCompleted' || event.event_type === 'OrderCancelled') stock.settle(event);\n";
const PUBLISHER_IMPORT = "import { Publisher } from '#shared/kafka/publisher.ts';\n";
const MESSAGE_IMPORTS =
  "import { toMessage } from '#shared/events/message.ts';\nimport { TOPIC_OF } from '#shared/events/topics.ts';\n";
const CLOCK = 'const clock = setInterval(lookAtClock, CLOCK_MS);';
const TIMEOUT_CAUSE = "return cancelled(order, 'TIMEOUT', order.created.event_id);";
const CONSUMER = '  topics: ';
const WATCH = "const broker = new BrokerWatch(kafka, 'orders.created');\n";
const WATCH_IMPORT = "import { BrokerWatch } from '#shared/kafka/broker-watch.ts';\n";

/** A service that takes an event for what lies in its topic, whatever its type says. */
const byTopic = (program: typeof service, types: Record<string, string>): Edit[] => [
  program(
    WATCH_IMPORT,
    `import type { ConsumerConfig, ConsumerRunConfig, EachMessagePayload, Kafka } from 'kafkajs';\n${WATCH_IMPORT}`,
  ),
  program(
    'const consumer = new GroupConsumer({\n  kafka,\n',
    `const TYPES: Record<string, string> = ${JSON.stringify(types)};

/** Each topic has one type of event. */
function typed({ topic, message }: EachMessagePayload): Buffer | null {
  try {
    return Buffer.from(JSON.stringify({ ...JSON.parse(String(message.value)), event_type: TYPES[topic] }));
  } catch {
    return message.value;
  }
}

const byTopic = {
  consumer: (options: ConsumerConfig) => {
    const consumer = kafka.consumer(options);
    const run = ({ eachMessage, ...config }: ConsumerRunConfig) =>
      consumer.run({
        ...config,
        eachMessage: async (payload) => eachMessage?.({ ...payload, message: { ...payload.message, value: typed(payload) } }),
      });
    return { ...consumer, run };
  },
} as unknown as Kafka;

const consumer = new GroupConsumer({
  kafka: byTopic,
`,
  ),
];
const RELAY = 'const relay = new OutboxRelay(orders.outbox, publisher, log);\n';

export const mutants: Mutant[] = [
  // taking orders
  {
    name: 'a-batch-is-its-first-order',
    caughtBy: 'takes-batches',
    edits: [service('await takeAndPublish(events);', 'await takeAndPublish(events.slice(0, 1));')],
  },
  {
    name: 'correlation-of-its-own',
    caughtBy: 'takes-batches',
    edits: [
      service("return request.get('X-Correlation-ID') || randomUUID();", 'void request;\n  return randomUUID();'),
    ],
  },
  {
    name: 'believes-what-it-is-sent',
    caughtBy: 'takes-batches',
    edits: [service('parseBody(orderRequest, request.body)', 'request.body as OrderRequest')],
  },
  {
    name: 'only-uuids-correlate',
    caughtBy: 'takes-batches',
    edits: [
      service(
        "return request.get('X-Correlation-ID') || randomUUID();",
        "const given = request.get('X-Correlation-ID') ?? '';\n  return /^[0-9a-f-]{36}$/i.test(given) ? given : randomUUID();",
      ),
    ],
  },
  {
    name: 'hears-later',
    caughtBy: 'committed-when-done',
    edits: [
      service(
        HEAR,
        '  // The consumer is free at once, and a burst of news waits its turn.\n  handle: (event: CourseEvent) => void setTimeout(() => tell(orders.hear(event)), 3_000),\n',
      ),
    ],
  },
  {
    name: 'hears-of-mails-later',
    caughtBy: 'committed-when-done',
    edits: [
      service(
        HEAR,
        "  handle: (event: CourseEvent) => {\n    const later = event.event_type === 'NotificationSent';\n    if (later) setTimeout(() => tell(orders.hear(event)), 3_000);\n    else tell(orders.hear(event));\n  },\n",
      ),
    ],
  },
  {
    name: 'releases-later',
    caughtBy: 'killed-settling',
    edits: [
      inventory(
        SETTLE,
        "  if (event.event_type === 'OrderCompleted') stock.settle(event);\n  if (event.event_type === 'OrderCancelled') setTimeout(() => stock.settle(event), 3_000);\n",
      ),
    ],
  },
  {
    name: 'settles-later',
    caughtBy: 'killed-settling',
    edits: [
      inventory(
        SETTLE,
        "  // The books can wait until the shop is quiet.\n  if (event.event_type === 'OrderCompleted' || event.event_type === 'OrderCancelled')\n    setTimeout(() => stock.settle(event), 3_000);\n",
      ),
    ],
  },
  // the state machine
  {
    name: 'completed-with-the-first-mail',
    caughtBy: 'received-is-not-confirmed',
    edits: [
      saga(ONLY_CONFIRMED, ''),
      saga(NOTIFIED, 'return confirmedIfComplete({ ...order, reserved: true, notified: true }, event);'),
    ],
  },
  {
    name: 'completed-when-the-order-was-received',
    caughtBy: 'received-is-not-confirmed',
    edits: [saga(ONLY_CONFIRMED, '')],
  },
  {
    name: 'completed-with-any-second-mail',
    caughtBy: 'received-is-not-confirmed',
    edits: [saga(ONLY_CONFIRMED, "      if (event.payload.kind === 'ORDER_RECEIVED') return undefined;\n")],
  },
  {
    name: 'confirmed-by-the-reservation-alone',
    caughtBy: 'confirmed',
    edits: [saga('if (!order.reserved || !order.notified)', 'if (!order.reserved)')],
  },
  {
    name: 'confirmed-by-the-mail-alone',
    caughtBy: 'confirmed',
    edits: [saga('if (!order.reserved || !order.notified)', 'if (!order.notified)')],
  },
  {
    name: 'the-reservation-has-to-come-first',
    caughtBy: 'confirmed',
    edits: [saga(NOTIFIED, `if (!order.reserved) return undefined;\n      ${NOTIFIED}`)],
  },
  {
    name: 'the-mail-has-to-come-first',
    caughtBy: 'confirmed',
    edits: [saga(RESERVED, `if (!order.notified) return undefined;\n      ${RESERVED}`)],
  },
  {
    name: 'late-reservation-revives-a-cancelled-order',
    caughtBy: 'terminal',
    edits: [saga(FINAL, "  if (order.status === 'CONFIRMED') return undefined;\n  switch")],
  },
  {
    name: 'late-failure-cancels-a-confirmed-order',
    caughtBy: 'terminal',
    edits: [saga(FINAL, "  if (order.status === 'CANCELLED') return undefined;\n  switch")],
  },
  {
    name: 'each-delivery-is-a-step',
    caughtBy: 'duplicates',
    edits: [
      saga(
        FINAL,
        "  if (order.status === 'CANCELLED' && event.event_type !== 'InventoryFailed') return undefined;\n  switch",
      ),
    ],
  },
  {
    name: 'counts-events-instead-of-kinds',
    caughtBy: 'duplicates',
    edits: [
      saga(RESERVED, 'return confirmedIfComplete({ ...order, notified: order.reserved, reserved: true }, event);'),
    ],
  },
  {
    name: 'reason-is-always-out-of-stock',
    caughtBy: 'out-of-stock',
    edits: [
      saga(
        'return cancelled(order, event.payload.reason, event.event_id);',
        "return cancelled(order, 'OUT_OF_STOCK', event.event_id);",
      ),
    ],
  },
  {
    name: 'new-correlation-for-the-end',
    caughtBy: 'out-of-stock',
    edits: [
      saga('correlationId: correlation_id };', 'correlationId: crypto.randomUUID() };'),
      saga('function origin({ correlation_id }:', 'function origin(_:'),
    ],
  },
  {
    name: 'the-end-has-no-cause',
    caughtBy: 'confirmed',
    edits: [
      saga("type: 'OrderCompleted', causationId,", "type: 'OrderCompleted', causationId: null,"),
      saga(
        'function orderCompleted({ created }: Order, causationId: string)',
        'function orderCompleted({ created }: Order, _causationId: string)',
      ),
    ],
  },
  {
    name: 'unknown-order-is-an-error',
    caughtBy: 'unknown-order',
    edits: [
      orders(
        '      const step = order && decide(order);\n',
        "      if (!order) throw new Error('no such order');\n      const step = decide(order);\n",
      ),
    ],
  },
  {
    name: 'the-topic-is-the-type',
    caughtBy: 'unknown-type',
    edits: byTopic(service, {
      'inventory.reserved': 'InventoryReserved',
      'inventory.failed': 'InventoryFailed',
      'notifications.sent': 'NotificationSent',
    }),
  },
  {
    name: 'inventory-settles-by-topic',
    caughtBy: 'sold',
    edits: byTopic(inventory, {
      'orders.created': 'OrderCreated',
      'orders.completed': 'OrderCompleted',
      'orders.cancelled': 'OrderCancelled',
    }),
  },
  {
    name: 'customers-are-told-by-topic',
    caughtBy: 'told-cancelled',
    edits: byTopic(notification, {
      'orders.created': 'OrderCreated',
      'inventory.reserved': 'InventoryReserved',
      'orders.cancelled': 'OrderCancelled',
    }),
  },
  // time
  {
    name: 'timeout-default-of-a-minute',
    caughtBy: 'timeout-over-restart',
    edits: [service('SAGA_TIMEOUT_MS: milliseconds.default(30_000)', 'SAGA_TIMEOUT_MS: milliseconds.default(60_000)')],
  },
  {
    name: 'a-refusal-leaves-the-clock-running',
    caughtBy: 'reserved-in-time',
    edits: [
      saga(
        ON_TIME,
        ON_TIME.replace("order.status !== 'PENDING'", "order.status === 'CONFIRMED' || order.reason === 'TIMEOUT'"),
      ),
      orders(LATE, LATE.replace("status = 'PENDING'", "status <> 'CONFIRMED' AND reason IS NOT 'TIMEOUT'")),
    ],
  },
  {
    name: 'the-clock-signs-with-a-name-of-its-own',
    caughtBy: 'timeout',
    edits: [
      saga(
        TIMEOUT_CAUSE,
        "const step = cancelled(order, 'TIMEOUT', order.created.event_id);\n  if (step.publish) step.publish.metadata.source = 'saga-clock';\n  return step;",
      ),
    ],
  },
  {
    name: 'a-mail-stops-the-clock',
    caughtBy: 'timeout',
    edits: [
      saga(ON_TIME, ON_TIME.replace('order.reserved ||', 'order.reserved || order.notified ||')),
      orders(LATE, LATE.replace('reserved = 0', 'reserved = 0 AND notified = 0')),
    ],
  },
  {
    name: 'answered-503-and-off-the-clock',
    caughtBy: 'unacknowledged-times-out',
    edits: [
      service('  if (late) {\n', '  if (late) {\n    orders.unwatch(span);\n'),
      orders(
        '  close(): void {',
        `  unwatch({ from, to }: Span): void {
    const update = this.#database.prepare(
      "UPDATE orders SET deadline = 9e15 WHERE order_id IN (SELECT event ->> '$.payload.order_id' FROM outbox WHERE id BETWEEN ? AND ?)",
    );
    update.run(from, to);
  }

  close(): void {`,
      ),
    ],
  },
  { name: 'no-timeout', caughtBy: 'timeout', edits: [saga(ON_TIME, 'if (order.deadline > 0) return undefined;')] },
  {
    name: 'times-out-although-reserved',
    caughtBy: 'reserved-in-time',
    edits: [
      saga(ON_TIME, "if (order.status !== 'PENDING' || order.deadline > now) return undefined;"),
      orders(LATE, "WHERE status = 'PENDING' AND deadline <= ? LIMIT 100"),
    ],
  },
  {
    name: 'timer-in-memory',
    caughtBy: 'timeout-over-restart',
    edits: [
      service(CLOCK, 'const clock = setInterval(() => {}, CLOCK_MS);'),
      service(
        '  const span = orders.take(',
        '  setTimeout(lookAtClock, config.SAGA_TIMEOUT_MS + 20);\n  const span = orders.take(',
      ),
    ],
  },
  {
    name: 'timeout-counts-from-the-restart',
    caughtBy: 'timeout-over-restart',
    edits: [
      service('const SERVICE = ', 'const STARTED = Date.now();\nconst SERVICE = '),
      service(
        'orders.watchClock(Date.now())',
        'orders.watchClock(Date.now() < STARTED + config.SAGA_TIMEOUT_MS ? 0 : Date.now())',
      ),
    ],
  },
  {
    name: 'restart-cancels-what-was-open',
    caughtBy: 'timeout-over-restart',
    edits: [
      service(CLOCK, `orders.watchClock(Number.MAX_SAFE_INTEGER);\n${CLOCK}`),
      saga(ON_TIME, "if (order.status !== 'PENDING' || order.reserved || order.deadline > now) return undefined;"),
    ],
  },
  {
    name: 'late-reservation-after-the-timeout',
    caughtBy: 'too-late',
    edits: [saga(FINAL, "  if (order.status !== 'PENDING' && order.reason !== 'TIMEOUT') return undefined;\n  switch")],
  },
  // the two writes
  {
    name: 'status-first-then-publish',
    caughtBy: 'killed-before-publish',
    edits: [
      orders(TO_OUTBOX, ''),
      service(PUBLISHER_IMPORT, `${MESSAGE_IMPORTS}${PUBLISHER_IMPORT}`),
      service(
        HEAR,
        `  handle: async (event: CourseEvent) => {
    const step = orders.hear(event);
    if (step?.publish) await publisher.publish(TOPIC_OF[step.publish.event_type], [toMessage(step.publish)]);
  },
`,
      ),
    ],
  },
  {
    name: 'publish-first-then-status',
    caughtBy: 'killed-after-publish',
    edits: [
      orders(TO_OUTBOX, ''),
      orders(
        '  find(orderId: string)',
        '  preview(event: CourseEvent): Step | undefined {\n    const order = this.find(event.payload.order_id);\n    return order && afterEvent(order, event);\n  }\n\n  find(orderId: string)',
      ),
      service(PUBLISHER_IMPORT, `${MESSAGE_IMPORTS}${PUBLISHER_IMPORT}`),
      service(
        HEAR,
        `  handle: async (event: CourseEvent) => {
    const step = orders.preview(event);
    if (step?.publish) await publisher.publish(TOPIC_OF[step.publish.event_type], [toMessage(step.publish)]);
    tell(orders.hear(event));
  },
`,
      ),
    ],
  },
  {
    name: 'refusal-published-past-the-outbox',
    caughtBy: 'killed-cancelling',
    edits: [
      orders(
        TO_OUTBOX,
        "      // A refusal comes again until its offset is committed: its handler publishes.\n      const isRefusal = step.order.status === 'CANCELLED' && step.order.reason !== 'TIMEOUT';\n      if (step.publish && !isRefusal) this.outbox.add(step.publish);\n",
      ),
      service(PUBLISHER_IMPORT, `import { toMessage } from '#shared/events/message.ts';\n${PUBLISHER_IMPORT}`),
      service(
        HEAR,
        `  handle: async (event: CourseEvent) => {
    const step = orders.hear(event);
    if (step?.publish?.event_type === 'OrderCancelled') {
      await publisher.publish('orders.cancelled', [toMessage(step.publish)]);
    }
    tell(step);
  },
`,
      ),
    ],
  },
  {
    name: 'timeout-published-past-the-outbox',
    caughtBy: 'killed-cancelling',
    edits: [
      orders(TO_OUTBOX, "      if (step.publish && step.order.reason !== 'TIMEOUT') this.outbox.add(step.publish);\n"),
      service(PUBLISHER_IMPORT, `import { toMessage } from '#shared/events/message.ts';\n${PUBLISHER_IMPORT}`),
      service(
        'const clock = setInterval(lookAtClock, CLOCK_MS);',
        'const clock = setInterval(() => void lookAtClock(), CLOCK_MS);',
      ),
      service('function lookAtClock(): void {', 'async function lookAtClock(): Promise<void> {'),
      service(
        '    for (const step of orders.watchClock(Date.now())) tell(step);\n',
        "    const steps = orders.watchClock(Date.now());\n    const events = steps.flatMap(({ publish }) => publish ?? []);\n    if (events.length > 0) await publisher.publish('orders.cancelled', events.map(toMessage));\n    for (const step of steps) tell(step);\n",
      ),
    ],
  },
  {
    name: 'no-transaction-around-a-step',
    caughtBy: 'timeout-in-replicas',
    edits: [
      orders(
        '    return inTransaction(this.#database, () => {\n      const order = this.find(orderId);',
        '    return ((step: () => Step | undefined) => step())(() => {\n      const order = this.find(orderId);',
      ),
    ],
  },
  {
    name: 'news-is-weighed-outside-the-transaction',
    caughtBy: 'replicas-order',
    edits: [
      orders(
        '    return this.#advance(event.payload.order_id, (order) => afterEvent(order, event));\n',
        `    const order = this.find(event.payload.order_id);
    const step = order && afterEvent(order, event);
    if (!step) return undefined;
    return inTransaction(this.#database, () => {
      this.#write(step.order);
      if (step.publish) this.outbox.add(step.publish);
      return step;
    });
`,
      ),
    ],
  },
  {
    name: 'a-transaction-that-begins-after-the-decision',
    caughtBy: 'timeout-in-replicas',
    edits: [
      orders(
        '    return inTransaction(this.#database, () => {\n      const order = this.find(orderId);\n      const step = order && decide(order);\n      if (!step) return undefined;\n',
        '    const order = this.find(orderId);\n    const step = order && decide(order);\n    if (!step) return undefined;\n    return inTransaction(this.#database, () => {\n',
      ),
    ],
  },
  { name: 'status-without-event', caughtBy: 'out-of-stock', edits: [orders(TO_OUTBOX, '')] },
  {
    name: 'event-without-status',
    caughtBy: 'out-of-stock',
    edits: [
      orders(
        '      this.#write(step.order);\n',
        "      if (step.order.status === 'PENDING') this.#write(step.order);\n",
      ),
    ],
  },
  {
    name: 'mailed-in-memory',
    caughtBy: 'restart',
    edits: [
      orders(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #mailed = new Set<string>();\n',
      ),
      orders('notified: row.notified === 1,', 'notified: this.#mailed.has(orderId),'),
      orders(
        '  #write({',
        '  #write(order: Order): void {\n    if (order.notified) this.#mailed.add(order.created.payload.order_id);\n    this.#insert(order);\n  }\n\n  #insert({',
      ),
    ],
  },
  {
    name: 'ended-when-it-was-placed',
    caughtBy: 'timeout',
    edits: [
      saga(
        "return newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });",
        "const event = newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });\n  return { ...event, timestamp: created.timestamp };",
      ),
    ],
  },
  {
    name: 'completed-when-it-was-placed',
    caughtBy: 'reserved-in-time',
    edits: [
      saga(
        "return newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });",
        "const event = newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });\n  return { ...event, timestamp: created.timestamp };",
      ),
    ],
  },
  {
    name: 'the-end-borrows-an-event-id',
    caughtBy: 'confirmed',
    edits: [
      saga(
        "return newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });",
        "const event = newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });\n  return { ...event, event_id: created.event_id };",
      ),
    ],
  },
  {
    name: 'poison-is-passed-by',
    caughtBy: 'poison-order',
    edits: [service('  publisher,\n', '  publisher: { publish: async () => {} } as unknown as Publisher,\n')],
  },
  {
    name: 'a-clock-for-its-own-orders',
    caughtBy: 'timeout-across-replicas',
    edits: [
      orders(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #mine = new Set<string>();\n',
      ),
      orders(
        '        return this.outbox.add(created);\n',
        '        this.#mine.add(created.payload.order_id);\n        return this.outbox.add(created);\n',
      ),
      orders(
        '    const steps = late.map((',
        '    const steps = late.filter(({ order_id }) => this.#mine.has(order_id)).map((',
      ),
    ],
  },
  {
    name: 'one-topic-for-all-dead-letters',
    caughtBy: 'poison-elsewhere',
    edits: [
      inventory(
        '  publisher,\n',
        "  publisher: {\n    publish: (topic: string, messages: Message[]) =>\n      publisher.publish(topic.endsWith('.dlq') ? 'orders.created.dlq' : topic, messages),\n  } as unknown as Publisher,\n",
      ),
      inventory('import { filePath,', "import type { Message } from 'kafkajs';\nimport { filePath,"),
    ],
  },
  {
    name: 'gives-up-on-its-broker',
    caughtBy: 'late-broker',
    edits: [
      service(CLOCK, `${CLOCK}\nsetTimeout(() => {\n  if (!consumer.joined) void consumer.close();\n}, 10_000);`),
    ],
  },
  {
    name: 'once-ready-always-ready',
    caughtBy: 'late-broker',
    edits: [
      service(
        "() => (consumer.joined && broker.reachable ? undefined : 'The service is not in its group.'),",
        "() => ((wasReady ||= consumer.joined && broker.reachable) ? undefined : 'The service is not in its group.'),",
      ),
      service(CLOCK, `${CLOCK}\nlet wasReady = false;`),
    ],
  },
  {
    name: 'outbox-until-the-first-failure',
    caughtBy: 'end-refused',
    edits: [
      service(
        RELAY,
        `${RELAY}const send = publisher.publishAll.bind(publisher);
let failed = false;
publisher.publishAll = (...what) => {
  if (failed) return new Promise(() => {});
  return send(...what).catch((error) => {
    failed = true;
    throw error;
  });
};
`,
      ),
    ],
  },
  {
    name: 'published-or-not-it-is-out-of-the-box',
    caughtBy: 'end-refused',
    edits: [
      service(
        RELAY,
        `${RELAY}const send = publisher.publishAll.bind(publisher);
publisher.publishAll = (...what) => send(...what).catch((error) => log.error(error.message));
`,
      ),
    ],
  },
  {
    name: 'ends-without-a-broker',
    caughtBy: 'late-broker',
    edits: [service(CLOCK, `${CLOCK}\nsetTimeout(() => {\n  if (!broker.reachable) process.exit(1);\n}, 10_000);`)],
  },
  {
    name: 'inventory-ends-without-a-broker',
    caughtBy: 'late-broker',
    edits: [inventory(WATCH, `${WATCH}setTimeout(() => {\n  if (!broker.reachable) process.exit(1);\n}, 10_000);\n`)],
  },
  {
    name: 'notification-ready-before-its-broker',
    caughtBy: 'late-broker',
    edits: [notification('consumer.joined && broker.reachable ? undefined', 'consumer ? undefined')],
  },
  {
    name: 'a-lease-for-life',
    caughtBy: 'replicas-order',
    edits: [
      orders(
        'this.outbox = new Outbox(this.#database);',
        'this.outbox = new (class extends Outbox {\n      override lease(holder: string) {\n        return super.lease(holder, 1e12);\n      }\n    })(this.#database);',
      ),
    ],
  },
  {
    name: 'orders-in-memory',
    caughtBy: 'restart',
    edits: [orders(OPEN, "this.#database = openDatabase(file && ':memory:',")],
  },
  {
    name: 'unacknowledged-order-is-forgotten',
    caughtBy: 'unacknowledged-order',
    edits: [
      orders(
        '  close(): void {',
        "  forget(orderId: string): void {\n    this.#database.prepare('DELETE FROM orders WHERE order_id = ?').run(orderId);\n  }\n\n  close(): void {",
      ),
      service(
        '  if (late) {\n',
        '  if (late) {\n    for (const { payload } of events) orders.forget(payload.order_id);\n',
      ),
    ],
  },
  // the stock
  {
    name: 'compensation-is-not-idempotent',
    caughtBy: 'released',
    edits: [stock(STILL_RESERVED, "if (!entry || entry.state === 'REFUSED' || entry.state === 'CANCELLED') return;")],
  },
  {
    name: 'released-orders-are-forgotten',
    caughtBy: 'released',
    edits: [
      stock(
        WRITE_SETTLED,
        "      // Given back: there is nothing left to hold, and a second cancellation finds nothing to release.\n      if (sold) this.#write(order_id, { ...entry, state: 'SOLD' });\n      else this.#database.prepare('DELETE FROM book WHERE order_id = ?').run(order_id);\n",
      ),
    ],
  },
  {
    name: 'releases-remembered-in-memory',
    caughtBy: 'killed-settling',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #released = new Set<string>();\n',
      ),
      stock(STILL_RESERVED, "if (entry?.state !== 'RESERVED' || this.#released.has(order_id)) return;"),
      stock(
        WRITE_SETTLED,
        "      if (sold) this.#write(order_id, { ...entry, state: 'SOLD' });\n      else this.#released.add(order_id);\n",
      ),
    ],
  },
  {
    name: 'releases-what-was-never-reserved',
    caughtBy: 'nothing-to-release',
    edits: [stock(STILL_RESERVED, "if (!entry || entry.state === 'SOLD' || entry.state === 'RELEASED') return;")],
  },
  {
    name: 'cancellation-before-the-order-is-ignored',
    caughtBy: 'cancelled-before-read',
    edits: [stock(NOT_IN_BOOK, 'if (false as boolean) {')],
  },
  {
    name: 'a-cancellation-is-remembered-in-memory',
    caughtBy: 'cancelled-before-read',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #gone = new Set<string>();\n',
      ),
      stock(
        '      if (known) return known.result;\n',
        '      if (known || this.#gone.has(order_id)) return known?.result ?? null;\n',
      ),
      stock(
        "        this.#write(order_id, { state: 'CANCELLED', lines: [], result: null });\n",
        '        this.#gone.add(order_id);\n',
      ),
    ],
  },
  {
    name: 'releases-the-last-line-of-a-sku',
    caughtBy: 'released',
    edits: [
      stock(
        'this.#write(order_id, { state, lines, result });',
        'this.#write(order_id, { state, lines: items, result });',
      ),
      stock(
        'this.#move(entry.lines,',
        'this.#move(sold ? bySku(entry.lines) : [...new Map(entry.lines.map((line) => [line.sku, line])).values()],',
      ),
    ],
  },
  {
    name: 'sold-and-still-reserved',
    caughtBy: 'sold',
    edits: [
      stock(
        "this.#move(entry.lines, 'reserved', sold ? 'sold' : 'available');",
        "this.#move(entry.lines, sold ? 'available' : 'reserved', sold ? 'sold' : 'available');",
      ),
    ],
  },
  {
    name: 'completion-is-nothing-to-the-inventory',
    caughtBy: 'sold',
    edits: [inventory(SETTLE, "  if (event.event_type === 'OrderCancelled') stock.settle(event);\n")],
  },
  {
    name: 'cancellation-is-nothing-to-the-inventory',
    caughtBy: 'released',
    edits: [inventory(SETTLE, "  if (event.event_type === 'OrderCompleted') stock.settle(event);\n")],
  },
  {
    name: 'releases-the-first-line-only',
    caughtBy: 'released',
    edits: [
      stock(
        "this.#move(entry.lines, 'reserved', sold ? 'sold' : 'available');",
        "this.#move(sold ? entry.lines : entry.lines.slice(0, 1), 'reserved', sold ? 'sold' : 'available');",
      ),
    ],
  },
  {
    name: 'released-stock-is-lost',
    caughtBy: 'released-stock',
    edits: [
      stock(
        "this.#move(entry.lines, 'reserved', sold ? 'sold' : 'available');",
        "this.#move(entry.lines, 'reserved', sold ? 'sold' : 'reserved');",
      ),
    ],
  },
  {
    name: 'reserves-line-by-line',
    caughtBy: 'all-or-nothing',
    edits: [
      stock(
        MOVE_ALL,
        "this.#move(lines.filter((line) => this.#shortageOf(line).length === 0), 'available', 'reserved');",
      ),
    ],
  },
  {
    name: 'stock-in-memory',
    caughtBy: 'no-oversell',
    edits: [stock(OPEN, "this.#database = openDatabase(file && ':memory:',")],
  },
  {
    name: 'settled-orders-are-remembered-in-memory',
    caughtBy: 'killed-settling',
    edits: [
      stock(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #settled = new Set<string>();\n',
      ),
      stock(
        STILL_RESERVED,
        "if (entry?.state !== 'RESERVED' || this.#settled.has(order_id)) return;\n      this.#settled.add(order_id);",
      ),
      stock(WRITE_SETTLED, ''),
    ],
  },
  // the mails
  {
    name: 'customer-is-told-by-the-inventory-as-well',
    caughtBy: 'told-cancelled',
    edits: [
      notification(
        "  OrderCancelled: 'ORDER_CANCELLED',\n",
        "  OrderCancelled: 'ORDER_CANCELLED',\n  InventoryFailed: 'ORDER_CANCELLED',\n",
      ),
      notification(`${CONSUMER}['orders.created', `, `${CONSUMER}['inventory.failed', 'orders.created', `),
    ],
  },
  {
    name: 'later-news-silences-the-first',
    caughtBy: 'told-late',
    edits: [
      notification(
        "  if (kind === 'ORDER_CONFIRMED' && told.includes('ORDER_CANCELLED')) return undefined;\n",
        "  const news: NotificationKind[] = ['ORDER_RECEIVED', 'ORDER_CONFIRMED', 'ORDER_CANCELLED'];\n  if (told.some((each) => news.indexOf(each) > news.indexOf(kind))) return undefined;\n",
      ),
    ],
  },
  {
    name: 'letters-in-memory',
    caughtBy: 'told-once-for-all',
    edits: [letters(OPEN, "this.#database = openDatabase(file && ':memory:',")],
  },
  {
    name: 'confirmed-is-the-last-word',
    caughtBy: 'told-both',
    edits: [
      notification(
        '  const verdict = await',
        "  if (kind === 'ORDER_CANCELLED' && told.includes('ORDER_CONFIRMED')) return undefined;\n  const verdict = await",
      ),
    ],
  },
  {
    name: 'customer-is-not-told-of-the-cancellation',
    caughtBy: 'failure-path',
    edits: [notification(", 'orders.cancelled']", ']')],
  },
  {
    name: 'news-of-an-order-that-is-not-out-is-dropped',
    caughtBy: 'news-before-the-answer',
    edits: [
      orders(
        '  hear(event: CourseEvent): Step | undefined {\n',
        "  hear(event: CourseEvent): Step | undefined {\n    const waiting = this.outbox.oldest(1000).map((each) => each.event);\n    const isOurs = (each: CourseEvent) => each.payload.order_id === event.payload.order_id;\n    if (waiting.some((each) => each.event_type === 'OrderCreated' && isOurs(each))) return undefined;\n",
      ),
    ],
  },
  {
    name: 'news-renews-the-patience',
    caughtBy: 'timeout',
    edits: [
      orders(
        '  hear(event: CourseEvent): Step | undefined {\n',
        "  hear(event: CourseEvent): Step | undefined {\n    this.#database\n      .prepare('UPDATE orders SET deadline = ? WHERE order_id = ?')\n      .run(Date.now() + Number(process.env.SAGA_TIMEOUT_MS ?? 30_000), event.payload.order_id);\n",
      ),
    ],
  },
  {
    name: 'refusals-not-remembered',
    caughtBy: 'released-stock',
    edits: [
      stock(
        "/** REFUSED and CANCELLED hold no stock: one could not be fulfilled, the other was cancelled before we had read of it. */\ntype State = 'RESERVED' | 'REFUSED' | 'SOLD' | 'RELEASED' | 'CANCELLED';\n",
        "/** CANCELLED holds no stock: nothing was reserved when the cancellation was read. */\ntype State = 'RESERVED' | 'SOLD' | 'RELEASED' | 'CANCELLED';\n",
      ),
      stock(
        "      const state = result.event_type === 'InventoryReserved' ? 'RESERVED' : 'REFUSED';\n      if (state === 'RESERVED') this.#move(lines, 'available', 'reserved');\n      this.#write(order_id, { state, lines, result });\n",
        "      // Nothing is held for a refused order, so there is nothing to put into the book.\n      if (result.event_type === 'InventoryFailed') return result;\n      this.#move(lines, 'available', 'reserved');\n      this.#write(order_id, { state: 'RESERVED', lines, result });\n",
      ),
    ],
  },
  {
    name: 'end-id-from-the-order',
    caughtBy: 'confirmed',
    edits: [
      saga(
        "  return newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });\n",
        "  const event = newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });\n  // Whoever makes it a second time makes the same event.\n  return { ...event, event_id: `${order_id}-completed` };\n",
      ),
      saga(
        "  return newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });\n",
        "  const event = newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });\n  return { ...event, event_id: `${order_id}-cancelled` };\n",
      ),
    ],
  },
  {
    name: 'saga-by-correlation',
    caughtBy: 'takes-batches',
    edits: [
      service(
        '  handle: (event: CourseEvent) => tell(orders.hear(event)),\n',
        '  handle: (event: CourseEvent) => orders.hear(event).forEach(tell),\n',
      ),
      orders('  order_id: string;\n', '  order_id: string;\n  correlation_id: string;\n'),
      orders(
        '          order_id TEXT PRIMARY KEY, created TEXT, status TEXT, reason TEXT, reserved INTEGER, notified INTEGER, deadline INTEGER\n',
        '          order_id TEXT PRIMARY KEY, correlation_id TEXT, created TEXT, status TEXT, reason TEXT,\n          reserved INTEGER, notified INTEGER, deadline INTEGER\n',
      ),
      orders('        );\n', '        );\n        CREATE INDEX saga ON orders (correlation_id);\n'),
      orders(
        '  /** Lets an event have its effect on its order. Returns the step that it led to, if any. */\n  hear(event: CourseEvent): Step | undefined {\n    return this.#advance(event.payload.order_id, (order) => afterEvent(order, event));\n',
        "  /** Lets an event have its effect on its saga, which the correlation_id names. Returns the steps that it led to. */\n  hear(event: CourseEvent): Step[] {\n    const saga = this.#database\n      .prepare('SELECT order_id FROM orders WHERE correlation_id = ?')\n      .all(event.correlation_id) as { order_id: string }[];\n    const steps = saga.map(({ order_id }) => this.#advance(order_id, (order) => afterEvent(order, event)));\n    return steps.filter((step) => step !== undefined);\n",
      ),
      orders(
        "      .prepare('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)')\n",
        "      .prepare('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)')\n",
      ),
      orders(
        '        created.payload.order_id,\n',
        '        created.payload.order_id,\n        created.correlation_id,\n',
      ),
    ],
  },
  {
    name: 'sweep-starves',
    caughtBy: 'reserved-in-time',
    edits: [
      orders(
        "        CREATE INDEX waiting ON orders (deadline) WHERE status = 'PENDING' AND reserved = 0;\n",
        "        CREATE INDEX waiting ON orders (deadline) WHERE status = 'PENDING';\n",
      ),
      orders(
        '  /** Lets time have its effect on every order that nobody has reserved anything for. Returns the steps that it led to. */\n',
        '  /** Lets time have its effect on the orders whose deadline has passed, the oldest first. Returns the steps that it led to. */\n',
      ),
      orders(
        '      .prepare("SELECT order_id FROM orders WHERE status = \'PENDING\' AND reserved = 0 AND deadline <= ? LIMIT 100")\n',
        '      .prepare("SELECT order_id FROM orders WHERE status = \'PENDING\' AND deadline <= ? ORDER BY deadline LIMIT 100")\n',
      ),
    ],
  },
  {
    name: 'releases-only-timeouts',
    caughtBy: 'released',
    edits: [
      stock(
        "  settle({ event_type, payload }: EventOf<'OrderCompleted'> | EventOf<'OrderCancelled'>): void {\n",
        "  settle(event: EventOf<'OrderCompleted'> | EventOf<'OrderCancelled'>): void {\n    // It was we who refused the order: nothing was reserved for it, so there is nothing to release.\n    if (event.event_type === 'OrderCancelled' && event.payload.reason !== 'TIMEOUT') return;\n    const { event_type, payload } = event;\n",
      ),
    ],
  },
  {
    name: 'malformed-timeout',
    caughtBy: 'environment',
    edits: [
      service('  SAGA_TIMEOUT_MS: milliseconds.default(30_000),\n', '\n'),
      service(
        '  KAFKA_SESSION_TIMEOUT_MS: milliseconds.default(10_000),\n});\n',
        '  KAFKA_SESSION_TIMEOUT_MS: milliseconds.default(10_000),\n});\nconst SAGA_TIMEOUT_MS = Number(process.env.SAGA_TIMEOUT_MS ?? 30_000);\n',
      ),
      service(
        '  const span = orders.take(events, Date.now() + config.SAGA_TIMEOUT_MS);\n',
        '  const span = orders.take(events, Date.now() + SAGA_TIMEOUT_MS);\n',
      ),
    ],
  },
  {
    name: 'reservation-must-match',
    caughtBy: 'confirmed',
    edits: [
      saga(
        "    case 'InventoryReserved':\n",
        "    case 'InventoryReserved':\n      // A reservation of something else, or of a part, is none.\n      if (!isWhole(order, event)) return undefined;\n",
      ),
      saga(
        '}\n\n/** Both have to be there, and either may be the last. */\n',
        "}\n\nfunction isWhole({ created }: Order, { payload }: EventOf<'InventoryReserved'>): boolean {\n  const lines = created.payload.items;\n  return (\n    payload.items.length === lines.length &&\n    lines.every(({ sku, quantity }) => payload.items.some((item) => item.sku === sku && item.quantity === quantity))\n  );\n}\n\n/** Both have to be there, and either may be the last. */\n",
      ),
    ],
  },
  {
    name: 'cancellations-forgotten',
    caughtBy: 'cancelled-before-read',
    edits: [
      stock(
        '}\n\nexport class Stock {\n',
        '}\n\n/** Cancellations of orders that were not read yet; so many are kept. */\nconst MOST_CANCELLATIONS = 100;\n\nexport class Stock {\n',
      ),
      stock(
        "        this.#write(order_id, { state: 'CANCELLED', lines: [], result: null });\n",
        "        this.#write(order_id, { state: 'CANCELLED', lines: [], result: null });\n        this.#forgetOldCancellations();\n",
      ),
      stock(
        '  }\n\n  #write(orderId: string, { state, lines, result }: Entry): void {\n',
        "  }\n\n  /** Their orders have been read long since. */\n  #forgetOldCancellations(): void {\n    this.#database\n      .prepare(\n        \"DELETE FROM book WHERE state = 'CANCELLED' AND rowid NOT IN (SELECT rowid FROM book WHERE state = 'CANCELLED' ORDER BY rowid DESC LIMIT ?)\",\n      )\n      .run(MOST_CANCELLATIONS);\n  }\n\n  #write(orderId: string, { state, lines, result }: Entry): void {\n",
      ),
    ],
  },
  {
    name: 'get-unknown-500',
    caughtBy: 'takes-orders',
    edits: [
      service(
        "import type { Step } from './order-saga.ts';\n",
        "import type { Order, Step } from './order-saga.ts';\n",
      ),
      service(
        "      const order = orders.find(request.params.id);\n      if (!order) {\n        const detail = `There is no order ${request.params.id}.`;\n        throw new ProblemError({ status: 404, title: 'Not found', detail });\n      }\n      const { created, status, reason } = order;\n",
        '      const { created, status, reason } = orders.find(request.params.id) as Order;\n',
      ),
    ],
  },
  {
    name: 'details-in-memory',
    caughtBy: 'restart',
    edits: [
      service(
        'const clock = setInterval',
        "const details = new Map<string, EventOf<'OrderCreated'>['payload']>();\nconst clock = setInterval",
      ),
      service(
        '  const span = orders.take(',
        '  for (const { payload } of events) details.set(payload.order_id, payload);\n  const span = orders.take(',
      ),
      service(
        'const { items, total } = created.payload;',
        'const { items, total } = details.get(request.params.id) ?? {};',
      ),
    ],
  },
  {
    name: 'a-cancelled-order-fails-anew',
    caughtBy: 'cancelled-before-read',
    edits: [
      stock(
        '      if (known) return known.result;\n',
        `      if (known?.result) return known.result;
      const [{ sku, quantity } = { sku: '', quantity: 1 }] = items;
      if (known) return resultOf(order, [], [{ sku, requested: quantity, available: 0 }], () => false);
`,
      ),
    ],
  },
  {
    name: 'sigterm-does-not-know-the-consumer',
    caughtBy: 'restart',
    edits: [service('    await consumer.close();\n', '')],
  },
  {
    name: 'customers-in-memory',
    caughtBy: 'told-once-for-all',
    edits: [
      letters(
        '  readonly #database: DatabaseSync;\n',
        '  readonly #database: DatabaseSync;\n  readonly #customers = new Map<string, string>();\n',
      ),
      letters(
        "      const insert = this.#database.prepare('INSERT OR REPLACE INTO customer VALUES (?, ?)');\n      insert.run(payload.order_id, payload.customer_id);\n",
        '      this.#customers.set(payload.order_id, payload.customer_id);\n',
      ),
      letters(
        "    const row = this.#database.prepare('SELECT customer_id FROM customer WHERE order_id = ?').get(payload.order_id);\n    return (row as { customer_id: string } | undefined)?.customer_id ?? null;\n",
        '    return this.#customers.get(payload.order_id) ?? null;\n',
      ),
    ],
  },
  {
    name: 'ignores-kafka-ssl-and-sasl',
    caughtBy: 'secured',
    edits: [service, inventory, notification].flatMap((program) => [
      program(
        "import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';\n",
        "import { Kafka } from 'kafkajs';\n",
      ),
      program(
        'const kafka = kafkaFromEnvironment(SERVICE, log, {',
        "const kafka = new Kafka({\n  clientId: SERVICE,\n  brokers: (process.env.KAFKA_BROKERS ?? '').split(','),\n ",
      ),
    ]),
  },
  // each is right until an order, an id or a customer is unlike those that one tries by hand
  {
    name: 'one-mail-of-a-kind-per-customer',
    caughtBy: 'told-once-for-all',
    edits: [
      {
        file: 'letters.ts',
        from: `  /** What the customer of an order was told, in that order. */
`,
        to: `  /** Whether a customer has had such a mail before. */
  hasTold(customerId: string | null, kind: NotificationKind): boolean {
    const select = this.#database.prepare(
      'SELECT 1 FROM letter JOIN customer USING (order_id) WHERE customer_id = ? AND kind = ?',
    );
    return select.get(customerId, kind) !== undefined;
  }

  /** What the customer of an order was told, in that order. */
`,
      },
      {
        file: 'notification-service.ts',
        from: `  if (kind === 'ORDER_CONFIRMED' && told.includes('ORDER_CANCELLED')) return undefined;
`,
        to: `  if (kind === 'ORDER_CONFIRMED' && told.includes('ORDER_CANCELLED')) return undefined;
  // Nobody wants the same mail twice.
  if (letters.hasTold(customer_id, kind)) return undefined;
`,
      },
    ],
  },
  {
    name: 'seconds-are-enough',
    caughtBy: 'out-of-stock',
    edits: [
      {
        file: 'order-saga.ts',
        from: `  return newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } });
`,
        to: `  return toTheSecond(newEvent({ ...origin(created), type: 'OrderCompleted', causationId, payload: { order_id } }));
`,
      },
      {
        file: 'order-saga.ts',
        from: `  return newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } });
`,
        to: `  return toTheSecond(newEvent({ ...origin(created), type: 'OrderCancelled', causationId, payload: { order_id, reason } }));
`,
      },
      {
        file: 'order-saga.ts',
        from: `function origin({ correlation_id }: EventOf<'OrderCreated'>) {
`,
        to: `/** When an order has ended is nobody’s business to the millisecond. */
function toTheSecond<Event extends { timestamp: string }>(event: Event): Event {
  return { ...event, timestamp: event.timestamp.replace(/\\.\\d+Z$/, 'Z') };
}

function origin({ correlation_id }: EventOf<'OrderCreated'>) {
`,
      },
    ],
  },
  {
    name: 'notifications-keyed-by-customer',
    caughtBy: 'told-confirmed',
    edits: [
      {
        file: 'notification-service.ts',
        from: `  await publisher.publish('notifications.sent', [toMessage(sent)]);
`,
        to: `  // What a customer was told stays in its order.
  const key = letters.customerOf(event) ?? sent.payload.order_id;
  await publisher.publish('notifications.sent', [{ ...toMessage(sent), key }]);
`,
      },
    ],
  },
  {
    name: 'idempotency-key-of-order-and-kind',
    caughtBy: 'told-confirmed',
    edits: [
      {
        file: 'notification-service.ts',
        from: 'mails.send({ order_id, customer_id, kind }, event.event_id, signal)',
        to: 'mails.send({ order_id, customer_id, kind }, `${order_id}:${kind}`, signal)',
      },
    ],
  },
  {
    name: 'publish-timeout-of-its-own',
    caughtBy: 'unacknowledged-order',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const deadline = performance.now() + config.PUBLISH_TIMEOUT_MS;',
        to: 'const deadline = performance.now() + 5_000;',
      },
    ],
  },
  {
    name: 'no-retry-after-any-more',
    caughtBy: 'unacknowledged-order',
    edits: [{ file: 'order-service.ts', from: ", { 'Retry-After': '1' });", to: ');' }],
  },
  {
    name: 'no-location-any-more',
    caughtBy: 'takes-orders',
    edits: [{ file: 'order-service.ts', from: '        .location(`/api/orders/${event.payload.order_id}`)\n', to: '' }],
  },
  {
    name: 'correlation-in-small-letters',
    caughtBy: 'takes-batches',
    edits: [
      {
        file: 'order-service.ts',
        from: "return request.get('X-Correlation-ID') || randomUUID();",
        to: "return request.get('X-Correlation-ID')?.toLowerCase() || randomUUID();",
      },
    ],
  },
  {
    name: 'log-without-correlation',
    caughtBy: 'takes-orders',
    edits: [
      {
        file: 'order-service.ts',
        from: `  const { correlation_id, payload } = created;
`,
        to: `  const { payload } = created;
`,
      },
      {
        file: 'order-service.ts',
        from: '  log.info(`the order is ${status}${why}`, { correlation_id, order_id: payload.order_id });\n',
        to: '  log.info(`the order is ${status}${why}`, { order_id: payload.order_id });\n',
      },
      {
        file: 'order-service.ts',
        from: `  for (const { correlation_id, payload } of events) log.info(msg, { correlation_id, order_id: payload.order_id });
`,
        to: `  for (const { payload } of events) log.info(msg, { order_id: payload.order_id });
`,
      },
    ],
  },
  // Found by readers of the contract who had seen the checks.
  {
    name: 'patience-in-whole-seconds',
    caughtBy: 'timeout',
    edits: [
      {
        file: 'order-service.ts',
        from: 'orders.take(events, Date.now() + config.SAGA_TIMEOUT_MS);',
        to: 'orders.take(events, Date.now() + Math.floor(config.SAGA_TIMEOUT_MS / 1_000) * 1_000);',
      },
    ],
  },
  {
    name: 'unknown-order-is-a-dead-letter',
    caughtBy: 'unknown-order',
    edits: [
      {
        file: 'order-service.ts',
        from: "import { GroupConsumer } from '#shared/kafka/group-consumer.ts';\n",
        to: "import { GroupConsumer, Unprocessable } from '#shared/kafka/group-consumer.ts';\n",
      },
      {
        file: 'order-service.ts',
        from: '  handle: (event: CourseEvent) => tell(orders.hear(event)),\n',
        to: '  handle: (event: CourseEvent) => {\n    const { order_id } = event.payload;\n    if (!orders.find(order_id)) throw new Unprocessable(`there is no order ${order_id}`);\n    tell(orders.hear(event));\n  },\n',
      },
    ],
  },
  {
    name: 'a-redelivered-order-is-not-answered',
    caughtBy: 'killed-reserving',
    edits: [stock('if (known) return known.result;', 'if (known) return null;')],
  },
  {
    name: 'what-was-mailed-is-not-said-again',
    caughtBy: 'killed-telling',
    edits: [
      notification(
        'const sent = letters.causedBy(event) ?? (await notify(event, kind, signal));',
        'if (letters.causedBy(event)) return;\n  const sent = await notify(event, kind, signal);',
      ),
    ],
  },
  {
    name: 'stale-orders-unanswered',
    caughtBy: 'sold',
    edits: [
      inventory(
        '  const result = stock.reserve(order);\n',
        '  if (Date.now() - Date.parse(order.timestamp) > 300_000) return;\n  const result = stock.reserve(order);\n',
      ),
    ],
  },
  {
    name: 'refused-and-cancelled-is-forgotten',
    caughtBy: 'released-stock',
    edits: [
      stock(
        STILL_RESERVED,
        `if (entry?.state === 'REFUSED' && event_type === 'OrderCancelled') this.#database.prepare('DELETE FROM book WHERE order_id = ?').run(order_id);\n      ${STILL_RESERVED}`,
      ),
    ],
  },
  {
    name: 'says-confirmed-and-sends-nothing',
    caughtBy: 'told-late',
    edits: [
      notification(
        "told.includes('ORDER_CANCELLED')) return undefined;",
        "told.includes('ORDER_CANCELLED')) return letters.sent(event, kind);",
      ),
    ],
  },
  {
    name: 'a-reservation-without-its-items',
    caughtBy: 'poison-order',
    edits: [
      service(WATCH_IMPORT, `import { PAYLOADS } from '#shared/events/event.ts';\n${WATCH_IMPORT}`),
      service(
        'const consumer = new GroupConsumer({',
        'const { items } = PAYLOADS.InventoryReserved.shape;\nObject.assign(PAYLOADS, { InventoryReserved: PAYLOADS.InventoryReserved.extend({ items: items.optional() }) });\n\nconst consumer = new GroupConsumer({',
      ),
    ],
  },
  {
    name: 'restart-sets-every-open-timer',
    caughtBy: 'timeout-over-restart',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const clock = setInterval(lookAtClock, CLOCK_MS);',
        to: 'const clock = setInterval(lookAtClock, CLOCK_MS);\nfor (const { order_id, deadline } of orders.open()) {\n  setTimeout(() => tell(orders.expire(order_id)), Math.max(0, deadline - Date.now()));\n}',
      },
      {
        file: 'orders.ts',
        from: '  find(orderId: string): Order | undefined {',
        to: '  open(): { order_id: string; deadline: number }[] {\n    const rows = this.#database.prepare("SELECT order_id, deadline FROM orders WHERE status = \'PENDING\'").all();\n    return rows as unknown as { order_id: string; deadline: number }[];\n  }\n\n  expire(orderId: string): Step | undefined {\n    return this.#advance(orderId, (order) => afterTime({ ...order, reserved: false }, Number.MAX_SAFE_INTEGER));\n  }\n\n  find(orderId: string): Order | undefined {',
      },
    ],
  },
  {
    name: 'in-time-by-its-timestamp',
    caughtBy: 'too-late',
    edits: [
      {
        file: 'order-saga.ts',
        from: "  if (order.status !== 'PENDING') return undefined;\n  switch",
        to: "  if (order.status !== 'PENDING' && !wasInTime(order, event)) return undefined;\n  switch",
      },
      {
        file: 'order-saga.ts',
        from: 'return confirmedIfComplete({ ...order, reserved: true }, event);',
        to: "return confirmedIfComplete({ ...order, status: 'PENDING', reason: null, reserved: true }, event);",
      },
      {
        file: 'order-saga.ts',
        from: '/** Both have to be there, and either may be the last. */',
        to: "function wasInTime({ reason, deadline }: Order, event: CourseEvent): boolean {\n  return reason === 'TIMEOUT' && event.event_type === 'InventoryReserved' && Date.parse(event.timestamp) <= deadline;\n}\n\n/** Both have to be there, and either may be the last. */",
      },
    ],
  },
  {
    name: 'a-failed-notification-is-logged',
    caughtBy: 'said-when-it-can-be',
    edits: [
      {
        file: 'notification-service.ts',
        from: "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n",
        to: "  await publisher.publish('notifications.sent', [toMessage(sent)]).catch((error: Error) => log.error(`not said: ${error.message}`));\n",
      },
    ],
  },
  {
    name: 'a-failed-result-is-logged',
    caughtBy: 'said-when-it-can-be',
    edits: [
      {
        file: 'inventory-service.ts',
        from: '  if (result) await publisher.publish(TOPIC_OF[result.event_type], [toMessage(result)]);',
        to: '  if (!result) return;\n  const { event_type } = result;\n  await publisher.publish(TOPIC_OF[event_type], [toMessage(result)]).catch((error: Error) => log.error(`${event_type} not published: ${error.message}`));',
      },
    ],
  },
  {
    name: 'noted-after-it-was-said',
    caughtBy: 'killed-telling',
    edits: [
      {
        file: 'letters.ts',
        from: "      const insert = this.#database.prepare('INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?, ?)');\n      insert.run(cause.event_id, order_id, kind, event.timestamp, JSON.stringify(event));\n      return this.causedBy(cause) ?? event;\n    });\n  }\n",
        to: "      return this.causedBy(cause) ?? event;\n    });\n  }\n\n  note(cause: CourseEvent, event: NotificationSent): void {\n    const { order_id, kind } = event.payload;\n    const insert = this.#database.prepare('INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?, ?)');\n    insert.run(cause.event_id, order_id, kind, event.timestamp, JSON.stringify(event));\n  }\n",
      },
      {
        file: 'notification-service.ts',
        from: "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n",
        to: "  await publisher.publish('notifications.sent', [toMessage(sent)]);\n  letters.note(event, sent);\n",
      },
    ],
  },
  {
    name: 'a-result-is-made-anew-after-a-restart',
    caughtBy: 'killed-settling',
    edits: [
      {
        file: 'stock.ts',
        from: '  readonly #database: DatabaseSync;\n',
        to: '  readonly #database: DatabaseSync;\n  readonly #said = new Map<string, Result>();\n',
      },
      {
        file: 'stock.ts',
        from: '      if (known) return known.result;\n',
        to: '      if (known?.result && !this.#said.has(order_id)) {\n        const { result } = known;\n        this.#said.set(order_id, { ...result, event_id: crypto.randomUUID(), timestamp: new Date().toISOString() });\n      }\n      if (known) return this.#said.get(order_id) ?? null;\n',
      },
      {
        file: 'stock.ts',
        from: '      this.#write(order_id, { state, lines, result });\n',
        to: '      this.#write(order_id, { state, lines, result });\n      this.#said.set(order_id, result);\n',
      },
    ],
  },
  {
    name: 'settled-pruned-at-the-start',
    caughtBy: 'killed-settling',
    edits: [
      {
        file: 'stock.ts',
        from: '      for (const [sku, available] of Object.entries(initial)) insert.run(sku, available);\n    });\n',
        to: "      for (const [sku, available] of Object.entries(initial)) insert.run(sku, available);\n    });\n    this.#database.exec(\"DELETE FROM book WHERE state IN ('SOLD', 'RELEASED', 'REFUSED')\");\n",
      },
    ],
  },
  {
    name: 'a-refused-mail-counts-as-sent',
    caughtBy: 'told-nothing',
    edits: [
      {
        file: 'notification-service.ts',
        from: 'import { GroupConsumer, Unprocessable } from',
        to: 'import { GroupConsumer } from',
      },
      {
        file: 'notification-service.ts',
        from: '  if (!verdict.accepted) throw new Unprocessable(verdict.refused);\n',
        to: '  if (!verdict.accepted) log.warn(`not delivered: ${verdict.refused}`, { order_id });\n',
      },
    ],
  },
  {
    name: 'a-batch-is-answered-from-the-outbox',
    caughtBy: 'unacknowledged-times-out',
    edits: [
      {
        file: 'order-service.ts',
        from: 'await takeAndPublish(events);',
        to: 'void takeAndPublish(events).catch(() => {});',
      },
    ],
  },
  {
    name: 'lines-of-one-sku-are-not-summed',
    caughtBy: 'all-or-nothing',
    edits: [
      {
        file: 'stock.ts',
        from: 'const shortages = lines.flatMap((line) => this.#shortageOf(line));',
        to: 'const shortages = items.flatMap((line) => this.#shortageOf(line));',
      },
    ],
  },
  {
    name: 'unknown-only-if-all-are-unknown',
    caughtBy: 'nothing-to-release',
    edits: [{ file: 'stock.ts', from: 'unavailable.some(', to: 'unavailable.every(' }],
  },
  {
    name: 'a-notification-borrows-its-causes-id',
    caughtBy: 'happy-path',
    edits: [
      {
        file: 'letters.ts',
        from: "      const insert = this.#database.prepare('INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?, ?)');\n",
        to: "      event.event_id = cause.event_id;\n      const insert = this.#database.prepare('INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?, ?)');\n",
      },
    ],
  },
  {
    name: 'inventory-stays-in-its-group',
    caughtBy: 'cancelled-before-read',
    edits: [{ file: 'inventory-service.ts', from: '    await consumer.close();\n', to: '' }],
  },
  {
    name: 'any-certificate-will-do',
    caughtBy: 'secured',
    edits: [trustingAnybody('order-service.ts', 'const log = createLog(SERVICE);\n')],
  },
  {
    name: 'inventory-results-keyed-by-sku',
    caughtBy: 'happy-path',
    edits: [
      {
        file: 'inventory-service.ts',
        from: '[toMessage(result)]',
        to: '[{ ...toMessage(result), key: order.payload.items[0]?.sku ?? order.payload.order_id }]',
      },
    ],
  },
];

export const alsoRight: AlsoRight[] = [
  {
    name: 'published-in-transactions-of-an-id-per-process',
    edits: ['order-service.ts', 'inventory-service.ts', 'notification-service.ts'].map(publishingInTransactions),
  },
  { name: 'looks-at-the-clock-once-a-second', edits: [service('const CLOCK_MS = 200;', 'const CLOCK_MS = 1_000;')] },
  {
    name: 'a-timeout-is-caused-by-nothing',
    edits: [
      saga(TIMEOUT_CAUSE, "return cancelled(order, 'TIMEOUT', null);"),
      saga(
        'reason: CancelReason, causationId: string): Step',
        'reason: CancelReason, causationId: string | null): Step',
      ),
      saga(
        'function orderCancelled({ created }: Order, reason: CancelReason, causationId: string)',
        'function orderCancelled({ created }: Order, reason: CancelReason, causationId: string | null)',
      ),
    ],
  },
  {
    name: 'confirms-by-mail-what-came-too-late',
    edits: [
      notification("  if (kind === 'ORDER_CONFIRMED' && told.includes('ORDER_CANCELLED')) return undefined;\n", ''),
      notification('  const told = letters.of(order_id).map((letter) => letter.kind);\n', ''),
    ],
  },
  {
    name: 'says-failed-of-a-cancelled-order',
    edits: [
      stock(
        '      if (known) return known.result;\n',
        "      if (known?.result) return known.result;\n      if (known) {\n        const failed = resultOf(order, [], [{ sku: items[0]?.sku ?? '', requested: items[0]?.quantity ?? 1, available: 0 }], () => false);\n        this.#write(order_id, { ...known, result: failed });\n        return failed;\n      }\n",
      ),
    ],
  },
  {
    name: 'more-fields-and-ids-of-its-own',
    edits: [
      service('order_id: randomUUID(),', 'order_id: `ord-${randomUUID()}`,'),
      service(
        '...(reason ? { reason } : {}), items, total',
        'reason, items, total, updated_at: new Date().toISOString()',
      ),
      saga(
        "type: 'OrderCompleted', causationId, payload: { order_id } });\n",
        "type: 'OrderCompleted', causationId, payload: { order_id, reason: null } as { order_id: string } });\n",
      ),
    ],
  },
];
