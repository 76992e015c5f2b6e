// `npm run kafka topics …`
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { makeTopics } from '#infra/kafka/make-topics.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { table } from '#shared/testing/evidence.ts';
import { type Options, pairs, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';

// Not by their names in the import: Node does not find them in this CommonJS package.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

export async function listTopics(kafka: Kafka): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata();
    const rows = topics
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(({ name, partitions }) => [name, String(partitions.length), String(partitions[0]?.replicas.length ?? 0)]);
    console.log(table(['topic', 'partitions', 'replicas'], rows));
  });
}

export async function createTopic(kafka: Kafka, topic: string, options: Options): Promise<void> {
  const numPartitions = whole('partitions', options.partitions, 1);
  const replicationFactor = whole('replication', options.replication, 1);
  const configEntries = entries(pairs('config', options.config));
  await withAdmin(kafka, async (admin) => {
    // Without a number the broker's own defaults hold.
    const request = {
      topic,
      configEntries,
      ...(numPartitions && { numPartitions }),
      ...(replicationFactor && { replicationFactor }),
    };
    const made = await makeTopics(admin, [request]);
    if (!made) throw new GuidedError(`The topic ${topic} exists already.`, `npm run kafka topics describe ${topic}`);
    console.log(`created ${topic}`);
  });
}

export async function describeTopic(kafka: Kafka, topic: string): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const partitions = await partitionsOf(admin, topic);
    const offsets = new Map((await admin.fetchTopicOffsets(topic)).map((offset) => [offset.partition, offset]));
    const rows = partitions.map(({ partitionId, leader, replicas, isr }) => {
      const { low = '', high = '' } = offsets.get(partitionId) ?? {};
      return [String(partitionId), String(leader), replicas.join(','), isr.join(','), low, high];
    });
    console.log(table(['partition', 'leader', 'replicas', 'in sync', 'first offset', 'next offset'], rows));
    const settings = await settingsOf(admin, topic);
    const others = settings.filter(({ configSource }) => configSource !== ConfigSource.DEFAULT_CONFIG);
    const origin = (source: number) => (source === ConfigSource.TOPIC_CONFIG ? 'the topic itself' : 'the broker');
    const list = others.map(({ configName, configValue, configSource }) => [
      configName,
      configValue,
      origin(configSource),
    ]);
    console.log(`\n${list.length > 0 ? table(['setting', 'value', 'set on'], list) : 'every setting is the default'}`);
  });
}

export async function alterTopic(kafka: Kafka, topic: string, options: Options): Promise<void> {
  const count = whole('partitions', options.partitions, 1);
  const changes = pairs('config', options.config);
  const { unset = [] } = options;
  if (!count && Object.keys(changes).length === 0 && unset.length === 0) throw wrongCall('Alter what?');
  await withAdmin(kafka, async (admin) => {
    await partitionsOf(admin, topic);
    if (count) await admin.createPartitions({ topicPartitions: [{ topic, count }] });
    if (Object.keys(changes).length > 0 || unset.length > 0) {
      const settings = await settingsOf(admin, topic);
      const own = settings.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
      // AlterConfigs replaces all overrides, so the ones that stay are sent as well.
      const overrides = Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
      for (const name of unset) delete overrides[name];
      const configEntries = entries({ ...overrides, ...changes });
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    }
    console.log(`altered ${topic}`);
  });
}

export async function deleteTopic(kafka: Kafka, topic: string): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    await partitionsOf(admin, topic);
    await admin.deleteTopics({ topics: [topic] });
    console.log(`deleted ${topic}`);
  });
}

/** A topic's partitions in order. Throws a GuidedError when there is no such topic. */
export async function partitionsOf(admin: Admin, topic: string) {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch((error) => {
    if (error.type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
    throw new GuidedError(`There is no topic ${topic}.`, 'npm run kafka topics list');
  });
  return (topics[0]?.partitions ?? []).toSorted((a, b) => a.partitionId - b.partitionId);
}

async function settingsOf(admin: Admin, name: string) {
  const resources = [{ type: ConfigResourceTypes.TOPIC, name }];
  const described = await admin.describeConfigs({ resources, includeSynonyms: false });
  return described.resources[0]?.configEntries ?? [];
}

function entries(settings: Record<string, string>) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}
