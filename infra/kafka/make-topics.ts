import type { Admin, ITopicConfig } from 'kafkajs';
import { waitUntil } from '../machine/wait-until.ts';

const LIMIT_MS = 30_000;
/** The answers that waiting helps against. */
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'];

/**
 * Creates topics, and resolves when each partition has a leader. kafkajs's `waitForLeaders` asks once and throws where the
 * broker has not heard of the topic yet, which a busy one hears of later than it says that it was made.
 */
export async function makeTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  await waitUntil(() => haveLeaders(admin, names), LIMIT_MS, `${names.join(', ')} to have leaders`);
}

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    const { type, cause } = error as { type?: string; cause?: { type?: string } };
    if (NOT_YET.includes(type ?? cause?.type ?? '')) return false;
    throw error;
  }
}
