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
  // The broker that is asked next may hear of it a moment later.
  while (JSON.stringify(Object.entries(await read(admin)).sort()) !== JSON.stringify(Object.entries(settings).sort()));
}

await withThreeBrokers(async ({ admin, make }) => {
  const start = { 'retention.ms': '604800000', 'min.insync.replicas': '2', 'max.message.bytes': '2000000' };
  await make([{ topic: TOPIC, numPartitions: 3, replicationFactor: 3, configEntries: entries(start) }]);
  console.log('1. at first                        ', await read(admin));
  await write(admin, { 'retention.ms': '86400000' });
  console.log('2. retention.ms alone was sent     ', await read(admin));
  await write(admin, start);
  await write(admin, { ...(await read(admin)), 'retention.ms': '86400000' });
  console.log('3. all were read and sent          ', await read(admin));
  const [mine, yours] = [await read(admin), await read(admin)];
  await write(admin, { ...mine, 'retention.ms': '3600000' });
  await write(admin, { ...yours, 'max.message.bytes': '4000000' });
  console.log('4. two read, then both wrote       ', await read(admin));
});
