// One record, as a page has written it.
import type { Admin, Kafka } from 'kafkajs';
import { partitionsOf } from '../../kafka-tool/topics.ts';
import type { ProduceCommand } from './commands.ts';

/** Stores a record and returns its place. Throws a GuidedError when there is no such topic. */
export async function produceRecord(kafka: Kafka, admin: Admin, command: ProduceCommand): Promise<string> {
  const { topic, partition, key, value, headers } = command;
  await partitionsOf(admin, topic);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    const message = {
      value,
      headers,
      ...(key !== undefined && { key }),
      ...(partition !== undefined && { partition }),
    };
    const [stored] = await producer.send({ topic, messages: [message] });
    return `${topic}[${stored?.partition}]@${stored?.baseOffset}`;
  } finally {
    await producer.disconnect();
  }
}
