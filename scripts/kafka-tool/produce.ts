// `npm run kafka produce TOPIC`: one record from the command line, or one a line of stdin.
import readline from 'node:readline';
import type { Kafka } from 'kafkajs';
import { type Options, pairs, whole } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { partitionsOf } from './topics.ts';

export async function produce(kafka: Kafka, topic: string, value: string | undefined, options: Options): Promise<void> {
  const { key } = options;
  const headers = pairs('header', options.header);
  const partition = whole('partition', options.partition, 0);
  // A topic that does not exist is a sentence, and not a topic that springs from a typing error.
  await withAdmin(kafka, (admin) => partitionsOf(admin, topic));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    const values = value === undefined ? readline.createInterface({ input: process.stdin }) : [value];
    for await (const text of values) {
      const message = {
        value: text,
        headers,
        ...(key !== undefined && { key }),
        ...(partition !== undefined && { partition }),
      };
      const [stored] = await producer.send({ topic, messages: [message] });
      console.log(`${topic}[${stored?.partition}]@${stored?.baseOffset}`);
    }
  } finally {
    await producer.disconnect();
  }
}
