// How far a consumer group has got in its topics, also where it has never committed anything.
import kafkajs, { type Admin, type FetchOffsetsPartition, type GroupDescription } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { partitionsOf } from './topics.ts';

// Not by its name in the import: Node does not find it in this CommonJS package.
const { AssignerProtocol } = kafkajs;

export interface Position {
  topic: string;
  partition: number;
  /** The next offset that the group will read; undefined when it has never committed one. */
  committed: bigint | undefined;
  /** The offset of the oldest record that is still there. */
  first: bigint;
  /** The offset that the next record will get. */
  end: bigint;
  /** Records that the group has still to read. One that has never committed begins at the oldest record, as all of the course do. */
  lag: bigint;
}

/** A member and the partitions that it has, by topic. */
export interface Member {
  id: string;
  clientId: string;
  host: string;
  assigned: Record<string, number[]>;
}

/** What Kafka says of a group, its members' own encoding read. */
export interface Group {
  id: string;
  state: string;
  members: Member[];
  /** The topics that members have asked for. */
  subscribed: string[];
}

/** The groups of these names, in their order; Kafka calls one that it does not know `Dead`. */
export async function describeGroups(admin: Admin, ids: string[]): Promise<Group[]> {
  if (ids.length === 0) return [];
  const { groups } = await admin.describeGroups(ids);
  return groups.map(readGroup).toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

/** A group by its name. Throws a GuidedError when there is none. */
export async function describeGroup(admin: Admin, id: string): Promise<Group> {
  const [group] = await describeGroups(admin, [id]);
  if (group && group.state !== 'Dead') return group;
  throw new GuidedError(`There is no group ${id}.`, 'npm run kafka groups list');
}

/** While the group rebalances, its members have no share yet, and Kafka knows nothing of what they ask for. */
function readGroup({ groupId, state, members }: GroupDescription): Group {
  const topics = members.flatMap(
    ({ memberMetadata }) =>
      (memberMetadata.length > 0 ? AssignerProtocol.MemberMetadata.decode(memberMetadata) : null)?.topics,
  );
  return {
    id: groupId,
    state,
    subscribed: [...new Set(topics.filter((topic) => topic !== undefined))].toSorted(),
    members: members.map(({ memberId, clientId, clientHost, memberAssignment }) => ({
      id: memberId,
      clientId,
      host: clientHost,
      assigned:
        (memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(memberAssignment) : null)?.assignment ??
        {},
    })),
  };
}

/** Where a group stands in every partition of its topics: those it has committed to, and those its members ask for. */
export async function positionsOf(
  admin: Admin,
  { id, subscribed }: Pick<Group, 'id' | 'subscribed'>,
): Promise<Position[]> {
  const committed = new Map(
    (await admin.fetchOffsets({ groupId: id })).map(({ topic, partitions }) => [topic, partitions]),
  );
  const topics = [...new Set([...committed.keys(), ...subscribed])].toSorted();
  return (await Promise.all(topics.map((topic) => positionsAt(admin, topic, committed.get(topic))))).flat();
}

/** Where a group stands in the partitions of one topic. Throws a GuidedError when there is no such topic. */
export async function positionsIn(admin: Admin, group: string, topic: string): Promise<Position[]> {
  await partitionsOf(admin, topic);
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return positionsAt(admin, topic, committed?.partitions);
}

async function positionsAt(admin: Admin, topic: string, committed: FetchOffsetsPartition[] = []): Promise<Position[]> {
  const offsets = new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  const ends = (await admin.fetchTopicOffsets(topic)).toSorted((a, b) => a.partition - b.partition);
  return ends.map(({ partition, low, high }) => {
    const [offset = -1n, first, end] = [offsets.get(partition), BigInt(low), BigInt(high)];
    // Kafka answers -1 where nothing was ever committed. What retention has deleted meanwhile, nobody will read.
    const from = offset > first ? offset : first;
    return {
      topic,
      partition,
      committed: offset < 0n ? undefined : offset,
      first,
      end,
      lag: end > from ? end - from : 0n,
    };
  });
}

export function total(positions: Position[]): bigint {
  return positions.reduce((sum, { lag }) => sum + lag, 0n);
}
