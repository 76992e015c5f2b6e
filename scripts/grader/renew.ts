// Makes a cluster that somebody has used as it was before, as far as a consumer or a producer can see.
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';

/** Longer than the sessions of the course's services, 10 s where nothing else is said, with which a killed member ends. */
const MEMBERLESS_MS = 15_000;
const POLL_MS = 250;

/**
 * Deletes every topic and every consumer group of the cluster behind `broker` (`host:port`). Rejects when a group keeps a
 * member for longer than a killed one would be in it.
 */
export async function emptyCluster(broker: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker], clientId: 'workbook-renewal', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const groups = await withoutMembers(admin);
    if (groups.length > 0) await admin.deleteGroups(groups);
    const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

/** The names of all groups, once none of them has a member. */
async function withoutMembers(admin: Admin): Promise<string[]> {
  for (const deadline = performance.now() + MEMBERLESS_MS; ; await pause(POLL_MS)) {
    const names = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    const { groups } = names.length > 0 ? await admin.describeGroups(names) : { groups: [] };
    if (groups.every(({ members }) => members.length === 0)) return names;
    if (performance.now() > deadline)
      throw new Error(`members that were killed ${MEMBERLESS_MS / 1000} s ago are still there`);
  }
}
