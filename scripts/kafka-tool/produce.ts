// `npm run kafka produce TOPIC`: one record from the command line or a file, or one a line of stdin.
import fs from 'node:fs';
import readline from 'node:readline';
import type { Kafka, Message } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Options, pairs, whole, wrongCall } from './arguments.ts';
import { withAdmin } from './connection.ts';
import { partitionsOf } from './topics.ts';

export async function produce(kafka: Kafka, topic: string, value: string | undefined, options: Options): Promise<void> {
  const { key } = options;
  const partition = whole('partition', options.partition, 0);
  const facts = {
    headers: pairs('header', options.header),
    ...(key !== undefined && { key }),
    ...(partition !== undefined && { partition }),
  };
  const records = recordsFrom(value, options);
  // A topic that does not exist is a sentence, and not a topic that springs from a typing error.
  await withAdmin(kafka, (admin) => partitionsOf(admin, topic));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for await (const record of records) {
      const [stored] = await producer.send({ topic, messages: [{ ...facts, ...record }] });
      console.log(`${topic}[${stored?.partition}]@${stored?.baseOffset}`);
    }
  } finally {
    await producer.disconnect();
  }
}

type Record = Pick<Message, 'key' | 'value'>;

/** The values, and the keys that stand beside them. Throws a GuidedError when there is more than one source of them. */
function recordsFrom(value: string | undefined, options: Options): Record[] | AsyncIterable<Record> {
  const { file, null: tombstone, key, 'key-separator': separator } = options;
  const sources = [value, file, tombstone].filter((source) => source !== undefined);
  if (sources.length > 1) throw wrongCall('A record has one value: VALUE, --file or --null.');
  if (separator !== undefined && (sources.length > 0 || key !== undefined || separator === ''))
    throw wrongCall('--key-separator parts the lines of stdin, so that there is neither a VALUE nor a --key.');
  if (tombstone) return [{ value: null }];
  if (file !== undefined) return [{ value: contentOf(file) }];
  if (value !== undefined) return [{ value }];
  return linesOf(process.stdin, separator);
}

function contentOf(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new GuidedError(`${file} cannot be read (${code}).`, 'name a file that is there and may be read.');
  }
}

async function* linesOf(input: NodeJS.ReadableStream, separator: string | undefined): AsyncIterable<Record> {
  for await (const line of readline.createInterface({ input })) {
    const at = separator === undefined ? -1 : line.indexOf(separator);
    if (separator !== undefined && at < 0)
      throw new GuidedError(
        `"${line}" has no "${separator}".`,
        'give each line its key, or leave out --key-separator.',
      );
    yield separator === undefined
      ? { value: line }
      : { key: line.slice(0, at), value: line.slice(at + separator.length) };
  }
}
