// The tap against real brokers: what it reports of a client, and each fault that it can make.
import net from 'node:net';
import { CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEmbedded } from '#infra/kafka/embedded.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import { Run } from '#infra/machine/run.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { isProduce, isProduceTo } from './faults.ts';
import { framesOf, toWire } from './frames.ts';
import { Tap, wiresOf } from './tap.ts';

const TOPIC = 'tapped';
const PARTITIONS = 3;
const LIMIT_MS = 20_000;

let run: Run;
let cluster: KafkaCluster;
let tap: Tap;
/** Straight to the brokers, past the tap. */
let direct: Kafka;

beforeAll(async () => {
  run = Run.begin();
  cluster = await startEmbedded({ run, brokers: 3, advertisedPorts: await reservePorts(run, 3) });
  tap = await Tap.open(wiresOf(cluster));
  direct = new Kafka({ brokers: cluster.directBrokers, logLevel: logLevel.NOTHING });
  const admin = direct.admin();
  await admin.connect();
  const replicaAssignment = [1, 2, 3].map((id) => ({ partition: id - 1, replicas: [id] }));
  await makeTopics(admin, [{ topic: TOPIC, replicaAssignment }]);
  await admin.disconnect();
});

afterAll(async () => {
  await tap?.close();
  run?.dispose();
});

beforeEach(() => {
  tap.requests.length = 0;
  return () => tap.faults.clear();
});

async function withProducer<T>(
  options: { idempotent?: boolean; retries?: number },
  use: (producer: Producer) => Promise<T>,
) {
  const kafka = new Kafka({ brokers: cluster.clientBrokers, clientId: 'tap-test', logLevel: logLevel.NOTHING });
  const retry = { retries: options.retries ?? 8, initialRetryTime: 50, maxRetryTime: 300 };
  const producer = kafka.producer({ idempotent: options.idempotent ?? false, retry });
  await producer.connect();
  return use(producer).finally(() => producer.disconnect());
}

function messages(count: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({ value: `value ${i}`, partition: i % PARTITIONS }));
}

async function ends(): Promise<number> {
  const admin = direct.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

function produces() {
  return tap.requests.filter(isProduce);
}

test('every broker of a cluster is reached through its own wire', async () => {
  await withProducer({}, (producer) => producer.send({ topic: TOPIC, messages: messages(6) }));
  const wires = new Set(produces().map(({ wire }) => wire));
  expect([...wires].sort()).toEqual([0, 1, 2]);
  expect(produces().every(({ clientId, answeredAt }) => clientId === 'tap-test' && answeredAt !== undefined)).toBe(
    true,
  );
});

test('a produce request tells its acks, codec, records, producer and sequence', async () => {
  await withProducer({ idempotent: true }, async (producer) => {
    const send = (compression: CompressionTypes) =>
      producer.send({
        topic: TOPIC,
        acks: -1,
        compression,
        messages: [
          { value: 'a', partition: 0 },
          { value: 'b', partition: 0 },
        ],
      });
    await send(CompressionTypes.GZIP);
    await send(CompressionTypes.None);
  });
  const [first, second] = produces().map(({ produce }) => produce);
  const [one, two] = [first?.batches[0], second?.batches[0]];
  expect(first?.acks).toBe(-1);
  expect(one).toMatchObject({
    topic: TOPIC,
    partition: 0,
    codec: 'gzip',
    records: 2,
    baseSequence: 0,
    producerEpoch: 0,
  });
  expect(two).toMatchObject({ codec: 'none', baseSequence: 2, producerId: one?.producerId });
  expect(one?.producerId).not.toBe(-1n);
});

test.each([0, 1, -1])('acks=%i is seen as such, and without idempotence there is no producer id', async (acks) => {
  await withProducer({}, async (producer) => {
    const before = await ends();
    await producer.send({ topic: TOPIC, acks, messages: [{ value: 'v', partition: 1 }] });
    await waitUntil(async () => (await ends()) === before + 1, LIMIT_MS, 'the record to be stored');
  });
  expect(produces()[0]?.produce).toMatchObject({ acks, batches: [{ producerId: -1n }] });
});

test('a client whose bytes arrive one by one is understood and answered', async () => {
  // ApiVersions version 0: key 18, version 0, correlation id 7, client id "slow".
  const request = toWire(Buffer.from([0, 18, 0, 0, 0, 0, 0, 7, 0, 4, ...Buffer.from('slow')]));
  const socket = net.connect(wiresOf(cluster)[0]?.listen ?? 0, '127.0.0.1').setNoDelay(true);
  for (const byte of request) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  const { value: answer } = await framesOf(socket).next();
  expect(answer?.readInt32BE(0)).toBe(7);
  expect(tap.requests.at(-1)).toMatchObject({ api: 'ApiVersions', clientId: 'slow', correlationId: 7 });
  socket.destroy();
});

test('a held request is not stored, and is once it is let go', async () => {
  const before = await ends();
  await withProducer({}, async (producer) => {
    const hold = tap.faults.holdRequests(isProduce);
    const sending = producer.send({ topic: TOPIC, messages: [{ value: 'held', partition: 0 }] });
    await waitUntil(() => hold.met.length === 1, LIMIT_MS, 'the request to be held');
    expect(await ends()).toBe(before);
    hold.end();
    await sending;
  });
  expect(await ends()).toBe(before + 1);
});

test('a held request that is cut is never stored', async () => {
  const before = await ends();
  const hold = tap.faults.holdRequests(isProduce);
  const sending = withProducer({ retries: 0 }, (producer) =>
    producer.send({ topic: TOPIC, messages: [{ value: 'held and cut', partition: 0 }] }),
  );
  sending.catch(() => {});
  await waitUntil(() => hold.met.length === 1, LIMIT_MS, 'the request to be held');
  hold.cut();
  await expect(sending).rejects.toThrow();
  expect(await ends()).toBe(before);
});

test('produce requests can be told apart by their topic', async () => {
  await withProducer({}, (producer) => producer.send({ topic: TOPIC, messages: messages(1) }));
  const [sent] = produces();
  if (!sent) throw new Error('the producer has sent nothing');
  expect(isProduceTo(TOPIC)(sent)).toBe(true);
  expect(isProduceTo('another')(sent)).toBe(false);
});

test('a held answer leaves the record stored and the client waiting', async () => {
  const before = await ends();
  await withProducer({}, async (producer) => {
    let acknowledged = false;
    const hold = tap.faults.holdAnswers(isProduce);
    const sending = producer.send({ topic: TOPIC, messages: [{ value: 'v', partition: 0 }] }).then(() => {
      acknowledged = true;
    });
    await waitUntil(() => hold.met.length === 1, LIMIT_MS, 'the answer to be held');
    expect(await ends()).toBe(before + 1);
    expect(acknowledged).toBe(false);
    hold.end();
    await sending;
  });
});

test.each([
  [false, 2],
  [true, 1],
])('a lost acknowledgement is retried: idempotent %s stores it %i times', async (idempotent, times) => {
  const before = await ends();
  const lost = tap.faults.loseAnswers(isProduce);
  await withProducer({ idempotent }, (producer) =>
    producer.send({ topic: TOPIC, messages: [{ value: 'v', partition: 0 }] }),
  );
  expect(lost.met).toHaveLength(1);
  expect(lost.met[0]?.answeredAt).toBeUndefined();
  expect(await ends()).toBe(before + times);
});

test('a refused request is never stored, and the client hears of it', async () => {
  const before = await ends();
  tap.faults.refuse(isProduce);
  const sending = withProducer({ retries: 1 }, (producer) =>
    producer.send({ topic: TOPIC, messages: [{ value: 'v', partition: 0 }] }),
  );
  await expect(sending).rejects.toThrow();
  expect(await ends()).toBe(before);
});

test('a broker that is away refuses its clients, and does not part from them in peace', async () => {
  const [listen = 0, forward = 0] = await reservePorts(run, 2);
  const away = await Tap.open([{ listen, forward }]);
  const endings = Array.from({ length: 60 }, async () => {
    const client = net.connect(listen, '127.0.0.1');
    client.write(toWire(Buffer.from('00120000000000010000', 'hex'))); // ApiVersions
    return new Promise<string>((resolve) => {
      client.once('error', ({ message }) => resolve(message)).once('end', () => resolve('an end in peace'));
    });
  });
  expect(await Promise.all(endings)).not.toContain('an end in peace');
  await away.close();
});

test('connections are counted, and cut when told so', async () => {
  await withProducer({}, async (producer) => {
    await producer.send({ topic: TOPIC, messages: messages(3) });
    expect(tap.takeMostOpen()).toBeGreaterThanOrEqual(3);
    const before = tap.connections;
    tap.cutConnections();
    await producer.send({ topic: TOPIC, messages: messages(3) });
    expect(tap.connections).toBeGreaterThan(before);
  });
  await waitUntil(() => tap.takeMostOpen() === 0, LIMIT_MS, 'every connection to be closed');
});
