// What `topics` must not take for a success: a topic that is not there, arguments that say nothing, a cluster that is away.
import { check } from '#shared/testing/check.ts';
import { demand, demandFacts, holds } from '#shared/testing/demand.ts';
import type { Fact } from '#shared/testing/evidence.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import { changesOf, emptied, entries, made, topicsNow, topicTable } from '../cluster.ts';
import { demandRefusal, topics } from '../runs.ts';

check(
  {
    id: 'unknown-topic',
    title: 'a topic that does not exist is an error, and is not made by asking for it',
    points: 5,
    why: 'A broker that creates topics on demand turns a typing error into a topic with one partition and no owner.',
    next: 'readTopic in topic-state.ts, which is complete; TODO 3 and 4 work with what it has read.',
  },
  async (bench) => {
    await emptied(bench);
    const calls = [
      ['grow', 'orders.craeted', '5'],
      ['retention', 'orders.craeted', '60000'],
      ['describe', 'orders.craeted'],
    ];
    const facts = await Promise.all(calls.map((args) => refusedInSilence(bench, args)));
    demandFacts('an exit code other than 0 for each, and nothing on stdout: there is no result.', facts, () => '');
    const now = await topicsNow(bench);
    demand(now.size === 0, 'no topic.', () => topicTable(now));
    return `${calls.length} commands for a topic that does not exist were refused`;
  },
);

check(
  {
    id: 'usage',
    title: 'a command that does not exist, or an argument that is missing or no number, is refused and changes nothing',
    points: 4,
    why: 'What cannot be understood must not be done by half: a retention of "7d" is not seven milliseconds.',
    next: 'commandOf in topics.ts reads the arguments before it opens anything; keep it that way.',
  },
  async (bench) => {
    await emptied(bench);
    const topic = 'orders.created';
    await made(bench, [{ topic, numPartitions: 3, configEntries: entries({ 'retention.ms': '604800000' }) }]);
    const before = await topicsNow(bench);
    const calls = [
      ['nonsense'],
      ['grow', topic],
      ['grow', topic, 'many'],
      ['grow', topic, '5x'],
      ['grow', topic, ''],
      ['retention', topic],
      ['retention', topic, '7d'],
      // A variable of a script that was not set: Number('') is 0, and a retention of 0 deletes everything.
      ['retention', topic, ''],
      ['retention', topic, ' '],
      // No number that Kafka takes; -1 is the least.
      ['retention', topic, '-5'],
    ];
    const facts = await Promise.all(calls.map((args) => refused(bench, args)));
    demandFacts('an exit code other than 0 for each.', facts, () => '');
    const after = await topicsNow(bench);
    const changes = changesOf(before, after);
    demand(!changes, 'the topic as it was.', () => changes ?? '');
    return `${calls.length} wrong calls were refused`;
  },
);

/** Ten retries with the pauses of kafkajs's defaults. */
const PATIENT_MS = 170_000;

check(
  {
    id: 'unreachable',
    title: 'a cluster that cannot be reached is an error, soon, with a line on stderr',
    points: 4,
    why: 'A pipeline step that hangs is found by its time limit, one that says nothing by nobody.',
    next: 'topics.ts prints what was thrown and ends with 1.',
  },
  async (bench) => {
    const outcome = await topics(bench, ['create'], { KAFKA_BROKERS: '127.0.0.1:1' }, PATIENT_MS);
    demandRefusal(outcome, 'an exit code other than 0 when nothing listens at KAFKA_BROKERS.');
    demand(outcome.stderr.trim() !== '', 'a line on stderr.', () => outcome.told);
    return outcome.told;
  },
);

/** That an error is told to people, and is not taken for a result by whatever reads stdout. */
async function refusedInSilence(bench: Workbench, args: string[]): Promise<Fact> {
  const { code, stdout } = await topics(bench, args);
  const said = stdout.trim() === '' ? 'nothing on stdout' : `on stdout: ${stdout.trim().slice(0, SHOWN)}`;
  const ok = code !== 0 && code !== null && stdout.trim() === '';
  return holds(`topics ${args.join(' ')}`, `exit code ${code}, ${said}`, 'not 0, nothing on stdout', ok);
}

const SHOWN = 80;

async function refused(bench: Workbench, args: string[]): Promise<Fact> {
  const { code } = await topics(bench, args);
  return holds(`topics ${args.join(' ')}`, `exit code ${code}`, 'not 0', code !== 0 && code !== null);
}
