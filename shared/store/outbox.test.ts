import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newEvent } from '../events/envelope.ts';
import type { EventOf } from '../events/event.ts';
import { OUTBOX_TABLES, Outbox } from './outbox.ts';
import { inTransaction, openDatabase } from './sqlite.ts';

function open(folder = fs.mkdtempSync(path.join(os.tmpdir(), 'outbox-test-'))) {
  const database = openDatabase(path.join(folder, 'orders.db'), (fresh) => fresh.exec(OUTBOX_TABLES));
  onTestFinished(() => {
    database.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return { database, outbox: new Outbox(database), folder };
}

function completed(orderId: string): EventOf<'OrderCompleted'> {
  const payload = { order_id: orderId };
  return newEvent({ type: 'OrderCompleted', source: 'test', correlationId: 'c', causationId: null, payload });
}

test('events come out as they went in, in that order, until they are removed', () => {
  const { outbox } = open();
  const events = [completed('1'), completed('2'), completed('3')];
  const ids = events.map((event) => outbox.add(event));
  const [first = 0, second = 0, third = 0] = ids;
  expect(outbox.oldest(2).map(({ event }) => event)).toEqual(events.slice(0, 2));
  outbox.remove({ from: first, to: second });
  expect(outbox.oldest(10).map(({ id }) => id)).toEqual([third]);
  expect([outbox.holds({ from: first, to: second }), outbox.holds({ from: second, to: third })]).toEqual([false, true]);
  outbox.remove({ from: third, to: third });
  expect(outbox.isEmpty).toBe(true);
  expect(outbox.add(completed('4'))).toBeGreaterThan(third);
});

test('an event is in with its transaction, or not at all', () => {
  const { database, outbox } = open();
  const crash = () =>
    inTransaction(database, () => {
      outbox.add(completed('1'));
      throw new Error('killed here');
    });
  expect(crash).toThrow('killed here');
  expect(outbox.isEmpty).toBe(true);
});

test('one replica holds the lease, until it ends or is released', () => {
  const { outbox: one, folder } = open();
  const { outbox: two } = open(folder);
  expect(one.lease('one', 3_000, 1_000)).toBe(true);
  expect(two.lease('two', 3_000, 2_000)).toBe(false);
  expect(one.lease('one', 3_000, 2_000)).toBe(true);
  expect(two.lease('two', 3_000, 5_001)).toBe(true);
  expect(one.lease('one', 3_000, 5_002)).toBe(false);
  two.release('two');
  expect(one.lease('one', 3_000, 5_003)).toBe(true);
});
