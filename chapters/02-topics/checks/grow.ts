// `topics grow`: partitions can be added, and never taken away.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import type { Fact } from '#shared/testing/evidence.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { changesOf, emptied, entries, made, topicsNow, topicTable } from '../cluster.ts';
import { filled, readAll } from '../records.ts';
import { demandRefusal, demandSuccess, topics } from '../runs.ts';

const SETTINGS = { 'retention.ms': '259200000', 'max.message.bytes': '2000000' };
const RECORDS = 10;
/** As text it would be less than 3, and it is no multiple of it. */
const GROWN = 13;

check(
  {
    id: 'grow',
    title: 'topics grow TOPIC N raises the number of partitions, and leaves records and settings as they are',
    points: 8,
    why: 'Partitions are the upper bound of consumers that can share the work, so one day there are too few.',
    next: 'TODO 3 in topic-changes.ts: give a topic more partitions.',
  },
  async (bench) => {
    await emptied(bench);
    const [topic, neighbour] = ['orders.created', 'orders.created.dlq'];
    await made(
      bench,
      [topic, neighbour].map((name) => ({ topic: name, numPartitions: 3, configEntries: entries(SETTINGS) })),
    );
    const written = await filled(bench, topic, RECORDS);
    const before = await topicsNow(bench);
    const outcome = await topics(bench, ['grow', topic, String(GROWN)]);
    demandSuccess(outcome);
    const after = await topicsNow(bench);
    const evidence = () => `before:\n${topicTable(before)}\n\nafter:\n${topicTable(after)}\n\n${outcome.told}`;
    demandFacts(
      `${topic} with ${GROWN} partitions, everything else as it was.`,
      [
        equals('partitions', after.get(topic)?.replicas.length, GROWN),
        ...settingFacts(after.get(topic)?.overrides ?? {}, SETTINGS),
        equals(`partitions of ${neighbour}`, after.get(neighbour)?.replicas.length, 3),
      ],
      evidence,
    );
    await demandStillThere(bench, topic, written, evidence);
    return evidence();
  },
);

check(
  {
    id: 'grow-same',
    title: 'topics grow to the present number changes nothing and exits with 0',
    points: 4,
    why: 'A job that says how many partitions there should be is run more than once.',
    next: 'TODO 3 in topic-changes.ts: Kafka refuses the present number, and the contract does not.',
  },
  async (bench) => {
    await emptied(bench);
    await made(bench, [{ topic: 'payments', numPartitions: 4, configEntries: entries(SETTINGS) }]);
    const before = await topicsNow(bench);
    const outcome = await topics(bench, ['grow', 'payments', '4']);
    demandSuccess(outcome);
    const after = await topicsNow(bench);
    const changes = changesOf(before, after);
    demand(!changes, 'the topic as it was.', () => `${changes}\n\n${outcome.told}`);
    return outcome.told;
  },
);

check(
  {
    id: 'grow-smaller',
    title: 'topics grow to a smaller number is refused, and no record is lost',
    points: 8,
    why: 'Kafka cannot shrink a topic. A program that deletes it and makes it anew has "shrunk" all orders out of existence.',
    next: 'TODO 3 in topic-changes.ts: a smaller number is an error.',
  },
  async (bench) => {
    await emptied(bench);
    const topic = 'inventory.reserved';
    await made(bench, [{ topic, numPartitions: 5 }]);
    const written = await filled(bench, topic, RECORDS);
    const outcome = await topics(bench, ['grow', topic, '3']);
    const after = await topicsNow(bench);
    const evidence = () => `${topicTable(after)}\n\n${outcome.told}`;
    demandRefusal({ ...outcome, told: evidence() }, 'an exit code other than 0 for 3 partitions where there are 5.');
    demandFacts('the topic as it was.', [equals('partitions', after.get(topic)?.replicas.length, 5)], evidence);
    await demandStillThere(bench, topic, written, evidence);
    return outcome.told;
  },
);

function settingFacts(found: Record<string, string>, expected: Record<string, string>): Fact[] {
  return Object.entries(expected).map(([name, value]) => equals(name, found[name], value));
}

async function demandStillThere(
  bench: Workbench,
  topic: string,
  written: string[],
  evidence: () => string,
): Promise<void> {
  const read = await readAll(bench, topic);
  const missing = written.filter((value) => !read.includes(value));
  const found = `${written.length - missing.length} of ${written.length}`;
  demandFacts(
    'every record that was there before.',
    [holds('records still readable', found, `${written.length} of ${written.length}`, missing.length === 0)],
    evidence,
  );
}
