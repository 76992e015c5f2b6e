// What kafkajs does when a handler throws, for both kinds of errors: when the record comes again, when the consumer ends, and
// whether anybody is left in the group.
import { randomUUID } from 'node:crypto';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const WATCHED_MS = 26_000;

async function scene(title: string, error: () => Error): Promise<void> {
  await withTopic(1, async (topic) => {
    console.log(`\n${title}`);
    const kafka = connectExperiment();
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    await producer.send({ topic, messages: ['good', 'bad', 'behind it'].map((value) => ({ value })) });
    const groupId = `experiment-${randomUUID().slice(0, 8)}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500 });
    const start = performance.now();
    const at = () => `${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s`;
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      console.log(`  ${at()}  CRASH, restart: ${payload.restart} (${payload.error.name})`),
    );
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        console.log(`  ${at()}  handles "${message.value}"`);
        if (String(message.value) === 'bad') throw error();
      },
    });
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const { groups } = await admin.describeGroups([groupId]);
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = offsets?.partitions[0]?.offset;
    console.log(`  ${at()}  the group is ${groups[0]?.state}, committed: ${committed} of 3; the process lives on`);
    await consumer.disconnect();
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });
}

await scene('1. The handler throws new Error(…)', () => new Error('the database is away'));
await scene('2. The handler throws a SyntaxError, as JSON.parse does', () => new SyntaxError('Unexpected token'));
