// Changes of a topic that is in use: more partitions, and one setting without touching the others.
import kafkajs, { type Admin } from 'kafkajs';
import type { TopicState } from './topic-state.ts';

/** Not by its name in the import: Node does not find it in this CommonJS package. */
const { ConfigResourceTypes } = kafkajs;

/** Gives a topic as many partitions. Throws a sentence when it has more already: there is no way back but a new topic. */
export async function growTopic(admin: Admin, { topic, partitions }: TopicState, wanted: number): Promise<void> {
  if (wanted === partitions) return;
  if (wanted < partitions) {
    throw new Error(`${topic} has ${partitions} partitions, and Kafka cannot take any away.`);
  }
  await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] });
}

/** Changes how long a topic keeps its records, and nothing else about it. */
export async function setRetention(admin: Admin, { topic, overrides }: TopicState, retentionMs: number): Promise<void> {
  // AlterConfigs replaces all overrides of the topic by the ones it is sent, so all of them are sent.
  const settings = { ...overrides, 'retention.ms': String(retentionMs) };
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
}
