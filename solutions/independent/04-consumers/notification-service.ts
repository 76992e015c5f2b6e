// notification-service, chapter 04, on the library's defaults: one message after another, offsets committed by kafkajs after
// what was handled. What takes long says so to the group between short naps.
import http from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import type { Consumer, EachMessagePayload, Message, Producer } from 'kafkajs';
import { answerTo, die, env, type Incoming, kafkaFromEnv, logger, serve, understand } from './kit.ts';

const SERVICE = 'notification-service';
const GROUP = 'notification-service-group';
const KINDS = new Map([
  ['OrderCreated', 'ORDER_RECEIVED'],
  ['InventoryReserved', 'ORDER_CONFIRMED'],
  ['OrderCancelled', 'ORDER_CANCELLED'],
]);
const NAP_MS = 300;
const STOP_AFTER_MS = 4_000;

const port = env.integer('PORT', 1, 65_535);
const sessionTimeout = env.integer('KAFKA_SESSION_TIMEOUT_MS', 1, 1_800_000, 10_000);
const gatewayTimeout = env.integer('GATEWAY_TIMEOUT_MS', 1, 3_600_000, 5_000);
const gateway = env.text('EMAIL_GATEWAY_URL');
if (!URL.canParse(gateway)) die('EMAIL_GATEWAY_URL is not a URL');
const file = env.text('DATABASE_FILE');
const kafka = kafkaFromEnv(SERVICE);
const log = logger(SERVICE);

const db = new DatabaseSync(file, { timeout: 8_000 });
db.exec(`
  CREATE TABLE IF NOT EXISTS owner (order_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS mail (cause TEXT PRIMARY KEY, order_id TEXT, kind TEXT, at TEXT, record TEXT);
`);

let stopping = 0;
let joined = false;
let lastSign = 0;
let producer: Producer | undefined;

class Unwanted extends Error {}

async function publish(topic: string, message: Message): Promise<void> {
  if (!producer) {
    const fresh = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
    await fresh.connect();
    producer = fresh;
  }
  const mine = producer;
  try {
    await mine.send({ topic, messages: [message] });
  } catch (error) {
    producer = undefined;
    await mine.disconnect().catch(() => {});
    throw error;
  }
}

/** Posts once: the status, or 0 for no answer. */
function post(body: string, key: string): Promise<number> {
  return new Promise((resolve) => {
    const request = http.request(new URL('/emails', gateway), {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': key,
      },
    });
    const timer = setTimeout(() => request.destroy(), gatewayTimeout);
    const done = (status: number) => {
      clearTimeout(timer);
      resolve(status);
    };
    request.on('response', (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    request.on('error', () => done(0));
    request.on('close', () => done(0));
    request.end(body);
  });
}

/** Waits for a promise, or for a time, and tells the group meanwhile that somebody is at home. */
async function patiently<T>(what: Promise<T>, heartbeat: () => Promise<void>): Promise<T> {
  let ended = false;
  const watched = what.finally(() => {
    ended = true;
  });
  while (!ended) {
    await Promise.race([watched, new Promise((resolve) => setTimeout(resolve, NAP_MS))]);
    if (!ended) await heartbeat();
    if (stopping && Date.now() - stopping > STOP_AFTER_MS) throw new Error('stopping');
  }
  return watched;
}

async function mail(event: Incoming, kind: string, heartbeat: () => Promise<void>): Promise<void> {
  const { order_id } = event.payload;
  const owner = db.prepare('SELECT customer_id FROM owner WHERE order_id = ?').get(order_id);
  const customer_id = (owner?.customer_id as string | undefined) ?? null;
  const body = JSON.stringify({ order_id, customer_id, kind });
  for (let pause = 150; ; pause = Math.min(4_000, pause * 1.8)) {
    const status = await patiently(post(body, event.event_id), heartbeat);
    if (status >= 200 && status < 300) return;
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new Unwanted(`gateway: ${status}`);
    log('warn', `gateway: ${status || 'no answer'}`, { correlation_id: event.correlation_id, order_id });
    await patiently(new Promise((resolve) => setTimeout(resolve, pause)), heartbeat);
  }
}

async function handle(event: Incoming, heartbeat: () => Promise<void>): Promise<void> {
  const kind = KINDS.get(event.event_type);
  if (kind === undefined) return;
  const { order_id, customer_id } = event.payload;
  if (kind === 'ORDER_RECEIVED') {
    db.prepare('INSERT OR IGNORE INTO owner VALUES (?, ?)').run(order_id, customer_id as string);
  }
  const find = db.prepare('SELECT record FROM mail WHERE cause = ?');
  if (!find.get(event.event_id)) {
    await mail(event, kind, heartbeat);
    const record = JSON.stringify(answerTo(event, SERVICE, 'NotificationSent', { order_id, kind, channel: 'email' }));
    const insert = db.prepare('INSERT OR IGNORE INTO mail VALUES (?, ?, ?, ?, ?)');
    insert.run(event.event_id, order_id, kind, new Date().toISOString(), record);
  }
  const { record } = find.get(event.event_id) as { record: string };
  await publish('notifications.sent', JSON.parse(record) as Message);
  log('info', `${kind} sent`, { correlation_id: event.correlation_id, order_id });
}

async function take({ topic, partition, message, heartbeat }: EachMessagePayload): Promise<void> {
  const event = understand(message.value);
  if (event === undefined) return;
  try {
    if (typeof event === 'string') throw new Unwanted(event);
    await handle(event, heartbeat);
  } catch (error) {
    if (!(error instanceof Unwanted)) throw error;
    const where = { 'dlq-topic': topic, 'dlq-partition': String(partition), 'dlq-offset': message.offset };
    const headers = { ...message.headers, ...where, 'dlq-group': GROUP, 'dlq-error': error.message };
    await publish(`${topic}.dlq`, { key: message.key, value: message.value, headers });
  }
}

let consumer: Consumer | undefined;

async function live(): Promise<void> {
  for (; !stopping; await new Promise((resolve) => setTimeout(resolve, 1_000))) {
    const mine = kafka.consumer({
      groupId: GROUP,
      sessionTimeout,
      heartbeatInterval: sessionTimeout / 3,
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
    });
    consumer = mine;
    const end = Promise.withResolvers<Error>();
    mine.on(mine.events.GROUP_JOIN, () => {
      joined = true;
    });
    mine.on(mine.events.FETCH, () => {
      lastSign = Date.now();
    });
    mine.on(mine.events.HEARTBEAT, () => {
      lastSign = Date.now();
    });
    mine.on(mine.events.CRASH, ({ payload }) => {
      joined = false;
      if (!payload.restart) end.resolve(payload.error);
    });
    try {
      await mine.connect();
      await mine.subscribe({
        topics: ['orders.created', 'inventory.reserved', 'orders.cancelled'],
        fromBeginning: true,
      });
      await mine.run({ eachMessage: take });
      throw await end.promise;
    } catch (error) {
      log('error', `consumer ended: ${(error as Error).message}`);
      await mine.disconnect().catch(() => {});
    }
  }
}

serve(
  port,
  () => joined && Date.now() - lastSign < 8_000,
  (path) => {
    const [, order] = /^\/api\/notifications\/(.+)$/.exec(path) ?? [];
    if (order === undefined) return undefined;
    return { status: 200, body: db.prepare('SELECT kind, at FROM mail WHERE order_id = ? ORDER BY at').all(order) };
  },
);

process.on('SIGTERM', async () => {
  stopping = Date.now();
  setTimeout(() => process.exit(0), 9_000).unref();
  await consumer?.disconnect().catch(() => {});
  await producer?.disconnect().catch(() => {});
  process.exit(0);
});

void live();
