// How many copies `topics create` asks for, and what it says when there are not as many brokers.
import { check } from '#shared/testing/check.ts';
import { demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { COURSE_TOPICS, emptied, factorOf, made, SEVEN_DAYS, topicsNow, topicTable } from '../cluster.ts';
import { create, demandRefusal, demandSuccess, topics } from '../runs.ts';

check(
  {
    id: 'factor-given',
    title: 'REPLICATION_FACTOR decides on the number of replicas, and min.insync.replicas is 2 only with three',
    points: 6,
    why: 'With two replicas and a minimum of two, the first broker that is restarted stops all writes.',
    next: 'TODO 1 in course-topics.ts: min.insync.replicas depends on the replication factor.',
  },
  async (bench) => {
    await emptied(bench);
    const outcome = await create(bench, { REPLICATION_FACTOR: '2' });
    demandSuccess(outcome);
    const now = await topicsNow(bench);
    const facts = COURSE_TOPICS.map((name) => {
      const topic = now.get(name);
      const retention = topic?.overrides['retention.ms'] ?? 'inherited';
      const found = topic
        ? `${factorOf(topic)}, ${topic.settings['min.insync.replicas']}, ${retention}`
        : '(no such topic)';
      const expected = `2, 1, ${SEVEN_DAYS}`;
      return holds(name, found, expected, found === expected);
    });
    demandFacts('replicas, min.insync.replicas and retention.ms with REPLICATION_FACTOR=2.', facts, () =>
      topicTable(now),
    );
    // What was asked for and is there is no drift, although the default would be another.
    demandSuccess(await create(bench, { REPLICATION_FACTOR: '2' }));
    return topicTable(now);
  },
);

check(
  {
    id: 'grow-replicated',
    title: 'topics grow gives new partitions as many replicas as the topic has',
    points: 4,
    why: 'A partition that has fewer copies than its neighbours is the one that is lost, and nobody looks at it alone.',
    next: 'TODO 3 in topic-changes.ts: leave the placement of new partitions to Kafka.',
  },
  async (bench) => {
    await emptied(bench);
    await made(bench, [{ topic: 'orders.created', numPartitions: 3, replicationFactor: 3 }]);
    const outcome = await topics(bench, ['grow', 'orders.created', '5']);
    demandSuccess(outcome);
    const grown = (await topicsNow(bench)).get('orders.created');
    const copies = grown?.replicas.map(({ length }) => length).join(', ');
    const evidence = () => outcome.told;
    demandFacts('five partitions of three replicas each.', [equals('replicas', copies, '3, 3, 3, 3, 3')], evidence);
    return `replicas of each partition: ${copies}`;
  },
);

check(
  {
    id: 'too-few-brokers',
    title: 'more replicas than brokers is an error that is not swallowed',
    points: 4,
    why: 'A job that ends with 0 and has made nothing is believed, until the first service writes.',
    next: 'topics.ts ends with 1 when anything is thrown; TODO 1 in course-topics.ts: do not catch what Kafka refuses.',
  },
  async (bench) => {
    await emptied(bench);
    const outcome = await topics(bench, ['create'], { REPLICATION_FACTOR: '4' });
    demandRefusal(outcome, 'four replicas on three brokers: an exit code other than 0.');
    return outcome.told;
  },
);
