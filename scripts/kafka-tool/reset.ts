// `npm run kafka reset GROUP TOPIC --to …`: where an empty group goes on reading. Without --execute it only says what would be.
import type { Admin, Kafka } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { table } from '#shared/testing/evidence.ts';
import { type Options, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { describeGroup, type Position, positionsIn } from './group-positions.ts';

/** A partition and the offset that the group will read next. */
interface Target extends Position {
  to: bigint;
}

export async function resetGroup(kafka: Kafka, group: string, topic: string, options: Options): Promise<void> {
  const partition = whole('partition', options.partition, 0);
  const goal = goalOf(options.to);
  await withAdmin(kafka, async (admin) => {
    await demandEmpty(admin, group);
    const targets = await targetsOf(admin, group, topic, goal, partition);
    console.log(targetTable(targets));
    if (!options.execute) return console.log('\nNothing is changed yet. Do it: the same command with --execute');
    await move(admin, group, topic, targets);
    console.log(`\n${group} goes on from there`);
  });
}

/** Members would go on from where they are, and commit that over what is set here. */
async function demandEmpty(admin: Admin, id: string): Promise<void> {
  const { state, members } = await describeGroup(admin, id);
  if (state === 'Empty') return;
  throw new GuidedError(
    `${id} is ${state}, with ${members.length} members; offsets are moved only while nobody reads.`,
    `stop its services, wait for the session timeout, and see npm run kafka groups describe ${id}.`,
  );
}

type Goal =
  | { kind: 'beginning' }
  | { kind: 'latest' }
  | { kind: 'offset'; offset: bigint }
  | { kind: 'time'; ms: number };

function goalOf(text: string | undefined): Goal {
  if (text === 'beginning' || text === 'latest') return { kind: text };
  if (text !== undefined && /^\d+$/.test(text)) return { kind: 'offset', offset: BigInt(text) };
  const ms = Date.parse(text ?? '');
  if (!Number.isNaN(ms)) return { kind: 'time', ms };
  throw wrongCall(`--to wants beginning, latest, an offset or a time, and "${text ?? ''}" is none.`);
}

/** The offsets as numbers: kafkajs would also take -1 and -2 for the ends, and commit those. */
async function targetsOf(admin: Admin, group: string, topic: string, goal: Goal, only?: number): Promise<Target[]> {
  const positions = (await positionsIn(admin, group, topic)).filter(
    ({ partition }) => partition === (only ?? partition),
  );
  if (positions.length === 0)
    throw new GuidedError(`${topic} has no partition ${only}.`, `npm run kafka topics describe ${topic}`);
  const times = goal.kind === 'time' ? await admin.fetchTopicOffsetsByTimestamp(topic, goal.ms) : [];
  const atTime = new Map(times.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return positions.map((position) => ({ ...position, to: offsetFor(position, goal, atTime) }));
}

/** Never before the oldest record, never after the newest: what lies outside is not there to be read. */
function offsetFor({ partition, first, end }: Position, goal: Goal, atTime: Map<number, bigint>): bigint {
  if (goal.kind === 'beginning') return first;
  if (goal.kind === 'latest') return end;
  const wanted = goal.kind === 'offset' ? goal.offset : (atTime.get(partition) ?? end);
  return wanted < first ? first : wanted > end ? end : wanted;
}

function targetTable(targets: Target[]): string {
  const rows = targets.map(({ topic, partition, committed, end, to }) =>
    [topic, partition, committed ?? '(never)', to, effect(committed, to), end - to].map(String),
  );
  return table(['topic', 'partition', 'committed', 'then', 'that is', 'lag then'], rows);
}

function effect(committed: bigint | undefined, to: bigint): string {
  if (committed === undefined) return 'the first commit';
  if (to === committed) return 'no change';
  return to < committed ? `${committed - to} records again` : `${to - committed} records skipped`;
}

async function move(admin: Admin, groupId: string, topic: string, targets: Target[]): Promise<void> {
  const partitions = targets.map(({ partition, to }) => ({ partition, offset: String(to) }));
  await admin.setOffsets({ groupId, topic, partitions });
  const now = await positionsIn(admin, groupId, topic);
  const wrong = targets.filter(
    ({ partition, to }) => now.find((each) => each.partition === partition)?.committed !== to,
  );
  if (wrong.length === 0) return;
  throw new GuidedError(
    `Kafka has not taken over ${wrong.length} of ${targets.length} offsets; somebody else may have joined ${groupId}.`,
    `npm run kafka lag ${groupId}`,
  );
}
