// The store that replicas share: opened by two at once, changed by one at a time, and whole or not at all.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { inTransaction, openDatabase } from './sqlite.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const setUp = (database: ReturnType<typeof openDatabase>) => {
  database.exec('CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)');
};

test('a new file is set up once, and what is in it stays', () => {
  const file = path.join(folder, 'once.db');
  const first = openDatabase(file, setUp);
  first.exec('UPDATE counter SET n = 7');
  first.close();
  const second = openDatabase(file, setUp);
  expect(second.prepare('SELECT n FROM counter').get()).toEqual({ n: 7 });
  second.close();
});

test('what fails in the middle has not happened', () => {
  const database = openDatabase(path.join(folder, 'whole.db'), setUp);
  const failing = () =>
    inTransaction(database, () => {
      database.exec('UPDATE counter SET n = 1');
      throw new Error('in the middle');
    });
  expect(failing).toThrow('in the middle');
  expect(database.prepare('SELECT n FROM counter').get()).toEqual({ n: 0 });
  database.close();
});

test('several replicas open a new file at once, and no change of theirs is lost', async () => {
  const file = path.join(folder, 'shared.db');
  const replica = `
    import { openDatabase, inTransaction } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
    const database = openDatabase(${JSON.stringify(file)}, (fresh) => fresh.exec('CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)'));
    for (let i = 0; i < 50; i++) inTransaction(database, () => {
      const { n } = database.prepare('SELECT n FROM counter').get();
      database.prepare('UPDATE counter SET n = ?').run(n + 1);
    });
    database.close();
  `;
  const source = new URL(`data:text/javascript,${encodeURIComponent(replica)}`);
  const ends = Array.from({ length: 4 }, () => {
    const worker = new Worker(source, { execArgv: [] });
    return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  });
  expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
  const database = openDatabase(file, setUp);
  expect(database.prepare('SELECT n FROM counter').get()).toEqual({ n: 200 });
  database.close();
});
