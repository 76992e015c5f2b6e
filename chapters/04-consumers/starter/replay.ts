// replay T.dlq: gives dead letters back to the topic that they came from, each once. Its memory is the log itself: what lies
// before the offsets that its own group has committed was dealt with by an earlier run.
import type { KafkaMessage, Message } from 'kafkajs';
import { kafkaFromEnvironment } from '#shared/kafka/connect.ts';
import { originalHeaders, originOf } from '#shared/kafka/dead-letters.ts';
import { Publisher } from '#shared/kafka/publisher.ts';
import { logOnStderr } from '#shared/log.ts';
import { notDoneYet } from '#shared/todo.ts';
import { LetterBox } from './letter-box.ts';

const log = logOnStderr();
const kafka = kafkaFromEnvironment('replay', log, {
  requestTimeout: 3_000,
  retry: { maxRetryTime: 1_000, retries: 8 },
});

const [topic = ''] = process.argv.slice(2);
if (!topic.endsWith('.dlq')) {
  console.error('replay takes a dead-letter topic: replay orders.created.dlq');
  process.exit(1);
}

try {
  console.log(JSON.stringify({ topic, replayed: await replayAll() }));
  process.exit(0);
} catch (error) {
  log.error(`not everything was replayed: ${(error as Error).message}. It is safe to run it again.`);
  process.exit(1);
}

/** Republishes what no run has republished yet. Returns how many letters that were. */
async function replayAll(): Promise<number> {
  const box = await LetterBox.open(kafka, topic);
  const publisher = new Publisher(kafka);
  const done = new Set(box.dealtWith.map(({ message }) => originOf(message)));
  const count = 0;
  // TODO 6: publish each fresh letter as replayed() makes it, unless a letter of the same origin was published before, in this
  // run or in an earlier one. Note a letter as dealt with when the broker has what was to be published for it, and count (with
  // let).
  notDoneYet('TODO 6: republish each dead letter once');
  await Promise.all([publisher.close(), box.close()]);
  return count;
}

function topicOf({ headers }: KafkaMessage): string {
  return headers?.['dlq-topic']?.toString() ?? topic.replace(/\.dlq$/, '');
}

/** The record as it was before it became a dead letter, and how often it has come this way. */
function replayed(letter: KafkaMessage): Message {
  // TODO 6: its key and value, its original headers, and in replay-count how often it has been replayed, this time included.
  return notDoneYet('TODO 6: make the record that a dead letter was');
}
