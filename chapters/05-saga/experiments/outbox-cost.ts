// What the outbox costs: an order published alone; written and then published; written with its event in one transaction, and
// published from there; and the last one for twenty orders at a time.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Producer } from 'kafkajs';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const ORDERS = 400;
const AT_ONCE = 20;
const VALUE = 'x'.repeat(600);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'outbox-'));
const database = openDatabase(path.join(folder, 'orders.db'), (db) => {
  db.exec('CREATE TABLE orders (id TEXT, value TEXT); CREATE TABLE outbox (id INTEGER PRIMARY KEY, value TEXT)');
});
const order = database.prepare('INSERT INTO orders VALUES (?, ?)');
const event = database.prepare('INSERT INTO outbox (value) VALUES (?)');
const oldest = database.prepare('SELECT id, value FROM outbox ORDER BY id');
const clear = database.prepare('DELETE FROM outbox WHERE id <= ?');

function write(withEvent: boolean): void {
  inTransaction(database, () => {
    order.run(crypto.randomUUID(), VALUE);
    if (withEvent) event.run(VALUE);
  });
}

async function relay(producer: Producer, topic: string): Promise<void> {
  const rows = oldest.all() as { id: number; value: string }[];
  await producer.send({ topic, messages: rows.map(({ value }) => ({ key: 'order', value })) });
  clear.run(rows.at(-1)?.id ?? 0);
}

async function msPerOrder(orders: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < ORDERS; done += orders) await work();
  return Math.round(((performance.now() - start) / ORDERS) * 100) / 100;
}

await withTopic(1, async (topic) => {
  const producer = connectExperiment().producer({ idempotent: true });
  await producer.connect();
  const send = () => producer.send({ topic, messages: [{ key: 'order', value: VALUE }] });
  for (let warmUp = 0; warmUp < 100; warmUp++) await send();
  const rows = {
    'published alone': await msPerOrder(1, async () => void (await send())),
    'written, then published': await msPerOrder(1, async () => {
      write(false);
      await send();
    }),
    'through the outbox': await msPerOrder(1, async () => {
      write(true);
      await relay(producer, topic);
    }),
    [`through the outbox, ${AT_ONCE} at a time`]: await msPerOrder(AT_ONCE, async () => {
      for (let number = 0; number < AT_ONCE; number++) write(true);
      await relay(producer, topic);
    }),
  };
  console.table(Object.fromEntries(Object.entries(rows).map(([name, ms]) => [name, { 'ms an order': ms }])));
  await producer.disconnect();
});
database.close();
fs.rmSync(folder, { recursive: true });
