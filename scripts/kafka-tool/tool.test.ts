// `npm run kafka` as somebody at a terminal meets it, on a real broker.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startKafka } from '#infra/kafka/choose.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { announceLab } from '../live/running-lab.ts';
import { type Distribution, keyPicker } from './key-distribution.ts';
import { kafkaTool } from './tool.ts';

let run: Run;
let cluster: KafkaCluster;

beforeAll(async () => {
  run = Run.begin();
  ({ cluster } = await startKafka({ run, brokers: 1 }, { allowExternal: false }));
});
afterAll(() => run.dispose());

/** Runs `npm run kafka` with these words, and returns what it printed and how it ended. */
async function kafka(words: string[], { stdin = '', env = {} }: { stdin?: string; env?: NodeJS.ProcessEnv } = {}) {
  const node = path.join(WORKBOOK, 'node_modules', '.bin', 'node');
  const { NODE_ENV: _, NODE_OPTIONS: __, VITEST: ___, ...own } = process.env;
  const child = spawn(node, ['scripts/run.mjs', 'kafka', ...words], {
    cwd: WORKBOOK,
    env: { ...own, ...cluster.environment, ...env },
  });
  child.stdin.end(stdin);
  const texts = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout = '', stderr = ''] = await Promise.all(texts.map(async (pieces) => (await pieces).join('')));
  return { stdout, stderr, code };
}

test('a topic is made, altered without losing a setting, described and deleted', async () => {
  await kafka(['topics', 'create', 'payments', '--partitions', '2', '--config', 'retention.ms=3600000']);
  await kafka(['topics', 'alter', 'payments', '--partitions', '4', '--config', 'max.message.bytes=2000000']);
  const { stdout } = await kafka(['topics', 'describe', 'payments']);
  expect(stdout).toMatch(/^3 +1 +1 +1 +0 +0$/m);
  expect(stdout).toMatch(/^retention\.ms +3600000 +the topic itself$/m);
  expect(stdout).toMatch(/^max\.message\.bytes +2000000 +the topic itself$/m);
  const list = await kafka(['topics', 'list']);
  expect(list.stdout).toMatch(/^payments +4 +1$/m);
  expect((await kafka(['topics', 'delete', 'payments'])).code).toBe(0);
});

test('records are produced by hand and from stdin, and consumed from where one wants', async () => {
  await kafka(['topics', 'create', 'orders', '--partitions', '1']);
  const sent = await kafka(['produce', 'orders', '--key', 'order-1', '--header', 'event-type=OrderCreated', '{}']);
  expect(sent.stdout).toBe('orders[0]@0\n');
  await kafka(['produce', 'orders'], { stdin: 'second\nthird\n' });
  const all = await kafka(['consume', 'orders', '--from', 'beginning', '--max', '3']);
  const [first, ...rest] = all.stdout.trim().split('\n');
  expect(first).toMatch(/^\[0\]@0 {2}\S+Z {2}key=order-1 {2}event-type=OrderCreated {2}\{\}$/);
  expect(rest.map((line) => line.split('  ').at(-1))).toEqual(['second', 'third']);
  const later = await kafka(['consume', 'orders', '--from', '2', '--max', '1']);
  expect(later.stdout).toMatch(/^\[0\]@2 .*third$/m);
});

test('a file is one record, lines may have their keys, and a null is a tombstone', async () => {
  await said('topics', 'create', 'parcels', '--partitions', '1');
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'parcel-')), 'order.json');
  fs.writeFileSync(file, '{\n  "of": "several lines"\n}\n');
  await said('produce', 'parcels', '--key', 'whole', '--file', file);
  await kafka(['produce', 'parcels', '--key-separator', '='], { stdin: 'one=1\ntwo=2=2\n' });
  await said('produce', 'parcels', '--key', 'one', '--null');
  const records = (await said('consume', 'parcels', '--to', 'latest', '--format', 'json')).trim().split('\n');
  expect(records.map((record) => JSON.parse(record))).toMatchObject([
    { topic: 'parcels', partition: 0, offset: '0', key: 'whole', value: fs.readFileSync(file, 'utf8') },
    { key: 'one', value: '1', headers: {} },
    { key: 'two', value: '2=2' },
    { offset: '3', key: 'one', value: null },
  ]);
  fs.rmSync(path.dirname(file), { recursive: true });
});

test('records are shown from here to there, filtered, and cannot move the cursor of a terminal', async () => {
  await said('topics', 'create', 'parade', '--partitions', '2');
  for (const partition of ['0', '1']) {
    const stdin = [1, 2, 3, 4].map((n) => `${n} of ${partition}\n`).join('');
    await kafka(['produce', 'parade', '--partition', partition], { stdin });
  }
  await said('produce', 'parade', '--partition', '1', '--header', 'colour=red', '\u001b[31mloud');
  const values = async (...words: string[]) =>
    (await said('consume', 'parade', ...words, '--format', 'value')).trim().split('\n');
  expect((await values('--to', 'latest')).toSorted()).toHaveLength(9);
  expect(await values('--partition', '1', '--from', '1', '--to', '2')).toEqual(['2 of 1', '3 of 1']);
  expect(await values('--to', '9', '--filter', '3 of')).toHaveLength(2);
  expect(await values('--to', 'latest', '--filter', 'red')).toEqual(['\u001b[31mloud']);
  expect(await said('consume', 'parade', '--from', 'latest', '--to', 'latest')).toBe('\n');
  const future = new Date(Date.now() + 3_600_000).toISOString();
  expect(await values('--from', '2020-01-01T00:00:00Z', '--to', future)).toHaveLength(9);
  expect(await said('consume', 'parade', '--to', 'latest', '--filter', 'loud')).toContain('\\x1b[31mloud');
});

test('without KAFKA_BROKERS it talks to the lab that is up, and says so when there is none', async () => {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'cache-'));
  const alone = { env: { KAFKA_BROKERS: '', WORKBOOK_CACHE: cache } };
  const without = await kafka(['topics', 'list'], alone);
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('No lab is up') });
  fs.rmSync(cache, { recursive: true });
  announceLab(run, { chapter: '02-topics', brokers: cluster.clientBrokers.join(',') });
  expect((await kafka(['topics', 'list'], { env: { KAFKA_BROKERS: '' } })).code).toBe(0);
});

/** The same in this process, which is faster: what it printed. Rejects where the process would end with a sentence. */
async function said(...words: string[]): Promise<string> {
  vi.stubEnv('KAFKA_BROKERS', cluster.environment.KAFKA_BROKERS);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await kafkaTool(words);
    return `${log.mock.calls.flat().join('\n')}\n`;
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** A consumer that reads a topic and commits nothing of its own accord. */
async function reader(groupId: string, topic: string) {
  const consumer = new Kafka({ brokers: cluster.clientBrokers, logLevel: logLevel.NOTHING }).consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise: reads, resolve } = Promise.withResolvers<void>();
  await consumer.run({ autoCommit: false, eachMessage: async () => resolve() });
  await reads;
  return consumer;
}

test('a group is seen, its lag is right before its first commit, and it is reset only when nobody reads', async () => {
  await said('topics', 'create', 'stock', '--partitions', '2');
  await kafka(['produce', 'stock', '--partition', '0'], { stdin: 'a\nb\nc\n' });
  await kafka(['produce', 'stock', '--partition', '1'], { stdin: 'd\ne\n' });
  const consumer = await reader('keepers', 'stock');

  expect(await said('groups', 'list')).toMatch(/^keepers +Stable +1 +5 +stock$/m);
  const described = await said('groups', 'describe', 'keepers');
  expect(described).toMatch(/^kafkajs +\S+ +stock\[0,1\]$/m);
  expect(described).toMatch(/^stock +0 +\(never\) +0 +3 +3$/m);
  await expect(said('reset', 'keepers', 'stock', '--to', 'latest')).rejects.toThrow(
    'keepers is Stable, with 1 members',
  );

  await consumer.commitOffsets([{ topic: 'stock', partition: 0, offset: '1' }]);
  await consumer.disconnect();
  const lag = await said('lag', 'keepers');
  expect(lag).toMatch(/^stock +0 +1 +0 +3 +2$/m);
  expect(lag).toMatch(/^stock +1 +\(never\) +0 +2 +2$/m);

  const dry = await said('reset', 'keepers', 'stock', '--to', 'latest');
  expect(dry).toMatch(/^stock +0 +1 +3 +2 records skipped +0$/m);
  expect(dry).toContain('Nothing is changed yet');
  expect(await said('lag', 'keepers')).toBe(lag);
  await said('reset', 'keepers', 'stock', '--to', 'latest', '--execute');
  expect(await said('lag', 'keepers')).toMatch(/^stock +0 +3 +0 +3 +0\nstock +1 +2 +0 +2 +0\n\nlag 0$/m);
  await said('reset', 'keepers', 'stock', '--to', '1', '--partition', '1', '--execute');
  expect(await said('lag', 'keepers')).toMatch(/^stock +0 +3 +0 +3 +0\nstock +1 +1 +0 +2 +1$/m);
  await said('reset', 'keepers', 'stock', '--to', '2020-01-01T00:00:00Z', '--execute');
  expect(await said('lag', 'keepers')).toMatch(/^lag 5$/m);
});

test('one record is shown with everything that it has, and where there is none that is said', async () => {
  await said('topics', 'create', 'letters', '--partitions', '1');
  await said('produce', 'letters', '--key', 'order-7', '--header', 'event-type=OrderCreated', '{"a":[1,2]}');
  const shown = await said('inspect', 'letters', '0', '0');
  expect(shown).toMatch(/^record +letters\[0\]@0$/m);
  expect(shown).toMatch(/^key +order-7\nheader event-type +OrderCreated\nvalue +11 bytes$/m);
  expect(shown).toContain('{\n  "a": [\n    1,\n    2\n  ]\n}');
  await expect(said('inspect', 'letters', '0', '1')).rejects.toThrow('has the offsets 0 to 0, and 1 is not among them');
  await expect(said('inspect', 'letters', '3', '0')).rejects.toThrow('letters has no partition 3');
});

test('a load keeps its rate, and a few keys have most of the records when they are spread as in life', async () => {
  await said('topics', 'create', 'rush', '--partitions', '3');
  const told = await said('load', 'rush', '--rate', '300', '--seconds', '2', '--keys', '50', '--distribution', 'zipf');
  expect(told).toMatch(/600 acknowledged, 0 under way/);
  const counts = told.slice(told.indexOf('new records')).matchAll(/^\d +(\d+)$/gm);
  expect([...counts].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(600);

  const picked = (distribution: Distribution) => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647; // the minimal standard generator
      return state / 2147483647;
    };
    const pick = keyPicker(50, distribution, random);
    const drawn = Array.from({ length: 5_000 }, pick);
    expect(Math.max(...drawn)).toBeLessThan(50);
    return drawn.filter((key) => key === 0).length / drawn.length;
  };
  expect(picked('zipf')).toBeCloseTo(0.22, 1); // 1 / (1 + 1/2 + … + 1/50)
  expect(picked('even')).toBeCloseTo(0.02, 1);
  expect(picked('one')).toBe(1);
});

test.each([
  [['load', 'orders', '--distribution', 'odd'], '--distribution wants even, zipf, one'],
  [['lag', 'nobody'], 'There is no group nobody.'],
  [['reset', 'nobody', 'orders'], '--to wants beginning, latest, an offset or a time'],
  [['produce', 'nowhere', 'x'], 'There is no topic nowhere.'],
  [['topics', 'destroy', 'x'], '"topics destroy x" is not a command.'],
  [['topics', 'create', 'x', '--replication', '3'], 'Kafka refuses: '],
  [['consume', 'x', '--form', 'beginning'], "Unknown option '--form'"],
  [['consume', 'x', '--rate', '5'], '"consume" has no option --rate.'],
  [['topics', 'describe', 'x', '--partitions', '5'], '"topics describe" has no option --partitions.'],
  [['consume', 'x', '--to', 'beginning'], '--to wants latest, an offset or a time'],
  [['consume', 'x', '--format', 'xml'], '--format wants line, json or value'],
  [['produce', 'x', 'value', '--null'], 'A record has one value'],
  [['produce', 'x', '--file', '/nowhere/at-all'], '/nowhere/at-all cannot be read (ENOENT).'],
])('npm run kafka %j is refused in one sentence with a next step', async (words, sentence) => {
  const { stderr, code } = await kafka(words);
  expect(stderr).toContain(sentence);
  expect(stderr).toContain('Next:');
  expect(code).toBe(2);
});
