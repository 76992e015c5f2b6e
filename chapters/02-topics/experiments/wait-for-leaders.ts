// How often kafkajs's createTopics throws on three brokers although it has made the topics: it asks for leaders 100 ms later.
import { setTimeout as pause } from 'node:timers/promises';
import { withThreeBrokers } from './own-cluster.ts';

const ROUNDS = 50;
const PATIENCE_MS = 5_000;
const POLL_MS = 20;
const names = (round: number) => Array.from({ length: 12 }, (_, number) => `round-${round}-topic-${number}`);

await withThreeBrokers(async ({ admin, kafka }) => {
  const impatient = kafka.admin();
  await impatient.connect();
  const errors: string[] = [];
  let made = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const topics = names(round).map((topic) => ({ topic, numPartitions: 3, replicationFactor: 3 }));
    try {
      await impatient.createTopics({ topics });
    } catch (error) {
      errors.push((error as { type?: string }).type ?? (error as Error).name);
    }
    const deadline = performance.now() + PATIENCE_MS;
    for (let seen = 0; seen < names(round).length && performance.now() < deadline; await pause(POLL_MS)) {
      const there = await admin.listTopics();
      seen = names(round).filter((name) => there.includes(name)).length;
      if (seen === names(round).length) made += seen;
    }
    await admin.deleteTopics({ topics: names(round) });
  }
  await impatient.disconnect();
  console.log(`${ROUNDS} calls of createTopics with 12 topics each: ${made} of ${ROUNDS * 12} topics were made`);
  console.log(`${errors.length} calls threw: ${[...new Set(errors)].join(', ') || '(none)'}`);
});
