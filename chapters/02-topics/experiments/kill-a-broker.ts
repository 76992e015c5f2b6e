// What acks=all is worth with two replicas and with three, while brokers are killed one after another and come back.
import type { Producer } from 'kafkajs';
import { entries, type Laboratory, withThreeBrokers } from './own-cluster.ts';

/** Every topic has one partition, led by broker 1 at first. */
const TOPICS = {
  'RF 2, min ISR 1': { replicas: [1, 2], minIsr: '1' },
  'RF 2, min ISR 2': { replicas: [1, 2], minIsr: '2' },
  'RF 3, min ISR 2': { replicas: [1, 2, 3], minIsr: '2' },
};
const NAMES = Object.keys(TOPICS) as (keyof typeof TOPICS)[];
const topicOf = (name: string) => name.replaceAll(/[^A-Z0-9]+/g, '-');
/** With the argument `cleanly`, broker 2 is stopped by SIGTERM instead of being killed. */
const CLEANLY = process.argv[2] === 'cleanly';
/** How long a write may take before it counts as not possible. */
const PATIENCE_MS = 12_000;

/** Tries a write until it is acknowledged by all in-sync replicas, and says how that went. */
async function attempt(producer: Producer, name: string, value: string): Promise<string> {
  const start = performance.now();
  let last = '';
  while (performance.now() - start < PATIENCE_MS) {
    try {
      await producer.send({ topic: topicOf(name), acks: -1, messages: [{ value }] });
      return `acknowledged (${Math.round(performance.now() - start)} ms)`;
    } catch (error) {
      last = nameOf(error);
      if (last === 'NOT_ENOUGH_REPLICAS') return last;
    }
  }
  return last;
}

/** Kafka's name for an error, also where kafkajs has wrapped it. */
function nameOf(error: unknown): string {
  const { type, cause, name } = error as { type?: string; cause?: { type?: string }; name: string };
  return type ?? cause?.type ?? name;
}

async function isrOf({ admin }: Laboratory, name: string): Promise<string> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topicOf(name)] });
    return JSON.stringify(topics[0]?.partitions[0]?.isr.toSorted());
  } catch (error) {
    return nameOf(error);
  }
}

async function scene(laboratory: Laboratory, title: string, value: string): Promise<void> {
  console.log(title);
  for (const name of NAMES) {
    // A producer for each, and not idempotent, so that no write depends on what became of another.
    const producer = laboratory.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const outcome = await attempt(producer, name, value);
    console.log(`  ${name}: ${outcome}, in sync ${await isrOf(laboratory, name)}`);
    await producer.disconnect();
  }
}

await withThreeBrokers(async (laboratory) => {
  const { cluster, make } = laboratory;
  const [one, two] = cluster.nodes;
  await make(
    Object.entries(TOPICS).map(([name, { replicas, minIsr }]) => ({
      topic: topicOf(name),
      replicaAssignment: [{ partition: 0, replicas }],
      configEntries: entries({ 'min.insync.replicas': minIsr }),
    })),
  );
  await scene(laboratory, 'A: all brokers are there', 'A');
  await (CLEANLY ? two?.stop() : two?.kill());
  const gone = async () => !(await isrOf(laboratory, 'RF 3, min ISR 2')).includes('2');
  while (!(await gone())) await new Promise((resolve) => setTimeout(resolve, 100));
  await scene(laboratory, `B: broker 2, a follower, was ${CLEANLY ? 'stopped' : 'killed'}`, 'B');
  await one?.kill();
  // Not awaited: a broker counts as started when it answers for all topics, and one of these may have no leader now.
  void two?.start().catch(() => {});
  await scene(laboratory, 'C: broker 1, the leader, was killed, and broker 2 is back', 'C');
});
