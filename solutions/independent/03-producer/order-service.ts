// order-service, chapter 03: takes orders over HTTP and puts each of them into `orders.created` exactly once.
//
//   HTTP handler ── enqueue ──▶ queue ── pump (one flight at a time) ──▶ one idempotent producer ──▶ broker
//
// A flight is one `producer.send`. While it is away everything that arrives gathers in the queue. A flight that fails,
// or whose last passenger has run out of time, is never sent again: its producer is cut off from the network and a new
// one (with a new producer id) takes over, so no later batch can be mistaken for a repetition of the lost one.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import {
  CompressionTypes,
  Kafka,
  type KafkaConfig,
  type Message,
  Partitioners,
  type Producer,
  type SASLOptions,
} from 'kafkajs';

const SERVICE = 'order-service';
const TOPIC = 'orders.created';
const MAX_BODY = 8 * 1024 * 1024;
const MAX_ITEMS = 100;
const MAX_ORDERS = 1000;
/** How long the first order waits for company before its flight leaves. */
const LINGER_MS = 10;
/** Single orders share a flight up to this size; a bigger one travels alone, so that its refusal is its own. */
const FLIGHT_BYTES = 512 * 1024;
const CONNECT_TIMEOUT_MS = 8_000;
const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 4_000;
const PROBE_VALID_MS = 8_000;
const SHUTDOWN_GRACE_MS = 6_500;

// ---------------------------------------------------------------------------------------------------------------------
// Log

function log(level: 'info' | 'warn' | 'error', msg: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), level, service: SERVICE, msg, ...fields })}\n`,
  );
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// ---------------------------------------------------------------------------------------------------------------------
// Configuration

interface Config {
  port: number;
  publishTimeoutMs: number;
  kafka: { brokers: string[]; ssl?: KafkaConfig['ssl']; sasl?: SASLOptions };
}

class ConfigError extends Error {}

function readConfig(env: NodeJS.ProcessEnv): Config {
  const optional = (name: string): string | undefined => env[name] || undefined;
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined) throw new ConfigError(`${name} is missing`);
    return value;
  };
  const integer = (name: string, text: string, min: number, max: number): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new ConfigError(`${name} must be an integer from ${min} to ${max}`);
    return value;
  };

  const brokers = required('KAFKA_BROKERS')
    .split(',')
    .map((broker) => broker.trim());
  for (const broker of brokers) {
    const port = Number(/^[^\s:]+:(\d{1,5})$/.exec(broker)?.[1] ?? 0);
    if (port < 1 || port > 65535) throw new ConfigError(`KAFKA_BROKERS: "${broker}" is not host:port`);
  }
  const port = integer('PORT', required('PORT'), 1, 65535);
  const publishTimeoutMs = integer('PUBLISH_TIMEOUT_MS', optional('PUBLISH_TIMEOUT_MS') ?? '5000', 1, 2 ** 31 - 1);
  return { port, publishTimeoutMs, kafka: { brokers, ssl: readSsl(optional), sasl: readSasl(optional) } };
}

function readSsl(optional: (name: string) => string | undefined): KafkaConfig['ssl'] {
  const flag = optional('KAFKA_SSL') ?? 'false';
  if (flag !== 'true' && flag !== 'false') throw new ConfigError('KAFKA_SSL must be true or false');
  const pem = (name: string): string | undefined => {
    const path = optional(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new ConfigError(`${name} cannot be read: ${reason(error)}`);
    }
  };
  if (flag === 'false') return undefined;
  const [ca, cert, key] = [pem('KAFKA_SSL_CA'), pem('KAFKA_SSL_CERT'), pem('KAFKA_SSL_KEY')];
  if (cert !== undefined && key === undefined) throw new ConfigError('KAFKA_SSL_KEY is missing beside KAFKA_SSL_CERT');
  if (key !== undefined && cert === undefined) throw new ConfigError('KAFKA_SSL_CERT is missing beside KAFKA_SSL_KEY');
  return { ...(ca ? { ca: [ca] } : {}), ...(cert && key ? { cert, key } : {}) };
}

function readSasl(optional: (name: string) => string | undefined): SASLOptions | undefined {
  const mechanism = optional('KAFKA_SASL_MECHANISM')?.toLowerCase();
  const username = optional('KAFKA_SASL_USERNAME');
  const password = optional('KAFKA_SASL_PASSWORD');
  if (mechanism === undefined) {
    if (username === undefined && password === undefined) return undefined;
    throw new ConfigError('KAFKA_SASL_MECHANISM is missing beside KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD');
  }
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') {
    throw new ConfigError('KAFKA_SASL_MECHANISM must be plain, scram-sha-256 or scram-sha-512');
  }
  if (username === undefined) throw new ConfigError('KAFKA_SASL_USERNAME is missing');
  if (password === undefined) throw new ConfigError('KAFKA_SASL_PASSWORD is missing');
  return { mechanism, username, password };
}

// ---------------------------------------------------------------------------------------------------------------------
// A Kafka client that can be cut off. kafkajs goes on retrying after `disconnect()`, and reconnects for it; an
// abandoned producer must neither hold connections nor publish hours later.

interface Line {
  kafka: Kafka;
  cut: () => void;
}

function openLine(config: Config['kafka'], options: Partial<KafkaConfig>): Line {
  const sockets = new Set<Socket>();
  let isCut = false;
  const kafka = new Kafka({
    clientId: SERVICE,
    // An empty list is an error that kafkajs does not retry: it ends every loop of a client that was cut off.
    brokers: () => (isCut ? [] : config.brokers),
    ssl: config.ssl,
    sasl: config.sasl,
    ...options,
    socketFactory: ({ host, port, ssl, onConnect }) => {
      if (isCut) throw new Error('this client was cut off');
      const socket = ssl
        ? tlsConnect({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
        : tcpConnect({ host, port }, onConnect);
      socket.setKeepAlive(true, 60_000);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      return socket;
    },
  });
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy(new Error('this client was cut off'));
  };
  return { kafka, cut };
}

/** The promise, or a rejection after `ms`. */
async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took longer than ${ms} ms`);
  });
  timeout.catch(() => {});
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer.abort();
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Orders

interface Item {
  sku: string;
  quantity: number;
  unit_price: number;
}

interface OrderInput {
  customer_id: string;
  items: Item[];
}

interface Order {
  order_id: string;
  correlation_id: string;
  status: 'PENDING';
  items: Item[];
  total: number;
}

interface FieldError {
  field: string;
  message: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The order without its unknown fields, or nothing, and then `errors` has grown. */
function parseOrder(value: unknown, path: string, errors: FieldError[]): OrderInput | undefined {
  const before = errors.length;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const fail = (field: string, message: string): void => {
    errors.push({ field, message });
  };
  if (!isObject(value)) {
    fail(path === '' ? 'body' : path, 'must be an object');
    return undefined;
  }
  const { customer_id, items } = value;
  if (typeof customer_id !== 'string' || customer_id === '') fail(at('customer_id'), 'must be a non-empty string');
  const clean: Item[] = [];
  if (!Array.isArray(items) || items.length < 1 || items.length > MAX_ITEMS) {
    fail(at('items'), `must be a list of 1 to ${MAX_ITEMS} items`);
  } else {
    for (const [index, item] of items.entries()) {
      const inItem = (name: string): string => `${at('items')}[${index}]${name}`;
      if (!isObject(item)) {
        fail(inItem(''), 'must be an object');
        continue;
      }
      const { sku, quantity, unit_price } = item;
      if (typeof sku !== 'string' || sku === '') fail(inItem('.sku'), 'must be a non-empty string');
      if (!Number.isSafeInteger(quantity) || Number(quantity) < 1) fail(inItem('.quantity'), 'must be an integer ≥ 1');
      if (!Number.isSafeInteger(unit_price) || Number(unit_price) < 0) {
        fail(inItem('.unit_price'), 'must be an integer ≥ 0');
      }
      clean.push({ sku: String(sku), quantity: Number(quantity), unit_price: Number(unit_price) });
    }
  }
  if (errors.length === before && !Number.isSafeInteger(totalOf(clean)))
    fail(at('items'), 'add up to too large a total');
  return errors.length === before ? { customer_id: String(customer_id), items: clean } : undefined;
}

const totalOf = (items: Item[]): number => items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0);

function placeOrder(input: OrderInput, correlationId: string): { order: Order; message: Message } {
  const order: Order = {
    order_id: randomUUID(),
    correlation_id: correlationId,
    status: 'PENDING',
    items: input.items,
    total: totalOf(input.items),
  };
  const event = {
    event_id: randomUUID(),
    event_type: 'OrderCreated',
    timestamp: new Date().toISOString(),
    correlation_id: correlationId,
    payload: { order_id: order.order_id, customer_id: input.customer_id, items: input.items, total: order.total },
    metadata: { source: SERVICE, causation_id: null, schema_version: 1 },
  };
  const message: Message = {
    key: order.order_id,
    value: JSON.stringify(event),
    headers: { 'event-type': 'OrderCreated', 'correlation-id': correlationId, 'content-type': 'application/json' },
  };
  return { order, message };
}

// ---------------------------------------------------------------------------------------------------------------------
// Publishing

type Outcome = 'acknowledged' | 'unknown' | 'not sent';

interface Passenger {
  orders: Order[];
  messages: Message[];
  bytes: number;
  alone: boolean;
  deadline: number;
  state: 'queued' | 'away' | 'settled';
  settle: (outcome: Outcome) => void;
}

function createPublisher(config: Config) {
  const orders = new Map<string, Order>();
  const queue: Passenger[] = [];
  let away: Passenger[] = [];
  let wake = (): void => {};
  let abandonFlight = (): void => {};
  let line: Line | undefined;
  let producer: Producer | undefined;
  let lastProbe = Number.NEGATIVE_INFINITY;
  let closed = false;

  /** Resolves with `acknowledged` only after the broker's acknowledgement and before the deadline. */
  function publish(placed: { order: Order; message: Message }[], alone: boolean, deadline: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const messages = placed.map(({ message }) => message);
      const bytes = messages.reduce((sum, { value }) => sum + Buffer.byteLength(value ?? ''), 0);
      const passenger: Passenger = {
        orders: placed.map(({ order }) => order),
        messages,
        bytes,
        alone: alone || bytes > FLIGHT_BYTES,
        deadline,
        state: 'queued',
        settle: (outcome) => {
          if (passenger.state === 'settled') return;
          if (passenger.state === 'queued') queue.splice(queue.indexOf(passenger), 1);
          passenger.state = 'settled';
          clearTimeout(timer);
          resolve(outcome);
        },
      };
      const timer = setTimeout(
        () => passenger.settle(passenger.state === 'queued' ? 'not sent' : 'unknown'),
        Math.max(0, deadline - performance.now()),
      );
      queue.push(passenger);
      wake();
    });
  }

  function board(): Passenger[] {
    const first = queue[0];
    if (first === undefined) return [];
    const aboard: Passenger[] = [];
    let bytes = 0;
    for (const passenger of queue) {
      if (passenger !== first && (first.alone || passenger.alone)) continue;
      if (aboard.length > 0 && bytes + passenger.bytes > FLIGHT_BYTES) break;
      bytes += passenger.bytes;
      aboard.push(passenger);
    }
    for (const passenger of aboard) {
      queue.splice(queue.indexOf(passenger), 1);
      passenger.state = 'away';
      // From here on the order may be in the log, whatever its client is told.
      for (const order of passenger.orders) orders.set(order.order_id, order);
    }
    return aboard;
  }

  function dropProducer(why: string): void {
    if (line === undefined) return;
    log('warn', 'producer dropped', { reason: why });
    line.cut();
    line = undefined;
    producer = undefined;
  }

  async function connectProducer(): Promise<void> {
    while (producer === undefined && !closed) {
      // Retries without end: how long an order may take is decided by its deadline alone.
      const retry = { retries: Number.MAX_SAFE_INTEGER, initialRetryTime: 100, maxRetryTime: 1_000 };
      const candidate = openLine(config.kafka, { retry });
      line = candidate;
      try {
        const fresh = candidate.kafka.producer({
          idempotent: true,
          allowAutoTopicCreation: false,
          createPartitioner: Partitioners.DefaultPartitioner,
        });
        await within(CONNECT_TIMEOUT_MS, 'connecting', fresh.connect());
        if (closed) return;
        producer = fresh;
        log('info', 'producer connected');
      } catch (error) {
        dropProducer(`cannot connect: ${reason(error)}`);
        await sleep(500);
      }
    }
  }

  async function fly(aboard: Passenger[], using: Producer): Promise<void> {
    const lastDeadline = Math.max(...aboard.map(({ deadline }) => deadline));
    const abandoned = new Promise<never>((_, reject) => {
      abandonFlight = () => reject(new Error('abandoned at shutdown'));
    });
    abandoned.catch(() => {});
    const sent = using.send({
      topic: TOPIC,
      acks: -1,
      compression: CompressionTypes.GZIP,
      messages: aboard.flatMap(({ messages }) => messages),
    });
    try {
      const left = Math.max(1, lastDeadline - performance.now());
      await Promise.race([within(left, 'the acknowledgement', sent), abandoned]);
      for (const passenger of aboard) passenger.settle('acknowledged');
    } catch (error) {
      dropProducer(reason(error));
      for (const passenger of aboard) passenger.settle('unknown');
    }
  }

  async function pump(): Promise<void> {
    while (!closed) {
      await connectProducer();
      if (queue.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        await sleep(LINGER_MS);
      }
      const using = producer;
      if (using === undefined || closed) continue;
      away = board();
      if (away.length > 0) await fly(away, using);
      away = [];
    }
  }

  /** An idle producer does not notice that its broker is gone, so a client of its own asks for the topic. */
  async function probe(): Promise<void> {
    let admin: { line: Line; ask: () => Promise<unknown> } | undefined;
    while (!closed) {
      try {
        if (admin === undefined) {
          const opened = openLine(config.kafka, { retry: { retries: 0 }, requestTimeout: PROBE_TIMEOUT_MS });
          const client = opened.kafka.admin();
          admin = { line: opened, ask: () => client.fetchTopicMetadata({ topics: [TOPIC] }) };
          await within(PROBE_TIMEOUT_MS, 'connecting', client.connect());
        }
        await within(PROBE_TIMEOUT_MS, 'metadata', admin.ask());
        lastProbe = performance.now();
      } catch (error) {
        log('warn', 'broker does not answer', { reason: reason(error) });
        admin?.line.cut();
        admin = undefined;
      }
      await sleep(PROBE_EVERY_MS);
    }
  }

  async function close(): Promise<void> {
    closed = true;
    for (const passenger of [...queue]) passenger.settle('not sent');
    for (const passenger of away) passenger.settle('unknown');
    abandonFlight();
    wake();
    await within(1_000, 'disconnecting', producer?.disconnect() ?? Promise.resolve()).catch(() => {});
    line?.cut();
  }

  void pump();
  void probe();
  return {
    publish,
    close,
    find: (id: string): Order | undefined => orders.get(id),
    isReady: (): boolean => !closed && producer !== undefined && performance.now() - lastProbe < PROBE_VALID_MS,
  };
}

// ---------------------------------------------------------------------------------------------------------------------
// HTTP

class HttpProblem extends Error {
  status: number;
  extra: Record<string, unknown>;
  headers: Record<string, string>;

  constructor(status: number, detail: string, extra: Record<string, unknown> = {}, headers = {}) {
    super(detail);
    this.status = status;
    this.extra = extra;
    this.headers = headers;
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const unavailable = (detail: string): HttpProblem => new HttpProblem(503, detail, {}, { 'Retry-After': '1' });

function reply(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json',
    ...headers,
    'Content-Length': String(Buffer.byteLength(text)),
  });
  res.end(text);
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too much is read to its end all the same: a client that is still sending would not see the answer.
    if (size <= MAX_BODY) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_BODY) throw new HttpProblem(413, `The body is larger than ${MAX_BODY} bytes.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    const errors = [{ field: 'body', message: reason(error) }];
    throw new HttpProblem(400, 'The body is not valid JSON.', { errors });
  }
}

function rejectInvalid(errors: FieldError[]): void {
  if (errors.length > 0) throw new HttpProblem(400, 'The request is not valid.', { errors });
}

function givenCorrelationId(req: IncomingMessage): string | undefined {
  const value = req.headers['x-correlation-id'];
  return (typeof value === 'string' && value) || undefined;
}

function createApp(config: Config) {
  const publisher = createPublisher(config);
  let stopping = false;
  let inHand = 0;

  async function accept(inputs: OrderInput[], correlationId: string | undefined, batch: boolean, deadline: number) {
    const placed = inputs.map((input) => placeOrder(input, correlationId ?? randomUUID()));
    const outcome = await publisher.publish(placed, batch, deadline);
    for (const { order } of placed) {
      const { order_id, correlation_id } = order;
      if (outcome === 'acknowledged') log('info', 'order published', { correlation_id, order_id });
      else log('error', 'order not acknowledged in time', { correlation_id, order_id, outcome });
    }
    if (outcome !== 'acknowledged') throw unavailable('The order log did not acknowledge in time.');
    return placed.map(({ order: { order_id, correlation_id, status } }) => ({ order_id, correlation_id, status }));
  }

  async function postOrder(req: IncomingMessage, res: ServerResponse, deadline: number): Promise<void> {
    const errors: FieldError[] = [];
    const input = parseOrder(await readJson(req), '', errors);
    rejectInvalid(errors);
    if (input === undefined) return;
    const [accepted] = await accept([input], givenCorrelationId(req), false, deadline);
    if (accepted === undefined) return;
    reply(res, 202, accepted, {
      Location: `/api/orders/${accepted.order_id}`,
      'X-Correlation-ID': accepted.correlation_id,
    });
  }

  async function postBatch(req: IncomingMessage, res: ServerResponse, deadline: number): Promise<void> {
    const errors: FieldError[] = [];
    const body = await readJson(req);
    const list = isObject(body) ? body.orders : undefined;
    if (!Array.isArray(list) || list.length < 1 || list.length > MAX_ORDERS) {
      rejectInvalid([{ field: 'orders', message: `must be a list of 1 to ${MAX_ORDERS} orders` }]);
      return;
    }
    const inputs = list.flatMap((value: unknown, index) => parseOrder(value, `orders[${index}]`, errors) ?? []);
    rejectInvalid(errors);
    const correlationId = givenCorrelationId(req);
    const accepted = await accept(inputs, correlationId, true, deadline);
    const headers: Record<string, string> = correlationId === undefined ? {} : { 'X-Correlation-ID': correlationId };
    reply(res, 202, { orders: accepted }, headers);
  }

  function getOrder(res: ServerResponse, id: string): void {
    const order = publisher.find(id);
    if (order === undefined) throw new HttpProblem(404, `There is no order ${id}.`);
    reply(res, 200, order);
  }

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const deadline = performance.now() + config.publishTimeoutMs;
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const only = (method: string): void => {
      if (req.method !== method) throw new HttpProblem(405, `${path} takes ${method}.`, {}, { Allow: method });
    };
    if (path === '/health/live') {
      only('GET');
      return reply(res, 200, { status: 'live' });
    }
    if (path === '/health/ready') {
      only('GET');
      if (stopping || !publisher.isReady()) throw unavailable('The broker is not reachable.');
      return reply(res, 200, { status: 'ready' });
    }
    if (path === '/api/orders' || path === '/api/orders/batch') {
      only('POST');
      if (stopping) throw unavailable('The service is stopping.');
      return path === '/api/orders' ? postOrder(req, res, deadline) : postBatch(req, res, deadline);
    }
    const id = /^\/api\/orders\/([^/]+)$/.exec(path)?.[1];
    if (id === undefined) throw new HttpProblem(404, `There is nothing at ${path}.`);
    only('GET');
    return getOrder(res, id);
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    inHand += 1;
    if (stopping) res.setHeader('Connection', 'close');
    try {
      await route(req, res);
    } catch (error) {
      if (req.errored || res.destroyed) return;
      if (!(error instanceof HttpProblem)) log('error', 'request failed', { reason: reason(error) });
      const problem = error instanceof HttpProblem ? error : new HttpProblem(500, 'Something went wrong.');
      const { status, message: detail, extra } = problem;
      const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, ...extra };
      reply(res, status, body, { ...problem.headers, 'Content-Type': 'application/problem+json' });
    } finally {
      inHand -= 1;
    }
  }

  const server = createServer((req, res) => void handle(req, res));

  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    log('info', 'stopping', { signal, in_hand: inHand });
    server.close();
    const until = performance.now() + SHUTDOWN_GRACE_MS;
    while (inHand > 0 && performance.now() < until) await sleep(25);
    await publisher.close();
    await sleep(100);
    process.exit(0);
  }

  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  server.on('error', (error) => {
    process.stderr.write(`PORT: cannot listen on ${config.port}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(config.port, () => log('info', 'listening', { port: config.port }));
}

try {
  createApp(readConfig(process.env));
} catch (error) {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
}
