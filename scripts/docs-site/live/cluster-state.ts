// What there is on the brokers now: topics with their replicas and offsets, groups with their members and lag.
import type { Admin } from 'kafkajs';
import type { GroupState, TopicState } from '#docs/site/client/lab/messages.ts';
import { describeGroups, type Group, positionsOf, total } from '../../kafka-tool/group-positions.ts';

/** Groups of the workbook's own readers, which never commit. */
const OURS = /^workbook-/;

/** Every topic but Kafka's own. A partition without a leader has no offsets to tell. */
export async function topicStates(admin: Admin): Promise<TopicState[]> {
  const { topics } = await admin.fetchTopicMetadata();
  const shown = topics.filter(({ name }) => !name.startsWith('__'));
  const states = shown.map(async ({ name, partitions }) => {
    const ends = await admin.fetchTopicOffsets(name).catch(() => []);
    const offsets = new Map(ends.map((end) => [end.partition, end]));
    return {
      name,
      partitions: partitions
        .toSorted((a, b) => a.partitionId - b.partitionId)
        .map(({ partitionId: id, leader, replicas, isr }) => {
          const { low = '', high = '' } = offsets.get(id) ?? {};
          return { id, leader, replicas, inSync: isr, first: low, end: high };
        }),
    };
  });
  return (await Promise.all(states)).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

export async function groupStates(admin: Admin): Promise<GroupState[]> {
  const { groups } = await admin.listGroups();
  const ids = groups.map(({ groupId }) => groupId).filter((id) => !OURS.test(id));
  return Promise.all((await describeGroups(admin, ids.toSorted())).map((group) => groupState(admin, group)));
}

async function groupState(admin: Admin, group: Group): Promise<GroupState> {
  const positions = await positionsOf(admin, group);
  return {
    id: group.id,
    state: group.state,
    members: group.members.map(({ id, clientId, host, assigned }) => ({
      id,
      client: clientId,
      host,
      assigned: Object.entries(assigned).flatMap(([topic, partitions]) =>
        partitions.toSorted((a, b) => a - b).map((partition) => `${topic}[${partition}]`),
      ),
    })),
    positions: positions.map(({ topic, partition, committed, first, end, lag }) => ({
      topic,
      partition,
      ...(committed !== undefined && { committed: String(committed) }),
      first: String(first),
      end: String(end),
      lag: Number(lag),
    })),
    lag: Number(total(positions)),
  };
}
