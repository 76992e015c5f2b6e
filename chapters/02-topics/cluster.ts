// What topics are on the cluster, read and made by the grader itself over its own listener.
import net from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import kafkajs, { type Admin, type ISocketFactory, type ITopicConfig, Kafka, logLevel } from 'kafkajs';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { deadLetterTopic, TOPICS } from '#shared/events/topics.ts';
import { table } from '#shared/testing/evidence.ts';
import type { Workbench } from '#shared/testing/workbench.ts';

// Not by their names in the import: Node does not find them in this CommonJS package.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

/** The topics that `topics create` makes. */
export const COURSE_TOPICS: string[] = [...TOPICS, ...TOPICS.map(deadLetterTopic)];
export const SEVEN_DAYS = '604800000';

/** A topic of the grader's own. It grows with each `settled`, and is there before a program is judged. */
const SENTINEL = 'workbook.sentinel';
const AGREE_LIMIT_MS = 20_000;
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 8 };

export interface TopicFacts {
  topic: string;
  /** The brokers that hold each partition. */
  replicas: number[][];
  isr: number[][];
  /** Made on the topic itself. */
  overrides: Record<string, string>;
  /** What holds for the topic, inherited or not. */
  settings: Record<string, string>;
}

/**
 * Connects an admin client for as long as `work` takes, to one broker, the first where none is named. kafkajs asks brokers at
 * random, and each knows of a change at a moment of its own; so all of its connections lead to the same one here.
 */
export async function withAdmin<T>(bench: Workbench, work: (admin: Admin) => Promise<T>, broker?: string): Promise<T> {
  const [address = '127.0.0.1:0'] = broker ? [broker] : bench.kafka.directBrokers;
  const [host = '', port] = address.split(':');
  const socketFactory: ISocketFactory = ({ onConnect }) => net.connect({ host, port: Number(port) }, onConnect);
  const options = { clientId: 'workbook-grader', logLevel: logLevel.NOTHING, retry: RETRY, socketFactory };
  const admin = new Kafka({ brokers: [address], ...options }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Resolves when every broker knows what has happened to topics so far. Brokers learn of it from one log, in order, so one
 * that knows the sentinel's newest partition knows of everything before.
 */
export async function settled(bench: Workbench): Promise<void> {
  const count = await withAdmin(bench, async (admin) => {
    const names = await admin.listTopics();
    if (!names.includes(SENTINEL)) {
      // On every broker, so that it has a leader while one of them is away.
      const replicationFactor = bench.kafka.nodes.length;
      await admin.createTopics({ topics: [{ topic: SENTINEL, replicationFactor }], waitForLeaders: false });
      return 1;
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: [SENTINEL] });
    const grown = (topics[0]?.partitions.length ?? 0) + 1;
    await admin.createPartitions({ topicPartitions: [{ topic: SENTINEL, count: grown }] });
    return grown;
  });
  const knows = (admin: Admin) => async () => {
    const { topics } = await admin.fetchTopicMetadata();
    return topics.some(({ name, partitions }) => name === SENTINEL && partitions.length >= count);
  };
  const each = bench.kafka.directBrokers.map((broker) =>
    withAdmin(
      bench,
      (admin) => waitUntil(knows(admin), AGREE_LIMIT_MS, 'all brokers to agree on their topics'),
      broker,
    ),
  );
  await Promise.all(each);
}

/** Deletes every topic of programs and people, so that a check finds an empty cluster. */
export async function emptied(bench: Workbench): Promise<void> {
  for (;;) {
    await settled(bench);
    const names = (await withAdmin(bench, (admin) => admin.listTopics())).filter(isForeign);
    if (names.length === 0) return;
    await withAdmin(bench, (admin) => admin.deleteTopics({ topics: names }));
  }
}

/** Makes topics as somebody else might have made them. */
export async function made(bench: Workbench, topics: ITopicConfig[]): Promise<void> {
  await withAdmin(bench, (admin) => admin.createTopics({ topics, waitForLeaders: false }));
  await settled(bench);
}

/** A list of settings as kafkajs takes it. */
export function entries(settings: Record<string, string>) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

/** Every topic that is neither Kafka's nor the grader's, by name. */
export async function topicsNow(bench: Workbench): Promise<Map<string, TopicFacts>> {
  await settled(bench);
  return withAdmin(bench, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata();
    const ours = topics.filter(({ name }) => isForeign(name));
    if (ours.length === 0) return new Map();
    const resources = ours.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name }));
    const described = await admin.describeConfigs({ resources, includeSynonyms: false });
    const configs = new Map(
      described.resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]),
    );
    const facts = ours.map(({ name, partitions }) => {
      const inOrder = partitions.toSorted((a, b) => a.partitionId - b.partitionId);
      const all = configs.get(name) ?? [];
      const values = (of: typeof all) => Object.fromEntries(of.map((entry) => [entry.configName, entry.configValue]));
      return {
        topic: name,
        replicas: inOrder.map(({ replicas }) => replicas),
        isr: inOrder.map(({ isr }) => isr),
        overrides: values(all.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)),
        settings: values(all),
      };
    });
    return new Map(facts.sort((a, b) => a.topic.localeCompare(b.topic)).map((topic) => [topic.topic, topic]));
  });
}

function isForeign(name: string): boolean {
  return !name.startsWith('__') && name !== SENTINEL;
}

/** How many copies a partition has; partitions that differ are all named. */
export function factorOf({ replicas }: TopicFacts): string {
  return [...new Set(replicas.map(({ length }) => length))].join(' and ');
}

/** Topics as a table, for evidence. */
export function topicTable(topics: Map<string, TopicFacts>): string {
  if (topics.size === 0) return '(no topic)';
  const rows = [...topics.values()].map((topic) => [
    topic.topic,
    String(topic.replicas.length),
    factorOf(topic),
    Object.entries(topic.overrides)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || '(none)',
  ]);
  return table(['topic', 'partitions', 'replicas', 'set on the topic itself'], rows);
}

/** Sets settings of a topic beside those that it has, as somebody else might have done. */
export async function overridden(bench: Workbench, topic: string, settings: Record<string, string>): Promise<void> {
  const { overrides } = (await topicsNow(bench)).get(topic) ?? { overrides: {} };
  const configEntries = entries({ ...overrides, ...settings });
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
  await withAdmin(bench, (admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
}

/** What is not as it was, as two tables; undefined when all is. Who is in sync changes by itself. */
export function changesOf(before: Map<string, TopicFacts>, after: Map<string, TopicFacts>): string | undefined {
  const essence = ({ isr: _, ...rest }: Partial<TopicFacts> = {}) => rest;
  const names = new Set([...before.keys(), ...after.keys()]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(essence(before.get(name)), essence(after.get(name))));
  const only = (topics: typeof before) => new Map([...topics].filter(([name]) => changed.includes(name)));
  if (changed.length === 0) return undefined;
  return `before:\n${topicTable(only(before))}\n\nafter:\n${topicTable(only(after))}`;
}
