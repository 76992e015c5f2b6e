// `topics create` on a single broker, as on a laptop.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, holds } from '#shared/testing/demand.ts';
import { COURSE_TOPICS, emptied, factorOf, topicsNow, topicTable } from '../cluster.ts';
import { create, demandRefusal, demandSuccess, topics } from '../runs.ts';

check(
  {
    id: 'one-broker',
    title: 'on a single broker topics create makes the same topics with one replica each',
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
      const found = topic ? `${topic.replicas.length}, ${factorOf(topic)}` : '(no such topic)';
      return holds(name, found, '3, 1', found === '3, 1');
    });
    demandFacts('3 partitions and 1 replica for each of the twelve topics.', facts, () => topicTable(now));
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
