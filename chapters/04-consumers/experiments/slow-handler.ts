// A handler that takes longer than the session timeout: without heartbeats, and with them.
import { randomUUID } from 'node:crypto';
import { connectExperiment, withTopic } from '#shared/testing/own-topic.ts';

const SESSION_TIMEOUT_MS = 6_000;
const WORK_MS = 9_000;
const WATCHED_MS = 32_000;

async function scene(title: string, beating: boolean): Promise<void> {
  await withTopic(1, async (topic) => {
    console.log(`\n${title}`);
    const kafka = connectExperiment();
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    await producer.send({ topic, messages: [{ value: 'slow' }, { value: 'behind it' }] });
    const groupId = `experiment-${randomUUID().slice(0, 8)}`;
    const consumer = kafka.consumer({ groupId, sessionTimeout: SESSION_TIMEOUT_MS, heartbeatInterval: 1_000 });
    const start = performance.now();
    const at = () => `${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s`;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      console.log(`  ${at()}  joined as ${payload.memberId.slice(-6)}`),
    );
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message, heartbeat }) => {
        console.log(`  ${at()}  begins "${message.value}"`);
        const timer = beating ? setInterval(() => void heartbeat().catch(() => {}), 1_000) : undefined;
        await new Promise((resolve) => setTimeout(resolve, WORK_MS));
        clearInterval(timer);
        console.log(`  ${at()}  ends "${message.value}"`);
      },
    });
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    console.log(`  ${at()}  committed: ${offsets?.partitions[0]?.offset} of 2`);
    await consumer.disconnect();
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });
}

const seconds = (ms: number) => `${ms / 1000} s`;
const what = `work of ${seconds(WORK_MS)}, a session of ${seconds(SESSION_TIMEOUT_MS)}`;
await scene(`1. ${what}, no heartbeats while working`, false);
await scene(`2. ${what}, heartbeats while working`, true);
process.exit(0);
