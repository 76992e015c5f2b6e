// `topics retention`: one setting changes, all others stay.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, equals } from '#shared/testing/demand.ts';
import { changesOf, emptied, entries, made, topicsNow, topicTable } from '../cluster.ts';
import { demandSuccess, topics } from '../runs.ts';

/** Of different kinds: numbers, a list with a comma, a word, and one that is the broker's default anyway. */
const OTHERS = {
  'cleanup.policy': 'compact,delete',
  'max.message.bytes': '2000000',
  'min.insync.replicas': '1',
  'compression.type': 'gzip',
  'segment.ms': '63072000000',
  'retention.bytes': '1000000000',
  'delete.retention.ms': '3600000',
};
/** A year and a millisecond: it does not fit into 32 bits, and is no round number of anything. */
const YEAR_MS = '31536000001';

check(
  {
    id: 'retention',
    title:
      'topics retention TOPIC MS changes that setting, and every other override of the topic is still there; once more is no error',
    points: 12,
    why: 'AlterConfigs replaces: whoever sends one setting deletes all others, and nothing reports it.',
    next: 'TODO 4 in topic-changes.ts: send all overrides, with the one changed.',
  },
  async (bench) => {
    await emptied(bench);
    const topic = 'orders.created';
    const configEntries = entries({ ...OTHERS, 'retention.ms': '604800000' });
    const other = { topic: 'orders.created.dlq', numPartitions: 1, configEntries };
    await made(bench, [{ topic, numPartitions: 3, configEntries }, other]);
    const before = await topicsNow(bench);
    const outcome = await topics(bench, ['retention', topic, YEAR_MS]);
    demandSuccess(outcome);
    const after = await topicsNow(bench);
    const evidence = () => `before:\n${topicTable(before)}\n\nafter:\n${topicTable(after)}\n\n${outcome.told}`;
    const found = after.get(topic)?.overrides ?? {};
    const facts = Object.entries({ 'retention.ms': YEAR_MS, ...OTHERS }).map(([name, value]) =>
      equals(name, found[name], value),
    );
    demandFacts('the new retention, and the other overrides as they were.', facts, evidence);
    const more = Object.keys(found).filter((name) => name !== 'retention.ms' && !(name in OTHERS));
    demand(more.length === 0, 'no override that was not there.', () => `new: ${more.join(', ')}\n\n${evidence()}`);
    const untouched = after.get(other.topic)?.overrides['retention.ms'];
    demandFacts(
      'other topics as they were.',
      [equals(`retention.ms of ${other.topic}`, untouched, '604800000')],
      evidence,
    );
    demandSuccess(await topics(bench, ['retention', topic, YEAR_MS]), 'exit code 0 where it is so already.');
    const changes = changesOf(after, await topicsNow(bench));
    demand(!changes, 'nothing changes the second time.', () => changes ?? '');
    return evidence();
  },
);

check(
  {
    id: 'retention-first',
    title: 'topics retention sets it on a topic that had inherited it, and nothing else becomes an override',
    points: 5,
    why: 'A default that is copied onto a topic no longer follows the broker when the broker is changed.',
    next: 'TODO 4 in topic-changes.ts: overrides are the settings whose source is the topic; those of the broker are not.',
  },
  async (bench) => {
    await emptied(bench);
    const topic = 'payments';
    await made(bench, [{ topic, numPartitions: 3 }]);
    const outcome = await topics(bench, ['retention', topic, '86400000']);
    demandSuccess(outcome);
    const after = await topicsNow(bench);
    const found = JSON.stringify(after.get(topic)?.overrides);
    demandFacts(
      'the retention alone.',
      [equals('overrides', found, '{"retention.ms":"86400000"}')],
      () => `${topicTable(after)}\n\n${outcome.told}`,
    );
    return topicTable(after);
  },
);
