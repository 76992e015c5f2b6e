import type { Admin, ITopicConfig } from 'kafkajs';
import { waitUntil } from '../machine/wait-until.ts';

const LIMIT_MS = 30_000;
/** The answers that waiting helps against. */
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'];

/**
 * Creates topics, and resolves when each partition has a leader that answers for it. kafkajs's `waitForLeaders` asks once and
 * throws where the broker has not heard of the topic yet, which a busy one hears of later than it says that it was made; and a
 * broker is named as the leader a moment before it takes requests. Returns false, at once, when one of them existed already.
 */
export async function makeTopics(admin: Admin, topics: ITopicConfig[]): Promise<boolean> {
  const made = await admin.createTopics({ topics, waitForLeaders: false });
  if (!made) return false;
  const names = topics.map(({ topic }) => topic);
  await waitUntil(() => haveLeaders(admin, names), LIMIT_MS, `${names.join(', ')} to have leaders`);
  return true;
}

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const led = topics.every(
      ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
    );
    if (led) await Promise.all(names.map((name) => admin.fetchTopicOffsets(name)));
    return led;
  } catch (error) {
    const { type, cause } = error as { type?: string; cause?: { type?: string } };
    if (NOT_YET.includes(type ?? cause?.type ?? '')) return false;
    throw error;
  }
}
