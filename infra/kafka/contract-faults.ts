// What a cluster that we start ourselves must do when a grader stops, kills or freezes its brokers.
import { expect, onTestFinished } from 'vitest';
import { isFree } from '../machine/ports.ts';
import { waitUntil } from '../machine/wait-until.ts';
import {
  clientOf,
  connectAdmin,
  connectProducer,
  createTopic,
  LIMIT_MS,
  readThrough,
  send,
} from './contract-clients.ts';
import type { BrokerNode, KafkaCluster } from './kafka.ts';

export function firstNode({ nodes: [node] }: KafkaCluster): BrokerNode {
  if (!node) throw new Error('a cluster without nodes');
  return node;
}

/** Ends the broker in the given way and starts it again: what it had acknowledged is still there. */
export async function restart(cluster: KafkaCluster, end: 'stop' | 'kill'): Promise<void> {
  const kafka = clientOf(cluster);
  const node = firstNode(cluster);
  const topic = await createTopic(kafka);
  await send(kafka, topic, ['before']);
  await node[end]();
  expect(await isFree(node.clientPort)).toBe(true);
  await node.start();
  await send(kafka, topic, ['after']);
  expect(await readThrough(kafka, topic, 'after')).toEqual(['before', 'after']);
}

/** While a broker is frozen a request is neither answered nor refused; afterwards it is answered. */
export async function pauseAndResume(cluster: KafkaCluster): Promise<void> {
  const node = firstNode(cluster);
  const topic = await createTopic(clientOf(cluster));
  const patient = await connectProducer(clientOf(cluster, { requestTimeout: LIMIT_MS }), { retry: { retries: 0 } });
  await patient.send({ topic, messages: [{ value: 'before' }] }); // so that its connection exists already
  const hasty = await connectAdmin(clientOf(cluster, { requestTimeout: 500, retry: { retries: 0 } }));
  onTestFinished(() => node.resume());
  await node.pause();
  let answered = false;
  const held = patient.send({ topic, messages: [{ value: 'held' }] }).then(() => {
    answered = true;
  });
  // kafkajs's own words where it takes a connection that is slow to open for none: its `withBroker` resolves with null then.
  await expect(hasty.listTopics()).rejects.toThrow(/timed out|as it is null/);
  expect(answered).toBe(false);
  await node.resume();
  await held;
  expect(await readThrough(clientOf(cluster), topic, 'held')).toEqual(['before', 'held']);
}

/** A handle that has been through JSON, as on its way to a test worker, commands the very same brokers. */
export async function attachFromHandle(cluster: KafkaCluster, attached: KafkaCluster): Promise<void> {
  const topic = await createTopic(clientOf(cluster));
  expect(await (await connectAdmin(clientOf(attached))).listTopics()).toContain(topic);
  for (const node of attached.nodes) await node.stop();
  for (const { directPort } of cluster.nodes) expect(await isFree(directPort)).toBe(true);
  for (const node of cluster.nodes) await node.start();
  expect((await (await connectAdmin(clientOf(attached))).describeCluster()).clusterId).toBe(cluster.clusterId);
}

/** With three brokers the loss of a partition's leader costs nothing that was acknowledged, and work goes on. */
export async function loseTheLeader(cluster: KafkaCluster): Promise<void> {
  const kafka = clientOf(cluster);
  const admin = await connectAdmin(kafka);
  const topic = await createTopic(kafka, 1, 3);
  const partition = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions[0];
  await waitUntil(async () => (await partition())?.isr.length === 3, LIMIT_MS, 'three replicas in sync');
  const producer = await connectProducer(kafka);
  await producer.send({ topic, acks: -1, messages: [{ value: 'before' }] });
  const leader = cluster.nodes[((await partition())?.leader ?? 0) - 1];
  await leader?.kill();
  await producer.send({ topic, acks: -1, messages: [{ value: 'without its first leader' }] });
  expect(await readThrough(kafka, topic, 'without its first leader')).toEqual(['before', 'without its first leader']);
  await leader?.start();
  await waitUntil(async () => (await partition())?.isr.length === 3, LIMIT_MS, 'the old leader to be in sync again');
}
