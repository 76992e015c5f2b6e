// What `npm run lab 02` plays: the topics are made, made again, found changed by somebody else, grown and altered; then a
// broker goes away.
import kafkajs, { type Admin, Kafka, logLevel, type Message } from 'kafkajs';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { deadLetterTopic, TOPICS } from '#shared/events/topics.ts';
import type { CommandOutcome, LiveLab, Scenario } from '#shared/testing/scenario.ts';

const COURSE_TOPICS: string[] = [...TOPICS, ...TOPICS.map(deadLetterTopic)];
const KEYS = 30;
const GROWN = 5;
const LIMIT_MS = 20_000;
const AWAY = 3;

export const scenario: Scenario = {
  steps: [
    {
      title: 'topics create on an empty cluster',
      task: 'TODO 1 (make the topics)',
      play: async (lab) => {
        await withAdmin(lab, (admin) => begin(lab, admin));
        succeeded(await lab.run('topics', ['create']));
        const names = await withAdmin(lab, (admin) => admin.listTopics());
        const missing = COURSE_TOPICS.filter((topic) => !names.includes(topic));
        if (missing.length > 0) throw new Error(`these are not there: ${missing.join(', ')}`);
        return 'all twelve are there';
      },
    },
    {
      title: 'the same again',
      task: 'TODO 2 (a topic as it should be has no drift)',
      play: async (lab) => {
        succeeded(await lab.run('topics', ['create']));
        return 'nothing to do, exit code 0';
      },
    },
    {
      title: 'somebody sets the retention of orders.cancelled to an hour',
      task: 'TODO 2 (name the drift)',
      play: async (lab) => {
        const before = await overridesOf(lab, 'orders.cancelled');
        await setOverrides(lab, 'orders.cancelled', { ...before, 'retention.ms': '3600000' });
        const { code, stdout, stderr } = await lab.run('topics', ['create']);
        await setOverrides(lab, 'orders.cancelled', before);
        if (code !== 1) throw new Error(`exit code ${code} where the drift should make it 1`);
        if (!`${stdout}${stderr}`.includes('orders.cancelled')) throw new Error('it does not name orders.cancelled');
        return 'named, and exit code 1';
      },
    },
    {
      title: `topics grow orders.created ${GROWN}, with ${KEYS} orders under way`,
      task: 'TODO 3 (more partitions)',
      play: async (lab) => {
        const before = await placesOf(lab, 'orders.created');
        succeeded(await lab.run('topics', ['grow', 'orders.created', String(GROWN)]));
        await withAdmin(lab, (admin) => untilPartitions(admin, 'orders.created', GROWN));
        const after = await placesOf(lab, 'orders.created');
        const moved = [...before].filter(([key, partition]) => after.get(key) !== partition);
        const [[key, partition] = ['', 0]] = moved;
        return `${moved.length} of ${KEYS} keys now lead elsewhere: ${key} from partition ${partition} to ${after.get(key)}`;
      },
    },
    {
      title: 'topics retention orders.created 86400000',
      task: 'TODO 4 (one setting, without the others)',
      play: async (lab) => {
        const before = { ...(await overridesOf(lab, 'orders.created')), 'max.message.bytes': '2000000' };
        await setOverrides(lab, 'orders.created', before);
        succeeded(await lab.run('topics', ['retention', 'orders.created', '86400000']));
        const expected = JSON.stringify({ ...before, 'retention.ms': '86400000' });
        const seen = async () => JSON.stringify(await overridesOf(lab, 'orders.created')) === sorted(expected);
        await waitUntil(seen, 3_000, 'the overrides').catch(async () => {
          throw new Error(
            `the overrides are ${JSON.stringify(await overridesOf(lab, 'orders.created'))}, not ${sorted(expected)}`,
          );
        });
        return 'a day, and max.message.bytes is still there';
      },
    },
    {
      title: `broker ${AWAY} stops`,
      task: 'nothing is left to do: this step needs no more than the others',
      play: async (lab) => {
        const node = lab.nodes.find(({ id }) => id === AWAY);
        if (!node) return 'left out: these brokers are not ours to stop';
        await node.stop();
        try {
          const { stdout } = succeeded(await lab.run('topics', ['describe', 'orders.created']));
          const { isr } = JSON.parse(stdout) as { isr: number[][] };
          const places = await placesOf(lab, 'orders.created');
          return `in sync are now ${JSON.stringify(isr)}, and ${places.size} writes with acks=all were acknowledged`;
        } finally {
          await node.start();
        }
      },
    },
  ],
  tryIt: () => 'npm run kafka topics list\nnpm run kafka topics describe orders.created',
};

function succeeded(outcome: CommandOutcome): CommandOutcome {
  const { code, stderr } = outcome;
  if (code === 0) return outcome;
  throw new Error(`it ended with exit code ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
}

function client({ connection }: LiveLab): Kafka {
  return new Kafka({ ...connection, clientId: 'workbook-scenario', logLevel: logLevel.NOTHING });
}

async function withAdmin<T>(lab: LiveLab, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client(lab).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}

/** Deletes what an earlier round has left; on a cluster that is not ours nothing is ever deleted. */
async function begin(lab: LiveLab, admin: Admin): Promise<void> {
  const left = lab.nodes.length > 0 ? await courseTopicsIn(admin) : [];
  if (left.length === 0) return;
  await admin.deleteTopics({ topics: left });
  await waitUntil(async () => (await courseTopicsIn(admin)).length === 0, LIMIT_MS, 'the topics to be deleted');
}

async function courseTopicsIn(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter((topic) => COURSE_TOPICS.includes(topic));
}

async function untilPartitions(admin: Admin, topic: string, count: number): Promise<void> {
  const grown = async () =>
    (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length === count;
  await waitUntil(grown, LIMIT_MS, `${topic} to have ${count} partitions`);
}

/** Writes a record for each key, acknowledged by all in-sync replicas. Returns the partition of each key. */
async function placesOf(lab: LiveLab, topic: string): Promise<Map<string, number>> {
  const producer = client(lab).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const places = new Map<string, number>();
  for (let number = 1; number <= KEYS; number++) {
    const message: Message & { key: string } = { key: `order-${number}`, value: '{}' };
    const [stored] = await producer.send({ topic, acks: -1, messages: [message] });
    places.set(message.key, stored?.partition ?? -1);
  }
  await producer.disconnect();
  return places;
}

async function overridesOf(lab: LiveLab, topic: string): Promise<Record<string, string>> {
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }];
  const { resources: described } = await withAdmin(lab, (admin) =>
    admin.describeConfigs({ resources, includeSynonyms: false }),
  );
  const own = (described[0]?.configEntries ?? []).filter(
    ({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
  );
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]).sort());
}

async function setOverrides(lab: LiveLab, topic: string, overrides: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(overrides).map(([name, value]) => ({ name, value }));
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
  await withAdmin(lab, (admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
}

function sorted(json: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json) as Record<string, string>).sort()));
}
