// What the three programs of this folder have in common: configuration, log, HTTP, and a judgement of incoming records.
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';

export type Json = Record<string, unknown>;

export function die(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

export const env = {
  text(name: string): string {
    const value = process.env[name];
    return value ? value : die(`${name} is missing`);
  },
  optional(name: string): string | undefined {
    return process.env[name] || undefined;
  },
  integer(name: string, min: number, max: number, fallback?: number): number {
    const raw = process.env[name];
    if (!raw && fallback !== undefined) return fallback;
    const value = raw && /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
    return value >= min && value <= max ? value : die(`${name} must be an integer from ${min} to ${max}`);
  },
};

export function logger(service: string, stream: NodeJS.WriteStream = process.stdout) {
  return (level: 'info' | 'warn' | 'error', msg: string, more: Json = {}) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, service, msg, ...more })}\n`);
  };
}

export function kafkaFromEnv(clientId: string): Kafka {
  const brokers = env
    .text('KAFKA_BROKERS')
    .split(',')
    .map((entry) => entry.trim());
  for (const broker of brokers) {
    const port = Number(/^[^\s:]+:(\d{1,5})$/.exec(broker)?.[1] ?? 0);
    if (port < 1 || port > 65535) die(`KAFKA_BROKERS: "${broker}" is not host:port`);
  }
  return new Kafka({
    clientId,
    brokers,
    ssl: ssl(),
    sasl: sasl(),
    logLevel: logLevel.NOTHING,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 200, maxRetryTime: 1_500, retries: 6 },
  });
}

function ssl(): KafkaConfig['ssl'] {
  const flag = env.optional('KAFKA_SSL') ?? 'false';
  if (flag !== 'true' && flag !== 'false') die('KAFKA_SSL must be true or false');
  if (flag === 'false') return undefined;
  const pem = (name: string) => {
    const path = env.optional(name);
    try {
      return path && readFileSync(path, 'utf8');
    } catch {
      return die(`${name} cannot be read`);
    }
  };
  const [ca, cert, key] = [pem('KAFKA_SSL_CA'), pem('KAFKA_SSL_CERT'), pem('KAFKA_SSL_KEY')];
  if (Boolean(cert) !== Boolean(key)) die(`${cert ? 'KAFKA_SSL_KEY' : 'KAFKA_SSL_CERT'} is missing`);
  return { ...(ca ? { ca: [ca] } : {}), ...(cert && key ? { cert, key } : {}) };
}

function sasl(): SASLOptions | undefined {
  const mechanism = env.optional('KAFKA_SASL_MECHANISM')?.toLowerCase();
  if (!mechanism) return undefined;
  const username = env.text('KAFKA_SASL_USERNAME');
  const password = env.text('KAFKA_SASL_PASSWORD');
  if (mechanism === 'plain' || mechanism === 'scram-sha-256' || mechanism === 'scram-sha-512') {
    return { mechanism, username, password } as SASLOptions;
  }
  return die('KAFKA_SASL_MECHANISM must be plain, scram-sha-256 or scram-sha-512');
}

export type Route = (path: string) => { status: number; body: unknown } | undefined;

/** Serves health and one read-only route. */
export function serve(port: number, ready: () => boolean, route: Route): void {
  const answer = (response: ServerResponse, status: number, body: unknown, type = 'application/json') =>
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  const problem = (response: ServerResponse, status: number, title: string, detail: string) =>
    answer(response, status, { type: 'about:blank', title, status, detail }, 'application/problem+json');
  createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/health/live') return answer(response, 200, { live: true });
    if (pathname === '/health/ready') {
      return ready()
        ? answer(response, 200, { ready: true })
        : problem(response, 503, 'Not ready', 'no group, no work');
    }
    const found = request.method === 'GET' ? route(decodeURIComponent(pathname)) : undefined;
    return found ? answer(response, found.status, found.body) : problem(response, 404, 'Not found', pathname);
  })
    .on('error', (error) => die(`PORT ${port}: ${error.message}`))
    .listen(port, '127.0.0.1');
}

export interface Incoming {
  event_id: string;
  event_type: string;
  correlation_id: string;
  payload: Json & { order_id: string };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
const isItem = (item: unknown) => isObject(item) && isText(item.sku) && isCount(item.quantity);

/** What each type must bring along for those who read it here. */
const SHAPES: Record<string, (payload: Json) => boolean> = {
  OrderCreated: ({ order_id, customer_id, items, total }) =>
    isText(order_id) && isText(customer_id) && Array.isArray(items) && items.every(isItem) && Number.isInteger(total),
  InventoryReserved: ({ order_id, items }) => isText(order_id) && Array.isArray(items) && items.every(isItem),
  OrderCancelled: ({ order_id, reason }) => isText(order_id) && isText(reason),
};

/** An event, a reason why the record is poison (text), or undefined for what is to be skipped. */
export function understand(value: Buffer | null): Incoming | string | undefined {
  let event: unknown;
  try {
    event = JSON.parse((value ?? Buffer.alloc(0)).toString('utf8'));
  } catch {
    return 'no JSON';
  }
  if (!isObject(event)) return 'no object';
  for (const field of ['event_id', 'event_type', 'timestamp', 'correlation_id']) {
    if (!isText(event[field])) return `no ${field}`;
  }
  if (!isObject(event.payload) || !isObject(event.metadata)) return 'no payload or no metadata';
  const type = event.event_type as string;
  const shape = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
  if (!shape) return undefined;
  return shape(event.payload) ? (event as unknown as Incoming) : `not the payload of ${event.event_type}`;
}

/** A new event that another has caused, as the record that carries it. */
export function answerTo(cause: Incoming, source: string, event_type: string, payload: Json) {
  const { correlation_id } = cause;
  const event = {
    event_id: crypto.randomUUID(),
    event_type,
    timestamp: new Date().toISOString(),
    correlation_id,
    payload,
    metadata: { source, causation_id: cause.event_id, schema_version: 1 },
  };
  return {
    key: cause.payload.order_id,
    value: JSON.stringify(event),
    headers: { 'event-type': event_type, 'correlation-id': correlation_id, 'content-type': 'application/json' },
  };
}
