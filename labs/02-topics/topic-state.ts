// How topics are at the moment, read from the cluster.
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';

// Node finds only some exports of this CommonJS package by name, and these two are not among them.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

const VISIBLE_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** A topic as `topics describe` prints it. */
export interface TopicState {
  topic: string;
  partitions: number;
  replicationFactor: number;
  /** The brokers that are in sync, for each partition. */
  isr: number[][];
  /** The settings that were made on the topic itself; everything else is inherited. */
  overrides: Record<string, string>;
}

/** The topics that people have made; Kafka's own begin with two underscores, and kafkajs does not pass on which they are. */
export async function namesOfTopics(admin: Admin): Promise<string[]> {
  const names = await admin.listTopics();
  return names.filter((name) => !name.startsWith('__')).sort();
}

/** Reads topics, all of which must exist. */
export async function readTopics(admin: Admin, names: string[]): Promise<TopicState[]> {
  // kafkajs takes an empty list for "all of them".
  if (names.length === 0) return [];
  const overrides = await readOverrides(admin, names);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const byName = topics.toSorted((a, b) => a.name.localeCompare(b.name));
  return byName.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    // A broker lists partitions in no particular order.
    isr: partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ isr }) => isr),
    overrides: overrides.get(name) ?? {},
  }));
}

/** Reads one topic. Throws a sentence when there is none of that name. */
export async function readTopic(admin: Admin, name: string): Promise<TopicState> {
  // Asking for this topic alone: kafkajs answers nothing at all when one of the topics asked for has lost its leader.
  const [topic] = await readTopics(admin, [name]).catch((error) => {
    if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
    throw error;
  });
  if (!topic) throw new Error(`There is no topic ${name}.`);
  return topic;
}

/** Waits until topics that were made can be seen: the broker that is asked hears of them a moment after the one that made them. */
export async function untilVisible(admin: Admin, names: string[]): Promise<void> {
  const deadline = performance.now() + VISIBLE_LIMIT_MS;
  for (;;) {
    const there = await admin.listTopics();
    const missing = names.filter((name) => !there.includes(name));
    if (missing.length === 0) return;
    if (performance.now() > deadline) throw new Error(`not to be seen after their creation: ${missing.join(', ')}`);
    await pause(POLL_MS);
  }
}

async function readOverrides(admin: Admin, names: string[]): Promise<Map<string, Record<string, string>>> {
  const resources = names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name }));
  const described = await admin.describeConfigs({ resources, includeSynonyms: false });
  return new Map(
    described.resources.map(({ resourceName, configEntries }) => {
      // Not `isDefault`: a setting that a broker makes for all its topics is no default, and not the topic's either.
      const own = configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
      return [resourceName, Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))];
    }),
  );
}
