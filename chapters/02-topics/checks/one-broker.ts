// `topics create` on a single broker, as on a laptop.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, holds } from '#shared/testing/demand.ts';
import { COURSE_TOPICS, changesOf, emptied, factorOf, SEVEN_DAYS, topicsNow, topicTable } from '../cluster.ts';
import { create, demandRefusal, demandSuccess, topics } from '../runs.ts';

check(
  {
    id: 'one-broker',
    title: 'on a single broker topics create makes the same topics with one replica each, and a second run is content',
    points: 5,
    why: 'The same job runs on a laptop, in a test and in production; only what the cluster allows differs.',
    next: 'create() in topics.ts passes the smaller of 3 and the number of brokers; TODO 1 in course-topics.ts uses it.',
  },
  async (bench) => {
    await emptied(bench);
    const outcome = await create(bench);
    demandSuccess(outcome);
    const now = await topicsNow(bench);
    const facts = COURSE_TOPICS.map((name) => {
      const topic = now.get(name);
      const retention = topic?.overrides['retention.ms'] ?? 'inherited';
      const minimum = topic?.settings['min.insync.replicas'];
      const found = topic
        ? `${topic.replicas.length}, ${factorOf(topic)}, ${retention}, ${minimum}`
        : '(no such topic)';
      // With a minimum of two in-sync replicas, nobody could write to the only one.
      const expected = `3, 1, ${SEVEN_DAYS}, 1`;
      return holds(name, found, expected, found === expected);
    });
    demandFacts('3 partitions, 1 replica, 7 days and min.insync.replicas 1 for each of the twelve topics.', facts, () =>
      topicTable(now),
    );
    const again = await create(bench);
    demandSuccess(again, 'exit code 0 from a second run: one replica is what there is to be on one broker.');
    const changes = changesOf(now, await topicsNow(bench));
    demand(!changes, 'every topic as it was before the second run.', () => `${changes}\n\n${again.told}`);
    return topicTable(now);
  },
);

check(
  {
    id: 'one-broker-refuses',
    title: 'REPLICATION_FACTOR=2 on a single broker fails, and claims nothing else',
    points: 4,
    why: 'INVALID_REPLICATION_FACTOR that is caught and logged looks like success to whatever started the job.',
    next: 'TODO 1 in course-topics.ts: do not catch what Kafka refuses.',
  },
  async (bench) => {
    await emptied(bench);
    const outcome = await topics(bench, ['create'], { REPLICATION_FACTOR: '2' });
    demandRefusal(outcome, 'two replicas on one broker: an exit code other than 0.');
    const now = await topicsNow(bench);
    const there = COURSE_TOPICS.filter((name) => now.has(name));
    demand(there.length === 0, 'no topic with fewer replicas than were asked for.', () => topicTable(now));
    return outcome.told;
  },
);
