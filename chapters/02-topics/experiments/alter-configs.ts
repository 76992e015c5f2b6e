// What AlterConfigs does with settings that it is not sent, and what two who change a topic at the same time do to each other.
import kafkajs, { type Admin } from 'kafkajs';
import { entries, withThreeBrokers } from './own-cluster.ts';

// Not by their names in the import: Node does not find them in this CommonJS package.
const { ConfigResourceTypes, ConfigSource } = kafkajs;
const TOPIC = 'orders.created';

async function read(admin: Admin): Promise<Record<string, string>> {
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: TOPIC }];
  const described = await admin.describeConfigs({ resources, includeSynonyms: false });
  const own = (described.resources[0]?.configEntries ?? []).filter(
    ({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG,
  );
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
}

async function write(admin: Admin, settings: Record<string, string>): Promise<void> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: TOPIC, configEntries: entries(settings) };
  await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  // kafkajs asks now this broker and now that one, and one of them may not have heard of it yet.
  for (let agreed = 0; agreed < 20; ) agreed = same(await read(admin), settings) ? agreed + 1 : 0;
}

function same(one: Record<string, string>, other: Record<string, string>): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

await withThreeBrokers(async ({ admin, make }) => {
  const show = async (title: string) => {
    const settings = Object.entries(await read(admin)).map(([name, value]) => `${name}=${value}`);
    console.log(`${title}\n   ${settings.sort().join('  ')}`);
  };
  const start = { 'retention.ms': '604800000', 'min.insync.replicas': '2', 'max.message.bytes': '2000000' };
  await make([{ topic: TOPIC, numPartitions: 3, replicationFactor: 3, configEntries: entries({}) }]);
  await write(admin, start);
  await show('1. at first');
  await write(admin, { 'retention.ms': '86400000' });
  await show('2. retention.ms alone was sent');
  await write(admin, start);
  await write(admin, { ...(await read(admin)), 'retention.ms': '86400000' });
  await show('3. all were read, and all were sent');
  const [mine, yours] = [await read(admin), await read(admin)];
  await write(admin, { ...mine, 'retention.ms': '3600000' });
  await write(admin, { ...yours, 'max.message.bytes': '4000000' });
  await show('4. two read, one wrote retention.ms=3600000, the other max.message.bytes=4000000');
});
