// What goes wrong in chapter 03, each as edits of the solution and the check that must notice; then what is right as well.
import { type AlsoRight, type Edit, type Mutant, trustingAnybody } from '#shared/mutant.ts';

const publisher = (from: string, to: string): Edit => ({ file: 'publisher.ts', from, to });
const service = (from: string, to: string): Edit => ({ file: 'order-service.ts', from, to });

const KEY = 'key: event.payload.order_id,';
const AWAITED_SEND = `      await producer.send({
        topic: 'orders.created',
        acks: -1,
        compression: CompressionTypes.GZIP,
        messages: gathered.flatMap(({ messages }) => messages),
      });`;
const REPLACE_PRODUCER = `      this.#producer = undefined;
      await producer.disconnect();
`;
const IDEMPOTENT = '      idempotent: true,\n';
const KAFKAJS = "import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';";
const LINGER = '      await pause(LINGER_MS);\n';
const START = 'startService({\n';
/** Code that lets whoever waits for SIGTERM hear of it so many milliseconds late. */
const sigtermLater = (ms: number) =>
  `const once = process.once.bind(process);
process.once = (event, listener) => once(event, event === 'SIGTERM' ? () => setTimeout(listener, ${ms}) : listener);
`;

export const mutants: Mutant[] = [
  // the record
  { name: 'no-key', caughtBy: 'event', edits: [publisher(`    ${KEY}\n`, '')] },
  { name: 'keyed-by-customer', caughtBy: 'event', edits: [publisher(KEY, 'key: event.payload.customer_id,')] },
  {
    name: 'value-encoded-twice',
    caughtBy: 'event',
    edits: [publisher('value: JSON.stringify(event),', 'value: JSON.stringify(JSON.stringify(event)),')],
  },
  {
    name: 'value-is-object-object',
    caughtBy: 'event',
    edits: [publisher('value: JSON.stringify(event),', 'value: String(event),')],
  },
  {
    name: 'payload-without-envelope',
    caughtBy: 'event',
    edits: [publisher('value: JSON.stringify(event),', 'value: JSON.stringify(event.payload),')],
  },
  {
    name: 'correlation-only-in-the-body',
    caughtBy: 'correlation',
    edits: [publisher("      'correlation-id': event.correlation_id,\n", '')],
  },
  {
    name: 'correlation-of-the-client-ignored',
    caughtBy: 'correlation',
    edits: [
      service(
        "return request.get('X-Correlation-ID') || randomUUID();",
        'return request.get("X-Request-ID") || randomUUID();',
      ),
    ],
  },
  {
    name: 'one-event-id-for-all',
    caughtBy: 'burst',
    edits: [
      service('const orders = new Map', 'const EVENT_ID = randomUUID();\nconst orders = new Map'),
      service('  return newEvent({ type:', '  return { ...newEvent({ type:'),
      service('causationId: null, payload });', 'causationId: null, payload }), event_id: EVENT_ID };'),
    ],
  },
  {
    name: 'total-in-euros',
    caughtBy: 'event',
    edits: [service('total: totalOf(request) };', 'total: totalOf(request) / 100 };')],
  },
  {
    name: 'legacy-partitioner',
    caughtBy: 'partition',
    edits: [
      publisher(KAFKAJS, KAFKAJS.replace('type Producer }', 'Partitioners, type Producer }')),
      publisher(IDEMPOTENT, `${IDEMPOTENT}      createPartitioner: Partitioners.LegacyPartitioner,\n`),
    ],
  },
  {
    name: 'home-made-partitioner',
    caughtBy: 'partition',
    edits: [
      publisher(
        IDEMPOTENT,
        `${IDEMPOTENT}      createPartitioner: () => ({ message }) => String(message.key).charCodeAt(0) % 3,\n`,
      ),
    ],
  },
  // the answer
  {
    name: 'created-instead-of-accepted',
    caughtBy: 'accepted',
    edits: [service('        .status(202)\n        .location', '        .status(201)\n        .location')],
  },
  {
    name: 'ok-instead-of-accepted',
    caughtBy: 'accepted',
    edits: [service('        .status(202)\n        .location', '        .status(200)\n        .location')],
  },
  {
    name: 'location-of-the-collection',
    caughtBy: 'accepted',
    edits: [service('.location(`/api/orders/${event.payload.order_id}`)', ".location('/api/orders')")],
  },
  {
    name: 'order-not-kept',
    caughtBy: 'get-order',
    edits: [service('  for (const event of events) orders.set(event.payload.order_id, event);\n', '')],
  },
  {
    name: 'batch-answered-in-reverse',
    caughtBy: 'batch',
    edits: [service('{ orders: events.map(accepted) }', '{ orders: events.map(accepted).reverse() }')],
  },
  {
    name: 'batch-published-before-it-is-checked',
    caughtBy: 'invalid-batch',
    edits: [
      service(
        'const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));',
        'const events = request.body.orders.map((order: OrderRequest) => orderCreated(parseBody(orderRequest, order), correlationId));',
      ),
    ],
  },
  {
    name: 'published-before-it-is-checked',
    caughtBy: 'invalid',
    edits: [
      service(
        '      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));\n      await publishOrRefuse([event], deadline);',
        '      const event = orderCreated({ items: [], ...request.body } as OrderRequest, correlationOf(request));\n      await publishOrRefuse([event], deadline);\n      parseBody(orderRequest, request.body);',
      ),
    ],
  },
  // the acknowledgement
  {
    name: 'fire-and-forget',
    caughtBy: 'acknowledged',
    edits: [
      publisher(
        AWAITED_SEND,
        `${AWAITED_SEND.replace('await producer.send', 'producer.send').replace(/;$/, '.catch(() => {});')}`,
      ),
    ],
  },
  {
    name: 'failure-logged-and-accepted',
    caughtBy: 'timeout',
    edits: [service('  if (taken instanceof Error) {', '  if (taken instanceof TypeError) {')],
  },
  {
    name: 'acks-of-the-leader-alone',
    caughtBy: 'acks-all',
    edits: [publisher('acks: -1,', 'acks: 1,'), publisher(IDEMPOTENT, '')],
  },
  {
    name: 'no-acks',
    caughtBy: 'acks-all',
    edits: [publisher('acks: -1,', 'acks: 0,'), publisher(IDEMPOTENT, '')],
  },
  { name: 'not-idempotent', caughtBy: 'lost-ack', edits: [publisher(IDEMPOTENT, '')] },
  { name: 'failed-producer-kept', caughtBy: 'after-failure', edits: [publisher(REPLACE_PRODUCER, '')] },
  {
    name: 'failed-producer-reconnected',
    caughtBy: 'after-failure',
    edits: [publisher(REPLACE_PRODUCER, '      await producer.disconnect();\n      await producer.connect();\n')],
  },
  {
    name: 'several-requests-under-way',
    caughtBy: 'lost-acks-under-load',
    edits: [
      publisher(
        '        await this.#sendWaiting(this.#producer);',
        '        void this.#sendWaiting(this.#producer).catch(() => {});',
      ),
    ],
  },
  {
    name: 'sent-again-after-failure',
    caughtBy: 'after-failure',
    edits: [
      publisher(
        '      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 12 },\n',
        '      retry: { retries: 1, initialRetryTime: 50 },\n',
      ),
      publisher(
        '      for (const order of gathered) order.failed(error as Error);\n',
        '      this.#waiting.unshift(...gathered);\n',
      ),
    ],
  },
  {
    name: 'timeout-of-its-own',
    caughtBy: 'timeout',
    edits: [
      service(
        'PUBLISH_TIMEOUT_MS: milliseconds.default(5000) });',
        'PUBLISH_TIMEOUT_MS: milliseconds.default(5000).transform(() => 5000) });',
      ),
    ],
  },
  {
    name: 'gives-up-early',
    caughtBy: 'late-ack',
    edits: [service('milliseconds.default(5000)', 'milliseconds.default(2500)')],
  },
  { name: 'no-retry-after', caughtBy: 'timeout', edits: [service(", { 'Retry-After': '1' });", ');')] },
  {
    name: 'failed-batch-sent-again-by-a-new-producer',
    caughtBy: 'after-failure',
    edits: [
      publisher('  async #sendWaiting(producer: Producer)', '  async #sendWaiting(first: Producer)'),
      publisher(
        AWAITED_SEND,
        `      const batch = { topic: 'orders.created', acks: -1, messages: gathered.flatMap(({ messages }) => messages) };
      let producer = first;
      await producer.send(batch).catch(async () => {
        producer = await this.#connect();
        this.#producer = producer;
        await producer.send(batch);
      });`,
      ),
      publisher(REPLACE_PRODUCER, REPLACE_PRODUCER.replace('producer.disconnect', 'first.disconnect')),
    ],
  },
  {
    name: 'time-counted-from-the-send',
    caughtBy: 'own-deadline',
    edits: [
      publisher('    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > performance.now());\n', ''),
      publisher(
        '      const timer = setTimeout(late, deadline - performance.now());\n',
        '      const timer = this.#waiting.length > 0 || this.#busy ? undefined : setTimeout(late, deadline - performance.now());\n',
      ),
      publisher('  #closed = false;\n', '  #closed = false;\n  #busy = false;\n'),
      publisher(
        '    if (gathered.length === 0) return;\n',
        '    if (gathered.length === 0) return;\n    this.#busy = true;\n',
      ),
    ],
  },
  {
    name: 'queue-refused-with-the-late-one',
    caughtBy: 'own-deadline',
    edits: [
      publisher(
        "      const late = () => reject(new Error('the deadline has passed'));\n",
        "      const late = () => {\n        reject(new Error('the deadline has passed'));\n        for (const order of this.#waiting.splice(0)) order.failed(new Error('too slow'));\n      };\n",
      ),
    ],
  },
  {
    name: 'batch-in-pieces',
    caughtBy: 'batch-whole',
    edits: [
      publisher('const MOST_AT_ONCE = 1000;', 'const MOST_AT_ONCE = 400;'),
      service(
        '      await publishOrRefuse(events, deadline);\n',
        `      const pieces = [events.slice(0, 400), events.slice(400, 800), events.slice(800)].filter(({ length }) => length > 0);
      const settled = await Promise.allSettled(pieces.map((piece) => publishOrRefuse(piece, deadline)));
      const [refused] = settled.filter(({ status }) => status === 'rejected');
      if (refused && settled.every(({ status }) => status === 'rejected')) throw (refused as PromiseRejectedResult).reason;\n`,
      ),
    ],
  },
  {
    name: 'batch-accepted-whatever-comes',
    caughtBy: 'batch-whole',
    edits: [
      service(
        '      await publishOrRefuse(events, deadline);\n',
        '      await publishOrRefuse(events, deadline).catch(() => {});\n',
      ),
    ],
  },
  {
    name: 'producer-abandoned-at-each-timeout',
    caughtBy: 'connections-in-trouble',
    edits: [
      publisher(
        AWAITED_SEND,
        `      const sent = ${AWAITED_SEND.trim().replace('await ', '')}
      sent.catch(() => {});
      const last = Math.max(...gathered.map(({ deadline }) => deadline));
      await Promise.race([
        sent,
        pause(last - performance.now()).then(() => {
          throw new Error('not acknowledged in time');
        }),
      ]);`,
      ),
      publisher(REPLACE_PRODUCER, '      this.#producer = undefined;\n'),
    ],
  },
  {
    name: 'value-in-latin-1',
    caughtBy: 'event',
    edits: [publisher('value: JSON.stringify(event),', "value: Buffer.from(JSON.stringify(event), 'latin1'),")],
  },
  {
    name: 'lines-of-one-sku-merged',
    caughtBy: 'event',
    edits: [
      service(
        '  const { customer_id, items } = request;\n',
        '  const { customer_id } = request;\n  const items = [...new Map(request.items.map((line) => [line.sku, line])).values()];\n',
      ),
    ],
  },
  {
    name: 'one-order-a-correlation-id',
    caughtBy: 'correlation',
    edits: [
      service(
        '      await publishOrRefuse([event], deadline);\n',
        `      const known = [...orders.values()].find(({ correlation_id }) => correlation_id === event.correlation_id);
      if (known) {
        response.status(202).location('').set('X-Correlation-ID', known.correlation_id).json(accepted(known));
        return;
      }
      await publishOrRefuse([event], deadline);\n`,
      ),
    ],
  },
  {
    name: 'alive-only-with-a-broker',
    caughtBy: 'no-broker-ever',
    edits: [
      service(
        START,
        `setInterval(() => {\n  if (!publisher.connected && process.uptime() > 12) process.exit(1);\n}, 500).unref();\n\n${START}`,
      ),
    ],
  },
  {
    name: 'in-hand-refused-on-sigterm',
    caughtBy: 'sigterm',
    edits: [
      service(START, `process.on('SIGTERM', () => publisher.refuseAll());\n${START}`),
      publisher(
        '  async close(): Promise<void> {',
        '  refuseAll(): void {\n    for (const order of this.#flying) order.failed(new Error("stopping"));\n  }\n\n  async close(): Promise<void> {',
      ),
      publisher('  #closed = false;\n', '  #closed = false;\n  #flying: Waiting[] = [];\n'),
      publisher(
        '    if (gathered.length === 0) return;\n',
        '    if (gathered.length === 0) return;\n    this.#flying = gathered;\n',
      ),
    ],
  },
  {
    name: 'queue-dropped-on-sigterm',
    caughtBy: 'sigterm',
    edits: [
      service(START, `process.once('SIGTERM', () => publisher.stop());\n${START}`),
      publisher(
        '  async close(): Promise<void> {',
        "  stop(): void {\n    this.#closed = true;\n    for (const order of this.#waiting.splice(0)) order.failed(new Error('stopping'));\n  }\n\n  async close(): Promise<void> {",
      ),
    ],
  },
  {
    name: 'not-idempotent-after-a-failure',
    caughtBy: 'after-failure',
    edits: [
      publisher(
        REPLACE_PRODUCER,
        `${REPLACE_PRODUCER}      const next = this.#kafka.producer({ allowAutoTopicCreation: false });
      await next.connect();
      this.#producer = next;
`,
      ),
    ],
  },
  {
    name: 'producer-kept-after-message-too-large',
    caughtBy: 'after-too-large',
    edits: [
      publisher(
        REPLACE_PRODUCER,
        `      if ((error as { type?: string }).type === 'MESSAGE_TOO_LARGE') throw error;
${REPLACE_PRODUCER}`,
      ),
    ],
  },
  {
    name: 'neighbours-of-a-large-order-sent-again',
    caughtBy: 'after-too-large',
    edits: [
      publisher(
        `${REPLACE_PRODUCER}      throw error;
`,
        `${REPLACE_PRODUCER}      const next = (this.#producer = await this.#connect());
      if ((error as { type?: string }).type !== 'MESSAGE_TOO_LARGE') throw error;
      for (const message of gathered.flatMap(({ messages }) => messages)) {
        await next.send({ topic: 'orders.created', acks: -1, messages: [message] }).catch(() => {});
      }
      throw error;
`,
      ),
    ],
  },
  {
    name: 'time-counted-from-the-connection',
    caughtBy: 'no-broker-ever',
    edits: [
      service(
        '  const taken = await publisher.publish(events, deadline)',
        `  const begin = performance.now();
  while (!publisher.connected && performance.now() < begin + 5_000) await new Promise((resolve) => setTimeout(resolve, 50));
  const taken = await publisher.publish(events, deadline + performance.now() - begin)`,
      ),
    ],
  },
  {
    name: 'twice-the-time-for-a-batch',
    caughtBy: 'timeout',
    edits: [
      service(
        '      const deadline = performance.now() + config.PUBLISH_TIMEOUT_MS;\n      const correlationId',
        '      const deadline = performance.now() + 2 * config.PUBLISH_TIMEOUT_MS;\n      const correlationId',
      ),
    ],
  },
  // gathering
  {
    name: 'one-request-an-order',
    caughtBy: 'gathered',
    edits: [publisher('const MOST_AT_ONCE = 1000;', 'const MOST_AT_ONCE = 1;')],
  },
  {
    name: 'batch-sent-one-by-one',
    caughtBy: 'batch-wire',
    edits: [
      publisher(
        AWAITED_SEND,
        AWAITED_SEND.replace(
          '      await producer',
          '      for (const message of gathered.flatMap(({ messages }) => messages)) await producer',
        ).replace('messages: gathered.flatMap(({ messages }) => messages),', 'messages: [message],'),
      ),
    ],
  },
  {
    name: 'not-compressed',
    caughtBy: 'batch-wire',
    edits: [publisher('CompressionTypes.GZIP', 'CompressionTypes.None')],
  },
  {
    name: 'gzip-by-the-first-in-line',
    caughtBy: 'batch-wire',
    edits: [
      publisher(
        'compression: CompressionTypes.GZIP,',
        'compression: gathered[0]?.messages.length === 1 ? CompressionTypes.None : CompressionTypes.GZIP,',
      ),
    ],
  },
  {
    name: 'failure-after-the-deadline-swallowed',
    caughtBy: 'after-failure',
    edits: [
      { file: 'publisher.ts', from: '      await producer.send({\n', to: '      const sent = producer.send({\n' },
      {
        file: 'publisher.ts',
        from: '      for (const order of gathered) order.acknowledged();\n',
        to: '      const last = Math.max(...gathered.map(({ deadline }) => deadline));\n      const inTime = await Promise.race([sent.then(() => true), pause(last - performance.now(), false)]);\n      if (!inTime) {\n        await sent.catch((error: Error) => this.#log.warn(error.message));\n        return;\n      }\n      for (const order of gathered) order.acknowledged();\n',
      },
    ],
  },
  {
    name: 'others-of-a-late-flight-sent-again',
    caughtBy: 'own-deadline',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const publisher = new Publisher(kafka, log);',
        to: 'const publisher = new Publisher(\n  (socketFactory) => kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000, socketFactory }),\n  log,\n);',
      },
      {
        file: 'publisher.ts',
        from: "import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';",
        to: "import net from 'node:net';\nimport tls from 'node:tls';\nimport { CompressionTypes, type ISocketFactory, type Kafka, type Message, type Producer } from 'kafkajs';",
      },
      {
        file: 'publisher.ts',
        from: '  readonly #kafka: Kafka;\n',
        to: '  readonly #open: (sockets: ISocketFactory) => Kafka;\n  #cut = () => {};\n',
      },
      {
        file: 'publisher.ts',
        from: '  constructor(kafka: Kafka, log: Log) {\n    this.#kafka = kafka;\n',
        to: '  constructor(open: (sockets: ISocketFactory) => Kafka, log: Log) {\n    this.#open = open;\n',
      },
      {
        file: 'publisher.ts',
        from: '    const producer = this.#kafka.producer({\n',
        to: "    const sockets = new Set<net.Socket>();\n    let isCut = false;\n    const kafka = this.#open(({ host, port, ssl, onConnect }) => {\n      if (isCut) throw new Error('given up');\n      const socket = ssl ? tls.connect({ host, port, ...ssl }, onConnect) : net.connect({ host, port }, onConnect);\n      sockets.add(socket);\n      return socket;\n    });\n    this.#cut = () => {\n      isCut = true;\n      for (const socket of sockets) socket.destroy(new Error('given up'));\n    };\n    const producer = kafka.producer({\n",
      },
      { file: 'publisher.ts', from: '      await producer.send({\n', to: '      const sent = producer.send({\n' },
      {
        file: 'publisher.ts',
        from: '      for (const order of gathered) order.acknowledged();\n',
        to: '      const first = Math.min(...gathered.map(({ deadline }) => deadline));\n      if (!(await Promise.race([sent.then(() => true), pause(first - performance.now(), false)]))) {\n        sent.catch(() => {});\n        this.#cut();\n        this.#producer = undefined;\n        this.#waiting.unshift(...gathered.filter(({ deadline }) => deadline > first));\n        return;\n      }\n      for (const order of gathered) order.acknowledged();\n',
      },
    ],
  },
  {
    name: 'retry-after-in-milliseconds',
    caughtBy: 'broker-lost',
    edits: [
      {
        file: 'order-service.ts',
        from: "{ 'Retry-After': '1' }",
        to: "{ 'Retry-After': String(config.PUBLISH_TIMEOUT_MS) }",
      },
    ],
  },
  {
    name: 'double-click-is-one-order',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const orders = new Map<string, OrderCreated>();\n',
        to: 'const orders = new Map<string, OrderCreated>();\nconst recent = new Map<string, OrderCreated>();\n',
      },
      {
        file: 'order-service.ts',
        from: '      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));\n      await publishOrRefuse([event], deadline);\n',
        to: "      const wanted = parseBody(orderRequest, request.body);\n      const click = request.get('X-Correlation-ID') ? undefined : JSON.stringify(wanted);\n      const again = click === undefined ? undefined : recent.get(click);\n      const event = again ?? orderCreated(wanted, correlationOf(request));\n      if (!again) await publishOrRefuse([event], deadline);\n      if (click !== undefined && !again) {\n        recent.set(click, event);\n        setTimeout(() => recent.delete(click), 10_000).unref();\n      }\n",
      },
    ],
  },
  {
    name: 'headers-of-the-first-in-line',
    caughtBy: 'burst',
    edits: [
      {
        file: 'publisher.ts',
        from: '    if (gathered.length === 0) return;\n',
        to: '    if (gathered.length === 0) return;\n    const headers = gathered[0]?.messages[0]?.headers;\n',
      },
      {
        file: 'publisher.ts',
        from: '        messages: gathered.flatMap(({ messages }) => messages),\n',
        to: '        messages: gathered.flatMap(({ messages }) => messages).map((message) => (headers ? { ...message, headers } : message)),\n',
      },
    ],
  },
  {
    name: 'location-of-the-last-request',
    caughtBy: 'burst',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const orders = new Map<string, OrderCreated>();\n',
        to: "const orders = new Map<string, OrderCreated>();\nlet location = '';\n",
      },
      {
        file: 'order-service.ts',
        from: '  const payload = { order_id: randomUUID(), customer_id, items, total: totalOf(request) };\n',
        to: '  const payload = { order_id: randomUUID(), customer_id, items, total: totalOf(request) };\n  location = `/api/orders/${payload.order_id}`;\n',
      },
      {
        file: 'order-service.ts',
        from: '.location(`/api/orders/${event.payload.order_id}`)',
        to: '.location(location)',
      },
    ],
  },
  {
    name: 'content-type-to-the-letter',
    caughtBy: 'tolerant',
    edits: [
      {
        file: 'order-service.ts',
        from: '  routes: (app) => {\n',
        to: "  routes: (app) => {\n    app.use('/api', (request, _response, next) => {\n      if (request.method === 'POST' && request.get('Content-Type') !== 'application/json') {\n        throw new ProblemError({ status: 415, title: 'Unsupported media type', detail: 'Send application/json.' });\n      }\n      next();\n    });\n\n",
      },
    ],
  },
  {
    name: 'a-list-is-a-text',
    caughtBy: 'invalid',
    edits: [
      {
        file: 'order-service.ts',
        from: "import { batchRequest, type OrderRequest, orderRequest, totalOf } from '#shared/orders/order-request.ts';",
        to: "import { z } from 'zod';\nimport { type OrderRequest, totalOf } from '#shared/orders/order-request.ts';",
      },
      {
        file: 'order-service.ts',
        from: "const SERVICE = 'order-service';\n",
        to: "const SERVICE = 'order-service';\nconst text = z.custom<string>((value) => (value as string)?.length > 0, 'must not be empty');\nconst line = z.object({ sku: text, quantity: z.int().min(1), unit_price: z.int().min(0) });\nconst orderRequest = z.object({ customer_id: text, items: z.array(line).min(1).max(100) });\nconst batchRequest = z.object({ orders: z.array(orderRequest).min(1).max(1000) });\n",
      },
    ],
  },
  {
    name: 'any-certificate-will-do',
    caughtBy: 'secured',
    edits: [trustingAnybody('order-service.ts', 'const log = createLog(SERVICE);\n')],
  },
  {
    name: 'debounce-instead-of-linger',
    caughtBy: 'steady-flow',
    edits: [
      publisher(
        LINGER,
        '      for (let seen = -1; seen !== this.#waiting.length; ) {\n        seen = this.#waiting.length;\n        await pause(LINGER_MS * 3);\n      }\n',
      ),
    ],
  },
  {
    name: 'producer-for-every-request',
    caughtBy: 'connections',
    edits: [
      publisher(
        '      this.#waiting.push({ messages, deadline, acknowledged, failed });\n',
        `      this.#connect().then(async (producer) => {
        await producer.send({ topic: 'orders.created', acks: -1, messages });
        acknowledged();
        await producer.disconnect();
      }, failed);\n`,
      ),
    ],
  },
  {
    name: 'producer-for-every-send',
    caughtBy: 'idempotent',
    edits: [
      publisher(
        '      for (const order of gathered) order.acknowledged();\n',
        '      for (const order of gathered) order.acknowledged();\n      this.#producer = undefined;\n      await producer.disconnect();\n',
      ),
    ],
  },
  {
    name: 'a-send-for-every-900-kilobytes-of-json',
    caughtBy: 'batch-wire',
    edits: [
      publisher(
        AWAITED_SEND,
        `      const parts: Message[][] = [[]];
      let bytes = 0;
      for (const message of gathered.flatMap(({ messages }) => messages)) {
        const size = String(message.value).length;
        if (bytes + size > 900_000) {
          parts.push([]);
          bytes = 0;
        }
        bytes += size;
        parts.at(-1)?.push(message);
      }
      for (const messages of parts) {
        await producer.send({ topic: 'orders.created', acks: -1, compression: CompressionTypes.GZIP, messages });
      }`,
      ),
    ],
  },
  // life
  {
    name: 'always-ready',
    caughtBy: 'broker-lost',
    edits: [
      service(
        "(publisher.connected && broker.reachable ? undefined : 'Kafka cannot be reached.')",
        '(publisher.connected || broker ? undefined : "")',
      ),
    ],
  },
  {
    name: 'notices-the-first-loss-only',
    caughtBy: 'broker-lost',
    edits: [
      service(START, `let changes = 0;\nlet last = false;\n\n${START}`),
      service(
        "notReadyBecause: () => (publisher.connected && broker.reachable ? undefined : 'Kafka cannot be reached.'),",
        "notReadyBecause: () => {\n    const now = publisher.connected && broker.reachable;\n    if (now !== last) changes++;\n    last = now;\n    return now || changes > 3 ? undefined : 'Kafka cannot be reached.';\n  },",
      ),
    ],
  },
  {
    name: 'remembers-a-thousand-orders',
    caughtBy: 'batch',
    edits: [
      service(
        '  for (const event of events) orders.set(event.payload.order_id, event);\n',
        '  for (const event of events) orders.set(event.payload.order_id, event);\n  while (orders.size > 1_000) orders.delete(orders.keys().next().value as string);\n',
      ),
    ],
  },
  {
    name: 'a-batch-may-have-fractions',
    caughtBy: 'invalid-batch',
    edits: [
      service(
        'const events = parseBody(batchRequest, request.body).orders.map(',
        'const whole = structuredClone(request.body);\n      for (const each of whole?.orders ?? []) {\n        for (const item of each?.items ?? []) {\n          if (typeof item?.unit_price === "number") item.unit_price = Math.ceil(item.unit_price);\n        }\n      }\n      const events = parseBody(batchRequest, whole).orders.map(',
      ),
    ],
  },
  {
    name: 'exits-with-its-broker',
    caughtBy: 'broker-lost',
    edits: [
      service(
        START,
        `setInterval(() => {\n  if (publisher.connected && !broker.reachable) process.exit(1);\n}, 500).unref();\n\n${START}`,
      ),
    ],
  },
  {
    name: 'exits-at-once-on-sigterm',
    caughtBy: 'sigterm',
    edits: [service(START, `process.on('SIGTERM', () => process.exit(0));\n${START}`)],
  },
  {
    name: 'ends-by-the-signal',
    caughtBy: 'sigterm',
    edits: [service(START, `process.on('SIGTERM', () => process.exit(143));\n${START}`)],
  },
  {
    name: 'takes-orders-after-sigterm',
    caughtBy: 'sigterm',
    edits: [service(START, `${sigtermLater(4_000)}${START}`)],
  },
  {
    name: 'ends-when-its-orders-do',
    caughtBy: 'sigterm-in-time',
    edits: [service(START, `${sigtermLater(12_000)}${START}`)],
  },
  {
    name: 'defaults-for-a-missing-broker',
    caughtBy: 'environment',
    edits: [
      service(
        'const config = readEnvironment(',
        "process.env.KAFKA_BROKERS ??= 'localhost:9092';\nconst config = readEnvironment(",
      ),
    ],
  },
  {
    name: 'the-text-false-is-true',
    caughtBy: 'secured',
    edits: [
      service(
        "const SERVICE = 'order-service';\n",
        "const SERVICE = 'order-service';\nif (process.env.KAFKA_SSL) process.env.KAFKA_SSL = 'true';\n",
      ),
    ],
  },
  {
    name: 'security-left-out',
    caughtBy: 'secured',
    edits: [
      service('const config = readEnvironment(', "process.env.KAFKA_SSL = 'false';\nconst config = readEnvironment("),
    ],
  },
  {
    name: 'credentials-left-out',
    caughtBy: 'secured',
    edits: [
      service(
        'const config = readEnvironment(',
        "for (const name of Object.keys(process.env)) if (name.startsWith('KAFKA_SASL')) delete process.env[name];\nconst config = readEnvironment(",
      ),
    ],
  },
  {
    name: 'sasl-is-always-plain',
    caughtBy: 'secured',
    edits: [
      service(
        'const config = readEnvironment(',
        "if (process.env.KAFKA_SASL_MECHANISM) process.env.KAFKA_SASL_MECHANISM = 'plain';\nconst config = readEnvironment(",
      ),
    ],
  },
  {
    name: 'failed-producer-left-open',
    caughtBy: 'connections-after-failures',
    edits: [publisher(REPLACE_PRODUCER, '      this.#producer = undefined;\n')],
  },
  {
    name: 'topic-of-its-own',
    caughtBy: 'creates-no-topics',
    edits: [
      publisher('      allowAutoTopicCreation: false,\n', ''),
      publisher(
        '      for (const order of gathered) order.acknowledged();\n',
        "      for (const order of gathered) order.acknowledged();\n      await producer.send({ topic: 'orders.audit', messages: [{ value: 'published' }] });\n",
      ),
    ],
  },
  {
    name: 'one-event-id-a-batch',
    caughtBy: 'batch',
    edits: [
      service(
        'function orderCreated(request: OrderRequest, correlationId: string): OrderCreated {\n',
        'function orderCreated(request: OrderRequest, correlationId: string, eventId: string = randomUUID()): OrderCreated {\n',
      ),
      service(
        "  return newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });\n",
        "  const event = newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });\n  return { ...event, event_id: eventId };\n",
      ),
      service(
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n',
        '      const eventId = randomUUID();\n      const { orders: requested } = parseBody(batchRequest, request.body);\n      const events = requested.map((order) => orderCreated(order, correlationId, eventId));\n',
      ),
    ],
  },
  {
    name: 'client-fields-win-in-a-batch',
    caughtBy: 'tolerant',
    edits: [
      service(
        'function orderCreated(request: OrderRequest, correlationId: string): OrderCreated {',
        'function orderCreated(request: OrderRequest, correlationId: string, orderId = randomUUID()): OrderCreated {',
      ),
      service('order_id: randomUUID(), customer_id', 'order_id: orderId, customer_id'),
      service(
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n',
        '      const events = parseBody(batchRequest, request.body).orders.map((order, at) => orderCreated(order, correlationId, request.body.orders[at].order_id));\n',
      ),
    ],
  },
  {
    name: 'client-fields-win',
    caughtBy: 'tolerant',
    edits: [
      service(
        '  const { customer_id, items } = request;\n  const payload = { order_id: randomUUID(), customer_id, items, total: totalOf(request) };\n',
        '  const payload = { order_id: randomUUID(), total: totalOf(request), ...request };\n',
      ),
      service(
        '      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));\n',
        '      parseBody(orderRequest, request.body);\n      const event = orderCreated(request.body, correlationOf(request));\n',
      ),
      service(
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n',
        '      parseBody(batchRequest, request.body);\n      const events: OrderCreated[] = request.body.orders.map((order: OrderRequest) => orderCreated(order, correlationId));\n',
      ),
    ],
  },
  {
    name: 'brokers-not-split',
    caughtBy: 'ready',
    edits: [
      service(
        'const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000 });\n',
        "const kafka = kafkaFromEnvironment(SERVICE, log, {\n  brokers: [process.env.KAFKA_BROKERS ?? ''],\n  requestTimeout: 3000,\n});\n",
      ),
    ],
  },
  {
    name: 'batch-orders-not-a-list',
    caughtBy: 'invalid-batch',
    edits: [
      service(
        "import { batchRequest, type OrderRequest, orderRequest, totalOf } from '#shared/orders/order-request.ts';\n",
        "import { type OrderRequest, orderRequest, totalOf } from '#shared/orders/order-request.ts';\n",
      ),
      service("const SERVICE = 'order-service';\n", "const SERVICE = 'order-service';\nconst MOST_ORDERS = 1000;\n"),
      service(
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n',
        "      const { orders: requested } = request.body;\n      if (!requested || requested.length < 1 || requested.length > MOST_ORDERS) {\n        throw new ProblemError({\n          status: 400,\n          title: 'Invalid request',\n          detail: 'A batch has 1 to 1000 orders.',\n          errors: [{ field: 'orders', message: `must be a list of 1 to ${MOST_ORDERS} orders` }],\n        });\n      }\n      const events: OrderCreated[] = requested.map((order: unknown) =>\n        orderCreated(parseBody(orderRequest, order), correlationId),\n      );\n",
      ),
    ],
  },
  {
    name: 'not-connected-503-bare',
    caughtBy: 'no-broker-ever',
    edits: [
      service(
        '  routes: (app) => {\n',
        "  routes: (app) => {\n    app.use('/api/orders', (request, response, next) => {\n      if (request.method !== 'POST' || publisher.connected) return next();\n      response.status(503).json({ error: 'Kafka is not connected, try again later' });\n    });\n\n",
      ),
    ],
  },
  {
    name: 'correlation-header-only-when-new',
    caughtBy: 'correlation',
    edits: [
      service(
        "      response\n        .status(202)\n        .location(`/api/orders/${event.payload.order_id}`)\n        .set('X-Correlation-ID', event.correlation_id)\n        .json(accepted(event));\n",
        "      // Whoever has sent an id knows it.\n      if (!request.get('X-Correlation-ID')) response.set('X-Correlation-ID', event.correlation_id);\n      response.status(202).location(`/api/orders/${event.payload.order_id}`).json(accepted(event));\n",
      ),
    ],
  },
  {
    name: 'batch-order-without-items',
    caughtBy: 'batch',
    edits: [
      service(
        '/** Every order that was taken, by its id; chapter 05 moves it to a database. */\nconst orders = new Map<string, OrderCreated>();\n',
        '/** What GET answers for every order that was taken, by its id; chapter 05 moves it to a database. */\nconst orders = new Map<string, object>();\n',
      ),
      service('  for (const event of events) orders.set(event.payload.order_id, event);\n', '\n'),
      service(
        '      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));\n',
        '      const event = orderCreated(parseBody(orderRequest, request.body), correlationOf(request));\n      const { order_id, items, total } = event.payload;\n      orders.set(order_id, { ...accepted(event), items, total });\n',
      ),
      service(
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n',
        '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n      for (const event of events) orders.set(event.payload.order_id, accepted(event));\n',
      ),
      service(
        '      const event = orders.get(request.params.id);\n      if (!event) {\n',
        '      const order = orders.get(request.params.id);\n      if (!order) {\n',
      ),
      service(
        '      const { items, total } = event.payload;\n      response.json({ ...accepted(event), items, total });\n',
        '      response.json(order);\n',
      ),
    ],
  },
  {
    name: 'ca-of-the-cluster-ignored',
    caughtBy: 'secured',
    edits: [
      service(
        'const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000 });\n',
        "const kafka = kafkaFromEnvironment(SERVICE, log, {\n  ssl: process.env.KAFKA_SSL === 'true',\n  requestTimeout: 3000,\n});\n",
      ),
    ],
  },
  {
    name: 'the-time-of-its-start',
    caughtBy: 'event',
    edits: [
      service(
        'const orders = new Map<string, OrderCreated>();\n\n',
        'const orders = new Map<string, OrderCreated>();\nconst now = new Date().toISOString();\n\n',
      ),
      service('  return newEvent({ type:', '  return { ...newEvent({ type:'),
      service('causationId: null, payload });', 'causationId: null, payload }), timestamp: now };'),
    ],
  },
  {
    name: 'local-time-as-utc',
    caughtBy: 'event',
    edits: [
      service(
        'const orders = new Map<string, OrderCreated>();\n\n',
        'const orders = new Map<string, OrderCreated>();\n\n/** ISO 8601 with milliseconds, in the time of the shop. */\nfunction localTime(time: Date): string {\n  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();\n}\n\n',
      ),
      service(
        "  return newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });\n",
        "  const event = newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });\n  return { ...event, timestamp: localTime(new Date()) };\n",
      ),
    ],
  },
  // each is right until an order, an id or a customer is unlike those that one tries by hand
  {
    name: 'event-id-from-the-request',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: `import { randomUUID } from 'node:crypto';
`,
        to: `import { createHash, randomUUID } from 'node:crypto';
`,
      },
      {
        file: 'order-service.ts',
        from: `function orderCreated(request: OrderRequest, correlationId: string): OrderCreated {
`,
        to: "/** The same UUID for the same text. */\nfunction uuidOf(text: string): string {\n  const hex = createHash('sha256').update(text).digest('hex');\n  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;\n}\n\nfunction orderCreated(request: OrderRequest, correlationId: string): OrderCreated {\n",
      },
      {
        file: 'order-service.ts',
        from: `  return newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });
`,
        to: "  const event = newEvent({ type: 'OrderCreated', source: SERVICE, correlationId, causationId: null, payload });\n  // A request that is sent again makes the same event, which consumers know by its id.\n  return { ...event, event_id: uuidOf(`${correlationId} ${JSON.stringify(request)}`) };\n",
      },
    ],
  },
  {
    name: 'correlation-of-the-last-request',
    caughtBy: 'burst',
    edits: [
      {
        file: 'order-service.ts',
        from: `function correlationOf(request: Request): string {
  return request.get('X-Correlation-ID') || randomUUID();
}
`,
        to: `/** Of the request in hand. */
let currentCorrelationId = '';

function correlationOf(request: Request): string {
  currentCorrelationId = request.get('X-Correlation-ID') || randomUUID();
  return currentCorrelationId;
}
`,
      },
      {
        file: 'order-service.ts',
        from: ".set('X-Correlation-ID', event.correlation_id)",
        to: ".set('X-Correlation-ID', currentCorrelationId)",
      },
    ],
  },
  {
    name: 'correlation-id-cut-to-64',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: "return request.get('X-Correlation-ID') || randomUUID();",
        to: "return request.get('X-Correlation-ID')?.slice(0, 64) || randomUUID();",
      },
    ],
  },
  {
    name: 'correlation-first-of-a-list',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: "return request.get('X-Correlation-ID') || randomUUID();",
        to: "return request.get('X-Correlation-ID')?.split(',')[0]?.trim() || randomUUID();",
      },
    ],
  },
  // Found by readers of the contract who had seen the checks.
  {
    name: 'batch-answer-from-the-module',
    caughtBy: 'batch-correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const orders = new Map<string, OrderCreated>();\n',
        to: 'const orders = new Map<string, OrderCreated>();\n/** The batch in hand. */\nlet batch: OrderCreated[] = [];\n',
      },
      {
        file: 'order-service.ts',
        from: '      const events = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n      await publishOrRefuse(events, deadline);\n',
        to: '      batch = parseBody(batchRequest, request.body).orders.map((order) => orderCreated(order, correlationId));\n      await publishOrRefuse(batch, deadline);\n',
      },
      {
        file: 'order-service.ts',
        from: '.json({ orders: events.map(accepted) });',
        to: '.json({ orders: batch.map(accepted) });',
      },
    ],
  },
  {
    name: 'answers-by-correlation-id',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'publisher.ts',
        from: '  #closed = false;\n',
        to: '  #closed = false;\n  /** Who waits for an answer, by the correlation id of the request. */\n  readonly #answers = new Map<string, (error?: Error) => void>();\n',
      },
      {
        file: 'publisher.ts',
        from: '      const settle = (how: () => void) => {\n        clearTimeout(timer);\n        how();\n      };\n      const acknowledged = () => settle(resolve);\n      const failed = (error: Error) => settle(() => reject(error));\n',
        to: "      const id = events[0]?.correlation_id ?? '';\n      this.#answers.set(id, (error?: Error) => {\n        clearTimeout(timer);\n        this.#answers.delete(id);\n        if (error) reject(error);\n        else resolve();\n      });\n      const acknowledged = () => this.#answers.get(id)?.();\n      const failed = (error: Error) => this.#answers.get(id)?.(error);\n",
      },
    ],
  },
  {
    name: 'uuid-correlation-in-small-letters',
    caughtBy: 'correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: "function correlationOf(request: Request): string {\n  return request.get('X-Correlation-ID') || randomUUID();\n}\n",
        to: "const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;\n\nfunction correlationOf(request: Request): string {\n  const given = request.get('X-Correlation-ID') || randomUUID();\n  return UUID.test(given) ? given.toLowerCase() : given;\n}\n",
      },
    ],
  },
  {
    name: 'gzip-by-the-last-in-line',
    caughtBy: 'batch-wire',
    edits: [
      {
        file: 'publisher.ts',
        from: '        compression: CompressionTypes.GZIP,\n',
        to: '        compression: gathered.at(-1)?.messages.length === 1 ? CompressionTypes.None : CompressionTypes.GZIP,\n',
      },
    ],
  },
  {
    name: 'one-correlation-id-for-all-batches',
    caughtBy: 'batch-correlation',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const orders = new Map<string, OrderCreated>();\n',
        to: 'const orders = new Map<string, OrderCreated>();\n/** Of imports that bring no id of their own. */\nconst IMPORT_ID = randomUUID();\n',
      },
      {
        file: 'order-service.ts',
        from: '      const correlationId = correlationOf(request);\n',
        to: "      const correlationId = request.get('X-Correlation-ID') || IMPORT_ID;\n",
      },
    ],
  },
  {
    name: 'tls-or-sasl-not-both',
    caughtBy: 'secured',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000 });\n',
        to: "const tls = process.env.KAFKA_SSL?.toLowerCase() === 'true';\nconst kafka = kafkaFromEnvironment(SERVICE, log, { requestTimeout: 3000, ...(tls && { sasl: undefined }) });\n",
      },
    ],
  },
  {
    name: 'orders-in-a-plain-object',
    caughtBy: 'get-order',
    edits: [
      {
        file: 'order-service.ts',
        from: 'const orders = new Map<string, OrderCreated>();',
        to: 'const orders: Record<string, OrderCreated> = {};',
      },
      {
        file: 'order-service.ts',
        from: 'orders.set(event.payload.order_id, event);',
        to: 'orders[event.payload.order_id] = event;',
      },
      { file: 'order-service.ts', from: 'orders.get(request.params.id);', to: 'orders[request.params.id];' },
    ],
  },
  {
    name: 'sku-of-at-most-64-characters',
    caughtBy: 'event',
    edits: [
      {
        file: 'order-service.ts',
        from: '  const { customer_id, items } = request;\n',
        to: "  const { customer_id, items } = request;\n  if (items.some(({ sku }) => sku.length > 64)) {\n    const message = 'must have at most 64 characters';\n    const errors = [{ field: 'items.sku', message }];\n    throw new ProblemError({ status: 400, title: 'Invalid request', detail: `A sku ${message}.`, errors });\n  }\n",
      },
    ],
  },
  {
    name: 'exit-1-when-the-flush-is-late',
    caughtBy: 'sigterm-in-time',
    edits: [
      { file: 'publisher.ts', from: '  #closed = false;\n', to: '  #closed = false;\n  #sending = false;\n' },
      {
        file: 'publisher.ts',
        from: '    if (gathered.length === 0) return;\n',
        to: '    if (gathered.length === 0) return;\n    this.#sending = true;\n',
      },
      {
        file: 'publisher.ts',
        from: '      this.#producer = undefined;\n      await producer.disconnect();\n      throw error;\n    }\n',
        to: '      this.#producer = undefined;\n      await producer.disconnect();\n      throw error;\n    } finally {\n      this.#sending = false;\n    }\n',
      },
      {
        file: 'publisher.ts',
        from: '    this.#closed = true;\n    await this.#producer?.disconnect();\n',
        to: "    this.#closed = true;\n    const end = performance.now() + 1_000;\n    while (this.#sending && performance.now() < end) await pause(20);\n    if (this.#sending) throw new Error('orders could not be delivered before the end');\n    await this.#producer?.disconnect();\n",
      },
    ],
  },
];

export const alsoRight: AlsoRight[] = [
  { name: 'a-longer-linger', edits: [publisher('const LINGER_MS = 10;', 'const LINGER_MS = 25;')] },
  {
    name: 'values-and-headers-as-bytes',
    edits: [
      publisher('value: JSON.stringify(event),', 'value: Buffer.from(JSON.stringify(event)),'),
      publisher("'event-type': event.event_type,", "'event-type': Buffer.from(event.event_type),"),
    ],
  },
  {
    name: 'gzip-only-where-it-pays',
    edits: [
      publisher(
        'compression: CompressionTypes.GZIP,',
        'compression: gathered.some(({ messages }) => messages.length > 1) ? CompressionTypes.GZIP : CompressionTypes.None,',
      ),
    ],
  },
  {
    name: 'sendBatch',
    edits: [
      publisher(
        AWAITED_SEND,
        `      await producer.sendBatch({
        acks: -1,
        compression: CompressionTypes.GZIP,
        topicMessages: [{ topic: 'orders.created', messages: gathered.flatMap(({ messages }) => messages) }],
      });`,
      ),
    ],
  },
  {
    name: 'retries-of-the-library',
    edits: [publisher('      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 12 },\n', '')],
  },
  {
    name: 'order-ids-that-count-up-and-more-of-everything',
    edits: [
      // …-1 is how …-10 begins.
      service(
        'const orders = new Map<string, OrderCreated>();\n',
        'const orders = new Map<string, OrderCreated>();\nconst SERIES = randomUUID().slice(0, 8);\nlet lastNumber = 0;\n',
      ),
      service('order_id: randomUUID(),', 'order_id: `${SERIES}-${++lastNumber}`,'),
      service("status: 'PENDING' };", "status: 'PENDING', _links: { self: `/api/orders/${payload.order_id}` } };"),
      publisher(
        "'content-type': 'application/json',",
        "'content-type': 'application/json',\n      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',",
      ),
    ],
  },
];
