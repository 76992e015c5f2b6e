// What every Kafka must do for a program, however it was started. One function a case; `contract.ts` runs them.
import net from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { waitUntil } from '../machine/wait-until.ts';
import {
  clientOf,
  connectAdmin,
  connectProducer,
  createTopic,
  joinGroup,
  LIMIT_MS,
  readThrough,
  send,
  uniqueName,
} from './contract-clients.ts';
import type { KafkaCluster } from './kafka.ts';
import { makeTopics } from './make-topics.ts';

export async function produceAndConsume(cluster: KafkaCluster): Promise<void> {
  const kafka = clientOf(cluster);
  const topic = await createTopic(kafka);
  await send(kafka, topic, ['one', 'two', 'three']);
  expect(await readThrough(kafka, topic, 'three')).toEqual(['one', 'two', 'three']);
}

export async function groupOfTwo(cluster: KafkaCluster): Promise<void> {
  const kafka = clientOf(cluster);
  const topic = await createTopic(kafka, 2);
  const groupId = uniqueName('group');
  const members = [await joinGroup(kafka, groupId, topic), await joinGroup(kafka, groupId, topic)];
  await waitUntil(
    () => members.every(({ partitions }) => partitions() === 1),
    LIMIT_MS,
    'one partition for each member',
  );
  await send(kafka, topic, ['zero'], 0);
  await send(kafka, topic, ['one'], 1);
  await waitUntil(() => members.every(({ values }) => values.length > 0), LIMIT_MS, 'a record for each member');
  expect(members.flatMap(({ values }) => values).sort()).toEqual(['one', 'zero']);
}

export async function transactions(cluster: KafkaCluster): Promise<void> {
  const kafka = clientOf(cluster);
  const topic = await createTopic(kafka);
  const transactionalId = uniqueName('transactional');
  const producer = await connectProducer(kafka, { transactionalId, idempotent: true, maxInFlightRequests: 1 });
  const committed = await producer.transaction();
  await committed.send({ topic, messages: [{ value: 'committed' }] });
  await committed.commit();
  const aborted = await producer.transaction();
  await aborted.send({ topic, messages: [{ value: 'aborted' }] });
  await aborted.abort();
  await send(kafka, topic, ['later']);
  expect(await readThrough(kafka, topic, 'later')).toEqual(['committed', 'later']);
}

export async function administration(cluster: KafkaCluster): Promise<void> {
  const admin = await connectAdmin(clientOf(cluster));
  const topic = uniqueName('topic');
  await makeTopics(admin, [{ topic, numPartitions: 3 }]);
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  expect(topics[0]?.partitions).toHaveLength(3);
  expect((await admin.describeCluster()).clusterId).toBe(cluster.clusterId);
  await admin.deleteTopics({ topics: [topic] });
  await waitUntil(async () => !(await admin.listTopics()).includes(topic), LIMIT_MS, 'the topic to be gone');
}

/** The broker's codecs are native code, which an image may lack the libraries for. */
export async function compression(cluster: KafkaCluster): Promise<void> {
  const kafka = clientOf(cluster);
  const admin = await connectAdmin(kafka);
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = uniqueName(codec);
    const configEntries = [{ name: 'compression.type', value: codec }];
    await makeTopics(admin, [{ topic, configEntries }]);
    await send(kafka, topic, ['a value that the broker compresses']);
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '1' }]);
  }
}

/** The second listener, which the grader keeps for itself, leads to the same broker. */
export async function directListener(cluster: KafkaCluster): Promise<void> {
  const topic = await createTopic(clientOf(cluster));
  const direct = await connectAdmin(clientOf(cluster, { brokers: cluster.directBrokers }));
  expect(await direct.listTopics()).toContain(topic);
  const { brokers } = await direct.describeCluster();
  expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(cluster.directBrokers);
}

/** Whoever listens at the advertised port, as the tap does, sees everything that programs send. */
export async function advertisedPort(cluster: KafkaCluster, port: number): Promise<void> {
  expect(cluster.environment.KAFKA_BROKERS).toBe(`127.0.0.1:${port}`);
  let connections = 0;
  const tap = net.createServer((program) => {
    connections++;
    const broker = net.connect(cluster.nodes[0]?.clientPort ?? 0, '127.0.0.1');
    program.pipe(broker).on('error', () => program.destroy());
    broker.pipe(program).on('error', () => broker.destroy());
  });
  onTestFinished(() => {
    tap.close();
  });
  tap.listen(port, '127.0.0.1');
  await produceAndConsume(cluster);
  expect(connections).toBeGreaterThan(2); // the first address, and then every client's own connection
}
