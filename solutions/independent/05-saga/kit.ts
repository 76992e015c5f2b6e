// What the three services of this version share: settings, HTTP without a framework, one consumer loop, and events whose ids are
// computed from what they say, so that the same event is the same whoever publishes it, and however often.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { type Consumer, type IHeaders, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs';

// biome-ignore lint/suspicious/noExplicitAny: whatever comes from outside is looked at field by field
export type Json = any;

export function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

export function text(name: string): string {
  const value = process.env[name];
  return value ? value : fail(`${name} is missing`);
}

export function number(name: string, otherwise?: number, most = 3_600_000): number {
  const value = process.env[name];
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (!/^[0-9]{1,9}$/.test(value ?? '') || Number(value) < 1 || Number(value) > most) {
    fail(`${name} should be a whole number from 1 to ${most}, and is ${value ?? 'missing'}`);
  }
  return Number(value);
}

/** A UUID made of what an event is about: version 8 leaves its bits to the application. */
export function idOf(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function envelope(source: string, type: string, cause: Json, at: string, payload: Json): Json {
  return {
    event_id: idOf(type, payload.order_id, payload.kind ?? '', cause?.event_id ?? ''),
    event_type: type,
    timestamp: at,
    correlation_id: cause.correlation_id,
    payload,
    metadata: { source, causation_id: cause.event_id ?? null, schema_version: 1 },
  };
}

export function record(event: Json) {
  const headers = {
    'event-type': event.event_type,
    'correlation-id': event.correlation_id,
    'content-type': 'application/json',
  };
  return { key: event.payload.order_id, value: JSON.stringify(event), headers };
}

export function say(service: string, msg: string, event?: Json): void {
  const extra = event ? { correlation_id: event.correlation_id, order_id: event.payload?.order_id } : {};
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), level: 'info', service, msg, ...extra })}\n`,
  );
}

export function connect(service: string): Kafka {
  const brokers = text('KAFKA_BROKERS').split(',');
  if (!brokers.every((broker) => /^[^:\s]+:\d+$/.test(broker))) fail('KAFKA_BROKERS should be host:port,host:port');
  const options: KafkaConfig = { brokers, clientId: service, logLevel: logLevel.NOTHING, requestTimeout: 4_000 };
  options.retry = { initialRetryTime: 150, maxRetryTime: 1_500, retries: 6 };
  if (process.env.KAFKA_SSL === 'true') {
    const file = (name: string) => (process.env[name] ? readFileSync(text(name)) : undefined);
    options.ssl = { ca: file('KAFKA_SSL_CA'), cert: file('KAFKA_SSL_CERT'), key: file('KAFKA_SSL_KEY') };
  }
  if (process.env.KAFKA_SASL_MECHANISM) {
    const [username, password] = [text('KAFKA_SASL_USERNAME'), text('KAFKA_SASL_PASSWORD')];
    options.sasl = { mechanism: text('KAFKA_SASL_MECHANISM') as 'plain', username, password };
  }
  return new Kafka(options);
}

/** A table of documents by id, for everything that has to outlive the process. */
export class Documents {
  readonly sql: DatabaseSync;

  constructor(index = '') {
    this.sql = new DatabaseSync(text('DATABASE_FILE'), { timeout: 8_000 });
    this.sql.exec(
      `PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS doc (id TEXT PRIMARY KEY, body TEXT); ${index}`,
    );
  }

  get(id: string): Json {
    const row = this.sql.prepare('SELECT body FROM doc WHERE id = ?').get(id) as { body: string } | undefined;
    return row && JSON.parse(row.body);
  }

  put(id: string, body: Json): void {
    this.sql
      .prepare('INSERT INTO doc VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body')
      .run(id, JSON.stringify(body));
  }

  alone<T>(work: () => T): T {
    this.sql.exec('BEGIN IMMEDIATE');
    let done = false;
    try {
      const result = work();
      done = true;
      return result;
    } finally {
      this.sql.exec(done ? 'COMMIT' : 'ROLLBACK');
    }
  }
}

/** Sends one request after another; a producer that has failed once is not used again. */
export class Sender {
  #producer: Producer | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #kafka: Kafka;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  send(byTopic: Record<string, Json[]>): Promise<void> {
    const next = this.#last.then(async () => {
      const producer = this.#producer ?? this.#kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
      try {
        if (producer !== this.#producer) await producer.connect();
        this.#producer = producer;
        const topicMessages = Object.entries(byTopic).map(([topic, messages]) => ({ topic, messages }));
        await producer.sendBatch({ topicMessages, acks: -1, compression: 1 });
      } catch (error) {
        this.#producer = undefined;
        await producer.disconnect().catch(() => {});
        throw error;
      }
    });
    this.#last = next.catch(() => {});
    return next;
  }
}

export class Never extends Error {}

interface Loop {
  kafka: Kafka;
  sender: Sender;
  group: string;
  topics: Record<string, (payload: Json) => boolean>;
  work: (event: Json, gone: () => boolean) => Promise<void> | void;
}

/** Consumes until `stop`; `in()` says whether the group knows us. */
export function consume({ kafka, sender, group, topics, work }: Loop) {
  const session = number('KAFKA_SESSION_TIMEOUT_MS', 10_000);
  let consumer: Consumer | undefined;
  let [member, over, hurry] = [false, false, false];
  const handle = async (topic: string, partition: number, message: Json, beat: () => Promise<void>) => {
    const reason = faultOf(message.value, topics);
    let lost = false;
    const timer = setInterval(() => beat().catch(() => (lost = true)), session / 5);
    try {
      if (reason === 'skip') return;
      if (reason) throw new Never(reason);
      await work(JSON.parse(message.value.toString()), () => lost || hurry);
    } catch (error) {
      if (!(error instanceof Never)) throw error;
      await sender.send({ [`${topic}.dlq`]: [letter(topic, partition, message, group, error.message)] });
    } finally {
      clearInterval(timer);
    }
  };
  const live = async () => {
    while (!over) {
      const mine = kafka.consumer({
        groupId: group,
        sessionTimeout: session,
        heartbeatInterval: session / 5,
        maxWaitTimeInMs: 300,
      });
      consumer = mine;
      const ended = new Promise<void>((resolve) => {
        mine.on('consumer.group_join', () => (member = true));
        mine.on('consumer.crash', () => resolve());
        mine.on('consumer.stop', () => resolve());
      });
      try {
        await mine.connect();
        await mine.subscribe({ topics: Object.keys(topics), fromBeginning: true });
        await mine.run({
          autoCommit: true,
          eachMessage: ({ topic, partition, message, heartbeat }) => handle(topic, partition, message, heartbeat),
        });
        await ended;
      } catch {
        // the next turn of the loop tries again
      }
      member = false;
      await mine.disconnect().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  };
  void live();
  return {
    in: () => member,
    stop: async () => {
      over = true;
      const timer = setTimeout(() => (hurry = true), 4_500);
      await consumer?.disconnect().catch(() => {});
      clearTimeout(timer);
    },
  };
}

/** Why a record can never be processed; `skip` for somebody else's event; undefined for one of ours. */
function faultOf(value: Buffer | null, topics: Loop['topics']): string | undefined {
  let event: Json;
  try {
    event = JSON.parse(value?.toString() ?? '');
  } catch {
    return 'no JSON';
  }
  const filled = (field: unknown) => typeof field === 'string' && field !== '';
  const { event_id, event_type, timestamp, correlation_id, payload, metadata } = event ?? {};
  if (![event_id, event_type, timestamp, correlation_id, metadata?.source].every(filled)) return 'no envelope';
  if (typeof payload !== 'object' || payload === null || metadata.schema_version === undefined) return 'no envelope';
  const shape = SHAPES[event_type];
  if (!shape) return 'skip';
  return filled(payload.order_id) && shape(payload)
    ? undefined
    : `no payload of ${event_type} (${Object.keys(topics)})`;
}

const lines = (items: Json) =>
  Array.isArray(items) &&
  items.every((item: Json) => typeof item?.sku === 'string' && Number.isInteger(item.quantity) && item.quantity > 0);

const SHAPES: Record<string, (payload: Json) => boolean> = {
  OrderCreated: (payload) => lines(payload.items) && typeof payload.customer_id === 'string',
  InventoryReserved: (payload) => lines(payload.items),
  InventoryFailed: (payload) => ['OUT_OF_STOCK', 'UNKNOWN_SKU'].includes(payload.reason),
  NotificationSent: (payload) => typeof payload.kind === 'string',
  OrderCompleted: () => true,
  OrderCancelled: (payload) => typeof payload.reason === 'string',
};

function letter(topic: string, partition: number, message: Json, group: string, reason: string) {
  const headers: IHeaders = {
    ...message.headers,
    'dlq-topic': topic,
    'dlq-partition': String(partition),
    'dlq-offset': String(message.offset),
    'dlq-group': group,
    'dlq-error': reason,
  };
  return { key: message.key, value: message.value, headers };
}

export interface Answer {
  status: number;
  body: Json;
  headers?: Record<string, string>;
}

export type Route = (path: string[], body: Json, headers: http.IncomingHttpHeaders) => Promise<Answer> | Answer;

export const problem = (status: number, title: string, detail: string, more: Json = {}): Answer => ({
  status,
  body: { type: 'about:blank', title, status, detail, ...more },
});

/** Serves routes by "METHOD first-segment", health, and an orderly end. */
export function serve(routes: Record<string, Route>, ready: () => boolean, end: () => Promise<void>): void {
  const server = http.createServer(async (request, response) => {
    const answer = await reply(request).catch((error) => problem(500, 'Broken', String(error)));
    const type = answer.body?.type === 'about:blank' ? 'application/problem+json' : 'application/json';
    response.writeHead(answer.status, { 'content-type': type, ...answer.headers }).end(JSON.stringify(answer.body));
  });
  const reply = async (request: http.IncomingMessage): Promise<Answer> => {
    const [where = ''] = (request.url ?? '').split('?');
    if (where === '/health/live') return { status: 200, body: { ok: true } };
    if (where === '/health/ready')
      return ready() ? { status: 200, body: { ok: true } } : problem(503, 'Not ready', 'wait');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, , thing = '', ...rest] = where.split('/').map(decodeURIComponent);
    const route = routes[`${request.method} ${thing}`];
    if (!route) return problem(404, 'Not found', where);
    let body: Json;
    try {
      body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    } catch {
      return problem(400, 'Bad request', 'The body is not JSON.', { errors: [{ field: 'body', message: 'not JSON' }] });
    }
    return route(rest, body, request.headers);
  };
  server.listen(number('PORT', undefined, 65_535), '127.0.0.1');
  process.on('SIGTERM', () => {
    setTimeout(() => process.exit(0), 8_000).unref();
    server.close();
    void end().then(() => process.exit(0));
  });
}

/** Whether the broker has answered lately. */
export function pulse(kafka: Kafka): () => boolean {
  let last = 0;
  const ask = async () => {
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      for (;;) {
        await admin.fetchTopicMetadata({ topics: ['orders.created'] });
        last = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    } catch {
      await admin.disconnect().catch(() => {});
      setTimeout(ask, 1_000);
    }
  };
  void ask();
  return () => Date.now() - last < 6_000;
}
