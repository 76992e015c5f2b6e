#!/usr/bin/env node
// topics, chapter 02: create | grow TOPIC N | retention TOPIC MS | describe [TOPIC]. One file, kafkajs with its defaults.
//
//   argv ──▶ plan (a function that is given an admin) ──▶ lines for stdout, complaints for stderr, an exit code
import { readFileSync } from 'node:fs';
import * as kafkajs from 'kafkajs';

type Settings = Map<string, string>;
type Plan = (admin: kafkajs.Admin) => Promise<void>;

const EVENTS =
  'orders.created inventory.reserved inventory.failed notifications.sent orders.completed orders.cancelled';
const COURSE = EVENTS.split(' ').flatMap((name) => [name, `${name}.dlq`]);
const WEEK = `${7 * 86_400_000}`;
/** Numbers of the protocol: the resource "topic", and the source "set on the topic". */
const TOPIC = 2;
const SET_ON_TOPIC = 1;

class Complaint extends Error {}

// --------------------------------------------------------------------------------------------------------------- environment

function setting(name: string): string | undefined {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : text;
}

function connection(): kafkajs.KafkaConfig {
  const brokers = (setting('KAFKA_BROKERS') ?? '').split(',').map((part) => part.trim());
  if (!brokers.every((broker) => /^[^:\s]+:[1-9]\d{0,4}$/.test(broker))) {
    throw new Complaint('KAFKA_BROKERS: a comma-separated list of host:port is required');
  }
  const config: kafkajs.KafkaConfig = { clientId: 'topics', brokers, logLevel: kafkajs.logLevel.NOTHING };
  const ssl = setting('KAFKA_SSL') ?? 'false';
  if (ssl !== 'true' && ssl !== 'false') throw new Complaint('KAFKA_SSL: true or false');
  if (ssl === 'true')
    config.ssl = { ...pem('ca', 'KAFKA_SSL_CA'), ...pem('cert', 'KAFKA_SSL_CERT'), ...pem('key', 'KAFKA_SSL_KEY') };
  const mechanism = setting('KAFKA_SASL_MECHANISM')?.toLowerCase();
  if (mechanism !== undefined) {
    const [username, password] = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'].map((name) => {
      const value = setting(name);
      if (value === undefined) throw new Complaint(`${name}: required with KAFKA_SASL_MECHANISM`);
      return value;
    });
    if (!['plain', 'scram-sha-256', 'scram-sha-512'].includes(mechanism)) {
      throw new Complaint('KAFKA_SASL_MECHANISM: plain, scram-sha-256 or scram-sha-512');
    }
    config.sasl = { mechanism, username, password } as kafkajs.SASLOptions;
  }
  return config;
}

function pem(field: string, name: string): Record<string, string> {
  const file = setting(name);
  if (file === undefined) return {};
  try {
    return { [field]: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new Complaint(`${name}: ${(error as Error).message}`);
  }
}

function factorAskedFor(): number | undefined {
  const text = setting('REPLICATION_FACTOR');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Complaint(`REPLICATION_FACTOR: a whole number from 1 up, not "${text}"`);
  return Number(text);
}

// ------------------------------------------------------------------------------------------------------------------- commands

function create(asked: number | undefined): Plan {
  return async (admin) => {
    const factor = asked ?? Math.min(3, (await admin.describeCluster()).brokers.length);
    const present = new Set(await admin.listTopics());
    const complaints: string[] = [];
    for (const topic of COURSE.filter((name) => present.has(name))) {
      const { partitions, replicas, settings } = await look(admin, topic);
      const differences = [
        partitions.length === 3 ? '' : `partitions ${partitions.length}, wanted 3`,
        replicas === factor ? '' : `replication ${replicas}, wanted ${factor}`,
        settings.get('retention.ms') === WEEK
          ? ''
          : `retention ${settings.get('retention.ms') ?? 'inherited'}, wanted ${WEEK}`,
      ].filter(Boolean);
      if (differences.length > 0) complaints.push(`DRIFT ${topic}: ${differences.join('; ')}`);
    }
    // Nothing is made on top of something that needs a look first.
    if (complaints.length > 0) throw new Complaint(complaints.join('\n'));
    const configEntries = [
      { name: 'retention.ms', value: WEEK },
      { name: 'min.insync.replicas', value: factor === 3 ? '2' : '1' },
    ];
    for (const topic of COURSE.filter((name) => !present.has(name))) {
      await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: factor, configEntries }] });
      process.stdout.write(`created ${topic}\n`);
    }
  };
}

function grow(topic: string, wanted: number): Plan {
  return async (admin) => {
    const { partitions } = await look(admin, topic);
    if (partitions.length > wanted)
      throw new Complaint(`${topic}: ${partitions.length} partitions cannot become ${wanted}`);
    if (partitions.length < wanted) await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] });
  };
}

function retention(topic: string, ms: string): Plan {
  return async (admin) => {
    const { settings } = await look(admin, topic);
    settings.set('retention.ms', ms);
    const configEntries = Array.from(settings, ([name, value]) => ({ name, value }));
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries }] });
  };
}

function describe(only?: string): Plan {
  return async (admin) => {
    const internal = ['__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata'];
    const names = only === undefined ? (await admin.listTopics()).filter((name) => !internal.includes(name)) : [only];
    const lines: string[] = [];
    for (const topic of names) {
      const { partitions, replicas, settings } = await look(admin, topic);
      const isr = partitions.map((partition) => partition.isr);
      const overrides = Object.fromEntries(settings);
      lines.push(
        `${JSON.stringify({ topic, partitions: partitions.length, replicationFactor: replicas, isr, overrides })}\n`,
      );
    }
    process.stdout.write(lines.join(''));
  };
}

/** A topic as it is now: its partitions by number, its replicas, and what is set on it. */
async function look(admin: kafkajs.Admin, topic: string) {
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = [...(metadata.topics[0]?.partitions ?? [])].sort((a, b) => a.partitionId - b.partitionId);
  const configs = await admin.describeConfigs({ resources: [{ type: TOPIC, name: topic }], includeSynonyms: false });
  const settings: Settings = new Map();
  for (const entry of configs.resources[0]?.configEntries ?? []) {
    if (Number(entry.configSource) === SET_ON_TOPIC) settings.set(entry.configName, entry.configValue);
  }
  return { partitions, replicas: partitions[0]?.replicas.length ?? 0, settings };
}

// ---------------------------------------------------------------------------------------------------------------------- start

function planFrom(words: string[]): Plan {
  const asked = factorAskedFor();
  const [command, topic, number] = words;
  if (command === 'create' && words.length === 1) return create(asked);
  if (command === 'describe' && words.length <= 2) return describe(topic);
  if (command === 'grow' && topic && number && words.length === 3 && /^[1-9]\d{0,8}$/.test(number)) {
    return grow(topic, Number(number));
  }
  if (command === 'retention' && topic && number && words.length === 3 && /^(-1|\d{1,15})$/.test(number)) {
    return retention(topic, number);
  }
  throw new Complaint('topics create | grow TOPIC N | retention TOPIC MS | describe [TOPIC]');
}

async function main(): Promise<number> {
  let admin: kafkajs.Admin | undefined;
  try {
    const config = connection();
    const plan = planFrom(process.argv.slice(2));
    admin = new kafkajs.Kafka(config).admin();
    await admin.connect();
    await plan(admin);
    return 0;
  } catch (error) {
    const causes = (error as { errors?: Error[] }).errors ?? [error as Error];
    for (const { message } of causes) process.stderr.write(`${message}\n`);
    return 1;
  } finally {
    await admin?.disconnect();
  }
}

process.exit(await main());
