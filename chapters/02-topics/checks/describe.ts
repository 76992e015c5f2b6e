// `topics describe`: one JSON object a line.
import { isDeepStrictEqual } from 'node:util';
import { check } from '#shared/testing/check.ts';
import { demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { emptied, entries, made, SEVEN_DAYS } from '../cluster.ts';
import { described } from '../described.ts';
import { filled, filledInTransaction, readAll } from '../records.ts';
import { demandSuccess, topics } from '../runs.ts';

const OVERRIDES = { 'cleanup.policy': 'compact,delete', 'max.message.bytes': '2000000', 'retention.ms': '60000' };

check(
  {
    id: 'describe',
    title: 'topics describe TOPIC prints its partitions, replication factor, in-sync replicas and overrides as JSON',
    points: 6,
    why: 'What a script can read, a script can watch; and an override that nobody sees is found only by its damage.',
    next: 'readTopics in topic-state.ts, which is complete.',
  },
  async (bench) => {
    await emptied(bench);
    const topic = 'inventory.failed';
    await made(bench, [
      { topic, numPartitions: 2, configEntries: entries(OVERRIDES) },
      { topic: 'inventory.failed.dlq', numPartitions: 1 },
    ]);
    const outcome = await topics(bench, ['describe', topic]);
    demandSuccess(outcome);
    const lines = described(outcome);
    const [line] = lines;
    const overrides = JSON.stringify(sortedByName(line?.overrides));
    const expected = JSON.stringify(sortedByName(OVERRIDES));
    demandFacts(
      'one line, for the topic that was asked for.',
      [
        equals('lines', lines.length, 1),
        equals('topic', line?.topic, topic),
        equals('partitions', line?.partitions, 2),
        equals('replicationFactor', line?.replicationFactor, 1),
        holds('isr', line?.isr, '[[1],[1]]', JSON.stringify(line?.isr) === '[[1],[1]]'),
        holds('overrides', line?.overrides, expected, overrides === expected),
      ],
      () => outcome.told,
    );
    return outcome.told;
  },
);

check(
  {
    id: 'describe-all',
    title:
      "topics describe without a topic prints every topic but Kafka's own, also those of others, each with what is its own",
    points: 4,
    why: 'Topics that nobody asked for are found by looking at all of them.',
    next: 'namesOfTopics and readTopics in topic-state.ts, which are complete.',
  },
  async (bench) => {
    await emptied(bench);
    const wanted: { topic: string; partitions: number; overrides: Record<string, string> }[] = [
      { topic: 'orders.craeted', partitions: 1, overrides: {} },
      { topic: 'orders.created', partitions: 3, overrides: { 'retention.ms': SEVEN_DAYS } },
      { topic: 'payments', partitions: 2, overrides: { 'retention.ms': '3600000' } },
    ];
    await made(
      bench,
      wanted.map(({ topic, partitions, overrides }) => ({
        topic,
        numPartitions: partitions,
        configEntries: entries(overrides),
      })),
    );
    // Reading as a group makes the broker create __consumer_offsets, and the first transaction __transaction_state.
    await filled(bench, 'payments', 1);
    await readAll(bench, 'payments');
    await filledInTransaction(bench, 'payments');
    const outcome = await topics(bench, ['describe']);
    demandSuccess(outcome);
    const lines = described(outcome);
    const facts = wanted.map(({ topic, ...own }) => {
      const found = lines
        .filter((line) => line.topic === topic)
        .map(({ partitions, replicationFactor, isr, overrides }) => ({
          partitions,
          replicationFactor,
          isr,
          overrides,
        }));
      const isr = Array.from({ length: own.partitions }, () => [1]);
      const expected = [{ ...own, replicationFactor: 1, isr }];
      return holds(topic, found, JSON.stringify(expected), isDeepStrictEqual(found, expected));
    });
    const internal = lines.map(({ topic }) => String(topic)).filter((name) => name.startsWith('__'));
    demandFacts(
      "a line for each topic, with its own partitions, replicas and overrides, and none for Kafka's own.",
      [...facts, holds('internal topics', internal, 'none', internal.length === 0)],
      () => outcome.told,
    );
    const asked = await topics(bench, ['describe', OFFSETS]);
    demandSuccess(asked, `exit code 0: ${OFFSETS} is there, and was asked for by name.`);
    demandFacts('a line for it.', [equals('topic', described(asked)[0]?.topic, OFFSETS)], () => asked.told);
    return outcome.told;
  },
);

/** Of Kafka's own. */
const OFFSETS = '__consumer_offsets';

function sortedByName(value: unknown): unknown {
  return value && typeof value === 'object' ? Object.entries(value).sort() : value;
}
