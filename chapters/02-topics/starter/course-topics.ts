// The topics of the course: how they are made, and what is wrong with one that somebody else has made.
import type { Admin } from 'kafkajs';
import { deadLetterTopic, PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import { notDoneYet } from '#shared/todo.ts';
import { type TopicState, untilVisible } from './topic-state.ts';

/** Seven days, in milliseconds: also what a broker does by default, until somebody changes that. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

/** The six topics and their dead letters. */
export const COURSE_TOPICS: string[] = [...TOPICS, ...TOPICS.map(deadLetterTopic)];

/** Makes topics of the course that do not exist. */
export async function createTopics(admin: Admin, names: string[], replicationFactor: number): Promise<void> {
  if (names.length === 0) return;
  // TODO 1: make all of them in one request, each with PARTITIONS partitions, its replication factor, and its settings on the
  // topic itself: the retention of seven days, and two in-sync replicas at least where there are three. Do not let kafkajs
  // wait for leaders; wait with `untilVisible`.
  notDoneYet('TODO 1: make the topics');
}

/** In what a topic is not as this program would have made it, in words; nothing where it is. */
export function driftOf(topic: TopicState, replicationFactor: number): string[] {
  // TODO 2: compare the number of partitions, the replication factor and the retention with what createTopics would have
  // made, and say of each that differs what it is and what it should be.
  return notDoneYet('TODO 2: name the drift of a topic');
}
