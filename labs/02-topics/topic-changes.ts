// Changes of a topic that is in use: more partitions, and one setting without touching the others.
import kafkajs, { type Admin } from 'kafkajs';
import { notDoneYet } from '#shared/todo.ts';
import type { TopicState } from './topic-state.ts';

/** Not by its name in the import: Node does not find it in this CommonJS package. */
const { ConfigResourceTypes } = kafkajs;

/** Gives a topic as many partitions. Throws a sentence when it has more already: there is no way back but a new topic. */
export async function growTopic(admin: Admin, { topic, partitions }: TopicState, wanted: number): Promise<void> {
  // TODO 3: raise the number of partitions to `wanted`. The present number is nothing to do; a smaller one is an Error whose
  // message says why not.
  notDoneYet('TODO 3: give a topic more partitions');
}

/** Changes how long a topic keeps its records, and nothing else about it. */
export async function setRetention(admin: Admin, { topic, overrides }: TopicState, retentionMs: number): Promise<void> {
  // TODO 4: set retention.ms on the topic. AlterConfigs, the only request that kafkajs has for this, *replaces* the topic's
  // overrides by those that it is sent: whatever is left out is gone.
  notDoneYet('TODO 4: change the retention and keep the other overrides');
}
