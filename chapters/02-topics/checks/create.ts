// What `topics create` makes on an empty cluster of three brokers.
import { PARTITIONS } from '#shared/events/topics.ts';
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, holds } from '#shared/testing/demand.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { COURSE_TOPICS, emptied, factorOf, SEVEN_DAYS, type TopicFacts, topicsNow, topicTable } from '../cluster.ts';
import { create, demandSuccess, type Outcome } from '../runs.ts';

interface Created {
  outcome: Outcome;
  topics: Map<string, TopicFacts>;
}

let created: Promise<Created> | undefined;

/** What the first run on an empty cluster has come to; the checks here look at the same one. */
function firstRun(bench: Workbench): Promise<Created> {
  created ??= (async () => {
    await emptied(bench);
    const outcome = await create(bench);
    return { outcome, topics: await topicsNow(bench) };
  })();
  return created;
}

/** The topics of the first run, where it has succeeded. */
async function topicsOfFirstRun(bench: Workbench): Promise<Map<string, TopicFacts>> {
  const { outcome, topics } = await firstRun(bench);
  demandSuccess(outcome, 'topics create ends with exit code 0 on an empty cluster.');
  return topics;
}

/** Fails unless a fact holds of each of the twelve topics. */
function demandOfEach(
  topics: Map<string, TopicFacts>,
  fact: string,
  expected: string,
  of: (topic: TopicFacts) => string | undefined,
): void {
  const facts = COURSE_TOPICS.map((name) => {
    const topic = topics.get(name);
    const found = topic ? of(topic) : '(no such topic)';
    return holds(name, found, expected, found === expected);
  });
  demandFacts(`${fact} ${expected} for each of the twelve topics.`, facts, () => topicTable(topics));
}

check(
  {
    id: 'create',
    title: 'topics create makes the six topics and their dead-letter topics, with 3 partitions and 3 replicas each',
    points: 12,
    why: 'Everything else in the course writes to these topics; what is wrong with them is wrong everywhere.',
    next: 'TODO 1 in course-topics.ts: make the topics.',
  },
  async (bench) => {
    const topics = await topicsOfFirstRun(bench);
    demandOfEach(topics, 'partitions', String(PARTITIONS), ({ replicas }) => String(replicas.length));
    demandOfEach(topics, 'replicas', '3', factorOf);
    const strange = [...topics.keys()].filter((name) => !COURSE_TOPICS.includes(name));
    demand(strange.length === 0, 'the twelve topics and no other.', () => `also there: ${strange.join(', ')}`);
    return topicTable(topics);
  },
);

check(
  {
    id: 'retention-set',
    title: 'each topic keeps its records for 7 days, and says so itself',
    points: 8,
    why: '7 days is also what a broker does by default. Whoever changes that default changes every topic that only inherits it.',
    next: 'TODO 1 in course-topics.ts: retention.ms, in milliseconds, among the settings of each topic.',
  },
  async (bench) => {
    const topics = await topicsOfFirstRun(bench);
    demandOfEach(topics, 'retention.ms set on the topic itself:', SEVEN_DAYS, ({ overrides, settings }) =>
      overrides['retention.ms'] === undefined ? `${settings['retention.ms']}, inherited` : overrides['retention.ms'],
    );
    return topicTable(topics);
  },
);

check(
  {
    id: 'events-kept',
    title: 'events are deleted by age, not by key: no topic is compacted',
    points: 4,
    why: 'Compaction keeps the last record of each key. Keyed by order_id, it deletes the history of every order.',
    next: 'TODO 1 in course-topics.ts: leave cleanup.policy alone.',
  },
  async (bench) => {
    const topics = await topicsOfFirstRun(bench);
    demandOfEach(topics, 'cleanup.policy', 'delete', ({ settings }) => settings['cleanup.policy']);
    return 'cleanup.policy is delete on all twelve topics';
  },
);

check(
  {
    id: 'min-isr',
    title: 'with three replicas, an acknowledged record is on two brokers at least: min.insync.replicas is 2',
    points: 8,
    why: 'With the default of 1, acks=all is content with a leader that is alone, and its disk takes the record with it.',
    next: 'TODO 1 in course-topics.ts: min.insync.replicas where the replication factor is 3.',
  },
  async (bench) => {
    const topics = await topicsOfFirstRun(bench);
    demandOfEach(topics, 'min.insync.replicas', '2', ({ settings }) => settings['min.insync.replicas']);
    return 'min.insync.replicas is 2 on all twelve topics';
  },
);
