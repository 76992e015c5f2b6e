// `topics create` that is killed in the middle, and run again.
import { waitUntil } from '#infra/machine/wait-until.ts';
import { check } from '#shared/testing/check.ts';
import { CheckFailed, demandFacts, holds } from '#shared/testing/demand.ts';
import { COURSE_TOPICS, emptied, factorOf, SEVEN_DAYS, topicsNow, topicTable } from '../cluster.ts';
import { create, demandSuccess } from '../runs.ts';

const SENT_LIMIT_MS = 30_000;

check(
  {
    id: 'interrupted',
    title: 'topics create that was killed in the middle is made whole by running it again',
    points: 6,
    why: 'Jobs are killed: by a deadline, by an eviction, by somebody who presses Ctrl-C. The next run has to cope.',
    next: 'TODO 1 in course-topics.ts: a topic and its settings are one request, so none can be there without the other.',
  },
  async (bench) => {
    await emptied(bench);
    const held = bench.tap.faults.holdAnswers(({ api }) => api === 'CreateTopics');
    const program = bench.run('topics', { ...bench.kafka.environment }, ['create']);
    await waitUntil(() => held.met.length > 0 || program.exit !== undefined, SENT_LIMIT_MS, 'CreateTopics').catch(
      () => {},
    );
    if (held.met.length === 0) {
      throw new CheckFailed('a CreateTopics request.', `none was seen; the program said:\n${program.tail()}`);
    }
    await program.kill();
    held.end();
    const left = await topicsNow(bench);
    const outcome = await create(bench);
    const now = await topicsNow(bench);
    const evidence = () =>
      `left by the killed run:\n${topicTable(left)}\n\n${outcome.told}\n\nafter that:\n${topicTable(now)}`;
    demandSuccess({ ...outcome, told: evidence() }, 'exit code 0 from the run after it.');
    const facts = COURSE_TOPICS.map((name) => {
      const topic = now.get(name);
      const found = topic
        ? [
            topic.replicas.length,
            factorOf(topic),
            topic.overrides['retention.ms'] ?? 'inherited',
            topic.settings['min.insync.replicas'],
          ].join(', ')
        : '(no such topic)';
      const expected = `3, 3, ${SEVEN_DAYS}, 2`;
      return holds(name, found, expected, found === expected);
    });
    demandFacts(
      'partitions, replicas, retention.ms and min.insync.replicas of all twelve topics as after an undisturbed run.',
      facts,
      evidence,
    );
    return evidence();
  },
);
