// What a group costs: a commit for each record or for each batch, and the time until somebody else has the partitions of a
// member that has left, or that has died.
import { randomUUID } from 'node:crypto';
import type { Consumer } from 'kafkajs';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const RECORDS = 2_000;
const SESSION_TIMEOUT_MS = 6_000;

async function fill(topic: string, count: number): Promise<void> {
  const producer = connectExperiment().producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: Array.from({ length: count }, (_, number) => ({ value: `record ${number}` })),
  });
  await producer.disconnect();
}

async function commits(title: string, every: 'record' | 'batch'): Promise<void> {
  await withTopic(1, async (topic) => {
    await fill(topic, RECORDS);
    const consumer = connectExperiment().consumer({ groupId: `experiment-${randomUUID()}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const { promise: done, resolve } = Promise.withResolvers<void>();
    let [start, handled] = [0, 0];
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
        start ||= performance.now();
        const commit = (offset: string) => {
          const partitions = [{ partition: batch.partition, offset: String(BigInt(offset) + 1n) }];
          return commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
        };
        for (const { offset } of batch.messages) {
          resolveOffset(offset);
          if (every === 'record') await commit(offset);
          handled++;
        }
        if (every === 'batch') await commit(batch.lastOffset());
        if (handled === RECORDS) resolve();
      },
    });
    await done;
    console.log(`  ${title}: ${RECORDS} records in ${Math.round(performance.now() - start)} ms`);
    await consumer.disconnect();
  });
}

/** The seconds until a second member has all partitions, after `end` has happened to the first. */
async function handOver(
  title: string,
  maxWaitTimeInMs: number,
  end: (first: Consumer, topic: string) => Promise<void>,
): Promise<void> {
  await withTopic(3, async (topic) => {
    const groupId = `experiment-${randomUUID().slice(0, 8)}`;
    const options = { groupId, sessionTimeout: SESSION_TIMEOUT_MS, heartbeatInterval: 1_000, maxWaitTimeInMs };
    const members = await Promise.all(
      [1, 2].map(async () => {
        const consumer = connectExperiment().consumer(options);
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        return consumer;
      }),
    );
    const [first, second] = members;
    if (!first || !second) throw new Error('two members are needed');
    const shares = new Map<Consumer, number>();
    for (const member of members) {
      member.on(member.events.GROUP_JOIN, ({ payload }) =>
        shares.set(member, payload.memberAssignment[topic]?.length ?? 0),
      );
      // The first member hangs in its handler for ever: to the broker that is no different from a crash.
      await member.run({ eachMessage: () => (member === first ? new Promise(() => {}) : Promise.resolve()) });
    }
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(() => (shares.get(first) ?? 0) + (shares.get(second) ?? 0) === 3 && shares.get(second) !== 0);
    const start = performance.now();
    await end(first, topic);
    await until(() => shares.get(second) === 3);
    console.log(`  ${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    await second.disconnect();
  });
}

console.log('A commit costs a round trip:');
await commits('after each record', 'record');
await commits('after each batch ', 'batch');

console.log('\nUntil the other member has all partitions:');
const leave = async (first: Consumer) => void first.disconnect();
const fallSilent = (_first: Consumer, topic: string) => fill(topic, 3);
await handOver('one leaves, fetch wait 500 ms', 500, leave);
await handOver('one leaves, fetch wait 5000 ms (default)', 5_000, leave);
await handOver('one dies, a session of 6 s', 500, fallSilent);
process.exit(0);
