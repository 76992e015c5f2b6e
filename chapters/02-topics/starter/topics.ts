// topics: makes the topics of the course, shows topics, and changes one. The result goes to stdout, everything else to
// stderr, and the exit code is 0 when the whole job is done. What it does to the cluster stands in the files beside it.
import type { Admin } from 'kafkajs';
import { readEnvironment, wholeNumber } from '#shared/config/environment.ts';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { createLog } from '#shared/log.ts';
import { COURSE_TOPICS, createTopics, driftOf } from './course-topics.ts';
import { growTopic, setRetention } from './topic-changes.ts';
import { namesOfTopics, readTopic, readTopics } from './topic-state.ts';

const USAGE = [
  'usage: topics create                  the topics of the course',
  '       topics grow TOPIC N            more partitions',
  '       topics retention TOPIC MS      how long records are kept, in milliseconds',
  '       topics describe [TOPIC]',
].join('\n');

/** Does the job. Returns the exit code. */
type Command = (admin: Admin) => Promise<number>;

const config = readEnvironment({ REPLICATION_FACTOR: wholeNumber(1, 32_767).optional() });
// Fewer retries than the library's: somebody is waiting at a terminal, and can run the command again.
const kafka = kafkaFromEnvironment('topics', createLog('topics', console.error), { retry: { retries: 3 } });

async function create(admin: Admin): Promise<number> {
  const { brokers } = await admin.describeCluster();
  const replicationFactor = config.REPLICATION_FACTOR ?? Math.min(3, brokers.length);
  const names = await namesOfTopics(admin);
  const there = await readTopics(
    admin,
    COURSE_TOPICS.filter((name) => names.includes(name)),
  );
  const missing = COURSE_TOPICS.filter((name) => !names.includes(name));
  await createTopics(admin, missing, replicationFactor);

  const drifted = there.filter((topic) => {
    const drift = driftOf(topic, replicationFactor);
    if (drift.length > 0) console.error(`drift: ${topic.topic} has ${drift.join(', ')}; it was left alone`);
    return drift.length > 0;
  });
  print({ created: missing.length, drifted: drifted.length, unchanged: there.length - drifted.length });
  return drifted.length > 0 ? 1 : 0;
}

async function grow(admin: Admin, name: string, partitions: number): Promise<number> {
  const topic = await readTopic(admin, name);
  await growTopic(admin, topic, partitions);
  print({ topic: name, partitions });
  return 0;
}

async function changeRetention(admin: Admin, name: string, retentionMs: number): Promise<number> {
  await setRetention(admin, await readTopic(admin, name), retentionMs);
  print({ topic: name, 'retention.ms': String(retentionMs) });
  return 0;
}

async function describe(admin: Admin, name: string | undefined): Promise<number> {
  const topics =
    name === undefined ? await readTopics(admin, await namesOfTopics(admin)) : [await readTopic(admin, name)];
  for (const topic of topics) print(topic);
  return 0;
}

/** The command that the arguments ask for. Throws the usage, before anything is opened. */
function commandOf([command, ...args]: string[]): Command {
  const [topic = '', number = ''] = args;
  switch (`${command} ${args.length}`) {
    case 'create 0':
      return create;
    case 'describe 0':
    case 'describe 1':
      return (admin) => describe(admin, args[0]);
    case 'grow 2': {
      const partitions = wholeArgument('N', number, 1);
      return (admin) => grow(admin, topic, partitions);
    }
    case 'retention 2': {
      // -1 keeps records for ever.
      const retentionMs = wholeArgument('MS', number, -1);
      return (admin) => changeRetention(admin, topic, retentionMs);
    }
    default:
      throw new Error(USAGE);
  }
}

function wholeArgument(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new Error(`${name} must be a whole number of at least ${least}; it is "${text}".\n${USAGE}`);
  }
  return value;
}

function print(result: object): void {
  console.log(JSON.stringify(result));
}

const admin = kafka.admin();
try {
  const command = commandOf(process.argv.slice(2));
  await admin.connect();
  process.exitCode = await command(admin);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await admin.disconnect();
}
