// `npm run kafka groups …` and `npm run kafka lag …`
import type { Admin, Kafka } from 'kafkajs';
import { table } from '#shared/testing/evidence.ts';
import { withAdmin } from './connection.ts';
import {
  describeGroup,
  describeGroups,
  type Group,
  type Position,
  positionsIn,
  positionsOf,
  total,
} from './group-positions.ts';

export async function listGroups(kafka: Kafka): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const ids = (await admin.listGroups()).groups.map(({ groupId }) => groupId).toSorted();
    if (ids.length === 0) return console.log('no group has ever committed anything, and none has members');
    const rows: string[][] = [];
    for (const group of await describeGroups(admin, ids)) {
      const positions = await positionsOf(admin, group);
      const topics = [...new Set(positions.map(({ topic }) => topic))];
      rows.push([group.id, group.state, String(group.members.length), String(total(positions)), topics.join(',')]);
    }
    console.log(table(['group', 'state', 'members', 'lag', 'topics'], rows));
  });
}

/** The members of a group and what each has, then how far the group has got. */
export async function showGroup(kafka: Kafka, id: string): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const group = await describeGroup(admin, id);
    const rows = group.members.map(({ clientId, host, assigned }) => [
      clientId,
      host,
      Object.entries(assigned)
        .filter(([, partitions]) => partitions.length > 0)
        .map(([topic, partitions]) => `${topic}[${partitions.toSorted((a, b) => a - b).join(',')}]`)
        .join(' ') || 'nothing',
    ]);
    console.log(`${id} is ${group.state}\n${rows.length > 0 ? `\n${table(['member', 'host', 'has'], rows)}\n` : ''}`);
    console.log(lagTable(await positionsOf(admin, group)));
  });
}

/** How far a group has got; in the topics that are named, also when it has never read them. */
export async function showLag(kafka: Kafka, id: string, topics: string[]): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const positions =
      topics.length > 0 ? await lagIn(admin, id, topics) : await positionsOf(admin, await describeGroup(admin, id));
    console.log(lagTable(positions));
  });
}

async function lagIn(admin: Admin, id: Group['id'], topics: string[]): Promise<Position[]> {
  return (await Promise.all(topics.map((topic) => positionsIn(admin, id, topic)))).flat();
}

function lagTable(positions: Position[]): string {
  const rows = positions.map(({ topic, partition, committed, first, end, lag }) =>
    [topic, partition, committed ?? '(never)', first, end, lag].map(String),
  );
  return `${table(['topic', 'partition', 'committed', 'first offset', 'next offset', 'lag'], rows)}\n\nlag ${total(positions)}`;
}
