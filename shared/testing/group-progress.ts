// How far consumer groups have got: "nothing happened" may be said only when everything has been read.
import { table } from './evidence.ts';
import { type Awaited, until } from './moments.ts';
import type { TopicRecord } from './topic-log.ts';
import type { Workbench } from './workbench.ts';

/** A group, and the topics that it reads. */
export interface Reader {
  group: string;
  topics: readonly string[];
}

interface Position {
  group: string;
  topic: string;
  partition: number;
  committed: bigint | undefined;
  /** The offset after the last record. */
  end: bigint;
}

const LIMIT_MS = 25_000;
/**
 * What a program that was killed has left in a transaction stands in the way of its successor's for as long as the broker gives
 * it (kafkajs's default is 60 s), and is looked after every 10 s.
 */
const ABANDONED_MS = 75_000;

/**
 * Waits until groups have committed past every record that is in their topics by then, and returns the whole log, with what was
 * behind a transaction that its program has not ended.
 */
export async function caughtUp(
  bench: Workbench,
  readers: Reader[],
  services: Awaited['services'],
  limitMs = LIMIT_MS,
): Promise<TopicRecord[]> {
  let behind: Position[] = [];
  await until(
    {
      bench,
      services,
      limitMs,
      expected: `${readers.map(({ group }) => group).join(', ')}: every record is processed, and its offset committed.`,
      progress: () => behind.map(({ committed }) => committed).join(),
      evidence: () => positionTable(behind),
    },
    async () => {
      behind = await positionsBehind(bench, readers);
      return behind.length === 0;
    },
  );
  return bench.log.catchUp(ABANDONED_MS);
}

/** The partitions in which groups have not yet committed past the last record. */
export async function positionsBehind(bench: Workbench, readers: Reader[]): Promise<Position[]> {
  const log = await bench.log.catchUp();
  const positions = await Promise.all(
    readers.map(async ({ group, topics }) => {
      const ends = topics.map((topic) => ({ topic, ends: endsOf(log, topic) })).filter(({ ends }) => ends.size > 0);
      const names = ends.map(({ topic }) => topic);
      const committed = await bench.direct.committedIn(group, names);
      return ends.flatMap(({ topic, ends }) =>
        [...ends].map(([partition, end]) => ({
          group,
          topic,
          partition,
          committed: committed.get(topic)?.get(partition),
          end,
        })),
      );
    }),
  );
  return positions.flat().filter(({ committed = 0n, end }) => committed < end);
}

function endsOf(log: TopicRecord[], topic: string): Map<number, bigint> {
  const ends = new Map<number, bigint>();
  for (const record of log) if (record.topic === topic) ends.set(record.partition, record.offset + 1n);
  return ends;
}

function positionTable(positions: Position[]): string {
  const rows = positions.map(({ group, topic, partition, committed, end }) =>
    [group, topic, partition, committed ?? '(none)', end].map(String),
  );
  return table(['group', 'topic', 'p', 'committed', 'should be'], rows);
}
