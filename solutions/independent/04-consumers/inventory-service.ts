// inventory-service, chapter 04, with Kafka's transactions: a result and the position in orders.created become visible
// together. Each partition has a transactional id of its own, so that whoever takes it over ends what its last owner left open.
import { DatabaseSync } from 'node:sqlite';
import type { Consumer, EachBatchPayload, KafkaMessage, Message, Producer } from 'kafkajs';
import { answerTo, die, env, type Incoming, kafkaFromEnv, logger, serve, understand } from './kit.ts';

const SERVICE = 'inventory-service';
const GROUP = 'inventory-service-group';
const TOPIC = 'orders.created';

const port = env.integer('PORT', 1, 65_535);
const sessionTimeout = env.integer('KAFKA_SESSION_TIMEOUT_MS', 1, 1_800_000, 10_000);
const initial = stockFrom(env.text('INITIAL_STOCK'));
const file = env.text('DATABASE_FILE');
const kafka = kafkaFromEnv(SERVICE);
const log = logger(SERVICE);

function stockFrom(text: string): [string, number][] {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, number>);
    if (entries.every(([, count]) => Number.isInteger(count) && count >= 0)) return entries;
  } catch {
    // Said below.
  }
  return die('INITIAL_STOCK must be a JSON object of whole numbers');
}

// ---------------------------------------------------------------------------------------------------------------------
// The store: a ledger of decisions. What is available follows from it.

const db = new DatabaseSync(file, { timeout: 8_000 });
db.exec(`
  BEGIN EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS initial (sku TEXT PRIMARY KEY, count INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS decision (cause TEXT PRIMARY KEY, topic TEXT NOT NULL, record TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS held (cause TEXT, sku TEXT, count INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS held_by_sku ON held (sku);
  CREATE TABLE IF NOT EXISTS opened (once INTEGER PRIMARY KEY);
`);
if (!db.prepare('SELECT 1 FROM opened').get()) {
  for (const [sku, count] of initial) db.prepare('INSERT INTO initial VALUES (?, ?)').run(sku, count);
  db.exec('INSERT INTO opened VALUES (1)');
}
db.exec('COMMIT');

const initialOf = db.prepare('SELECT count FROM initial WHERE sku = ?');
const heldOf = db.prepare('SELECT coalesce(sum(count), 0) AS count FROM held WHERE sku = ?');
const decisionOn = db.prepare('SELECT topic, record FROM decision WHERE cause = ?');

function stockOf(sku: string) {
  const known = initialOf.get(sku) as { count: number } | undefined;
  if (!known) return undefined;
  const reserved = (heldOf.get(sku) as { count: number }).count;
  return { sku, available: known.count - reserved, reserved, sold: 0 };
}

interface Decision {
  topic: string;
  record: string;
}

function decide(cause: Incoming): Decision {
  db.exec('BEGIN IMMEDIATE');
  try {
    let decision = decisionOn.get(cause.event_id) as Decision | undefined;
    if (!decision) {
      decision = judge(cause);
      db.prepare('INSERT INTO decision VALUES (?, ?, ?)').run(cause.event_id, decision.topic, decision.record);
    }
    db.exec('COMMIT');
    return decision;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function judge(cause: Incoming): Decision {
  const { order_id } = cause.payload;
  const items = (cause.payload.items as { sku: string; quantity: number }[]).map(({ sku, quantity }) => ({
    sku,
    quantity,
  }));
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const unavailable = [...wanted]
    .map(([sku, requested]) => ({ sku, requested, available: stockOf(sku)?.available ?? 0 }))
    .filter(({ requested, available }) => available < requested);
  if (unavailable.length > 0) {
    const reason = unavailable.some(({ sku }) => !stockOf(sku)) ? 'UNKNOWN_SKU' : 'OUT_OF_STOCK';
    const record = answerTo(cause, SERVICE, 'InventoryFailed', { order_id, reason, unavailable });
    return { topic: 'inventory.failed', record: JSON.stringify(record) };
  }
  const hold = db.prepare('INSERT INTO held VALUES (?, ?, ?)');
  for (const [sku, count] of wanted) hold.run(cause.event_id, sku, count);
  const record = answerTo(cause, SERVICE, 'InventoryReserved', { order_id, items });
  return { topic: 'inventory.reserved', record: JSON.stringify(record) };
}

// ---------------------------------------------------------------------------------------------------------------------
// Kafka

let joined = false;
let stopping = false;
let lastSign = 0;
const producers = new Map<number, Producer>();

/** The producer of a partition; making it fences whoever had the partition before. */
async function producerOf(partition: number): Promise<Producer> {
  const known = producers.get(partition);
  if (known) return known;
  const transactionalId = `${SERVICE}-${TOPIC}-${partition}`;
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 10_000,
  });
  await producer.connect();
  producers.set(partition, producer);
  return producer;
}

async function dropProducers(): Promise<void> {
  const all = [...producers.values()];
  producers.clear();
  await Promise.allSettled(all.map((producer) => producer.disconnect()));
}

interface Outgoing {
  topic: string;
  messages: Message[];
}

/** Publishes and moves the group's position, both or neither. */
async function conclude(partition: number, lastOffset: string, out: Outgoing[]): Promise<void> {
  const producer = await producerOf(partition);
  const transaction = await producer.transaction();
  try {
    if (out.length > 0) await transaction.sendBatch({ topicMessages: out });
    const next = String(BigInt(lastOffset) + 1n);
    const topics = [{ topic: TOPIC, partitions: [{ partition, offset: next }] }];
    await transaction.sendOffsets({ consumerGroupId: GROUP, topics });
    await transaction.commit();
  } catch (error) {
    await transaction.abort().catch(() => {});
    throw error;
  }
}

/** What is to be published for a record; nothing for what is skipped. */
function outcomeOf(partition: number, message: KafkaMessage): Outgoing[] {
  const event = understand(message.value);
  if (typeof event === 'string') {
    const where = { 'dlq-topic': TOPIC, 'dlq-partition': String(partition), 'dlq-offset': message.offset };
    const headers = { ...message.headers, ...where, 'dlq-group': GROUP, 'dlq-error': event };
    return [{ topic: `${TOPIC}.dlq`, messages: [{ key: message.key, value: message.value, headers }] }];
  }
  if (event?.event_type !== 'OrderCreated') return [];
  const { topic, record } = decide(event);
  log('info', `decided: ${topic}`, { correlation_id: event.correlation_id, order_id: event.payload.order_id });
  return [{ topic, messages: [JSON.parse(record) as Message] }];
}

/** A whole batch is one transaction. */
async function take({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
  const { partition, messages } = batch;
  const last = messages.at(-1)?.offset ?? '0';
  try {
    await conclude(
      partition,
      last,
      messages.flatMap((message) => outcomeOf(partition, message)),
    );
  } catch (error) {
    await dropProducers();
    // As an error that kafkajs tries again, whatever it was.
    throw new Error(`not concluded: ${(error as Error).message}`);
  }
  resolveOffset(last);
  await heartbeat();
}

let consumer: Consumer | undefined;

async function live(): Promise<void> {
  while (!stopping) {
    const mine = kafka.consumer({
      groupId: GROUP,
      sessionTimeout,
      heartbeatInterval: Math.floor(sessionTimeout / 4),
      maxWaitTimeInMs: 400,
      allowAutoTopicCreation: false,
    });
    consumer = mine;
    try {
      await new Promise<void>((_resolve, reject) => {
        mine.on(mine.events.GROUP_JOIN, () => {
          joined = true;
          void dropProducers();
        });
        mine.on(mine.events.FETCH, () => {
          lastSign = Date.now();
        });
        mine.on(mine.events.CRASH, ({ payload }) => {
          joined = false;
          if (!payload.restart) reject(payload.error);
        });
        (async () => {
          await mine.connect();
          await mine.subscribe({ topic: TOPIC, fromBeginning: true });
          await mine.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: take });
        })().catch(reject);
      });
    } catch (error) {
      log('error', `consumer ended: ${(error as Error).message}`);
      await mine.disconnect().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

serve(
  port,
  () => joined && Date.now() - lastSign < 8_000,
  (path) => {
    const [, sku] = /^\/api\/stock\/(.+)$/.exec(path) ?? [];
    const stock = sku === undefined ? undefined : stockOf(sku);
    return stock && { status: 200, body: stock };
  },
);

process.on('SIGTERM', async () => {
  stopping = true;
  setTimeout(() => process.exit(0), 8_500).unref();
  await consumer?.disconnect().catch(() => {});
  await dropProducers();
  process.exit(0);
});

void live();
