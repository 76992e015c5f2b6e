// The topics of the course: how they are made, and what is wrong with one that somebody else has made.
import type { Admin } from 'kafkajs';
import { deadLetterTopic, PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import { type TopicState, untilVisible } from './topic-state.ts';

/** Seven days, in milliseconds: also what a broker does by default, until somebody changes that. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

/** The six topics and their dead letters. */
export const COURSE_TOPICS: string[] = [...TOPICS, ...TOPICS.map(deadLetterTopic)];

/** Makes topics of the course that do not exist. */
export async function createTopics(admin: Admin, names: string[], replicationFactor: number): Promise<void> {
  if (names.length === 0) return;
  const configEntries = [{ name: 'retention.ms', value: String(RETENTION_MS) }];
  if (replicationFactor === 3) configEntries.push({ name: 'min.insync.replicas', value: '2' });
  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor, configEntries })),
    waitForLeaders: false,
  });
  await untilVisible(admin, names);
}

/** In what a topic is not as this program would have made it, in words; nothing where it is. */
export function driftOf(topic: TopicState, replicationFactor: number): string[] {
  const wanted = { partitions: PARTITIONS, replicas: replicationFactor, 'retention.ms': String(RETENTION_MS) };
  const found = {
    partitions: topic.partitions,
    replicas: topic.replicationFactor,
    'retention.ms': topic.overrides['retention.ms'] ?? 'inherited',
  };
  const facts = Object.keys(wanted) as (keyof typeof wanted)[];
  return facts
    .filter((fact) => wanted[fact] !== found[fact])
    .map((fact) => `${fact} ${found[fact]} instead of ${wanted[fact]}`);
}
