// The commands of `npm run kafka`; a wrong call lists the right ones.
import type { Kafka } from 'kafkajs';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { type Options, readWords, wrongCall } from './arguments.ts';
import { findKafka } from './connection.ts';
import { consume } from './consume.ts';
import { listGroups, showGroup, showLag } from './groups.ts';
import { inspectRecord } from './inspect.ts';
import { load } from './load.ts';
import { produce } from './produce.ts';
import { resetGroup } from './reset.ts';
import { alterTopic, createTopic, deleteTopic, describeTopic, listTopics } from './topics.ts';

type Command = (kafka: Kafka) => Promise<void>;

/** Runs a command against the lab that is up, or the cluster of KAFKA_BROKERS. Returns the exit code. */
export async function kafkaTool(argv: string[]): Promise<number> {
  const { words, options } = readWords(argv, process.env);
  const command = commandOf(words, options);
  try {
    await command(findKafka(process.env));
    return 0;
  } catch (error) {
    throw guided(error as Error);
  }
}

function commandOf([noun, ...rest]: string[], options: Options): Command {
  if (noun === 'produce' && (rest.length === 1 || rest.length === 2)) {
    const [topic = '', value] = rest;
    return (kafka) => produce(kafka, topic, value, options);
  }
  if (noun === 'consume' && rest.length === 1) {
    const [topic = ''] = rest;
    return (kafka) => consume(kafka, topic, options);
  }
  if (noun === 'inspect' && rest.length === 3) {
    const [topic = '', ...place] = rest;
    return (kafka) => inspectRecord(kafka, topic, place);
  }
  if (noun === 'load' && rest.length === 1) {
    const [topic = ''] = rest;
    return (kafka) => load(kafka, topic, options);
  }
  if (noun === 'topics') return topicsCommand(rest, options);
  if (noun === 'groups') return groupsCommand(rest);
  if (noun === 'lag' && rest.length > 0) {
    const [group = '', ...topics] = rest;
    return (kafka) => showLag(kafka, group, topics);
  }
  if (noun === 'reset' && rest.length === 2) {
    const [group = '', topic = ''] = rest;
    return (kafka) => resetGroup(kafka, group, topic, options);
  }
  throw wrongCall(noun === undefined ? 'Which command?' : `"${[noun, ...rest].join(' ')}" is not a command.`);
}

function topicsCommand(words: string[], options: Options): Command {
  const [verb, topic = ''] = words;
  switch (`${verb} ${words.length}`) {
    case 'list 1':
      return (kafka) => listTopics(kafka);
    case 'create 2':
      return (kafka) => createTopic(kafka, topic, options);
    case 'describe 2':
      return (kafka) => describeTopic(kafka, topic);
    case 'alter 2':
      return (kafka) => alterTopic(kafka, topic, options);
    case 'delete 2':
      return (kafka) => deleteTopic(kafka, topic);
    default:
      throw wrongCall(`"topics ${words.join(' ')}" is not a command.`);
  }
}

function groupsCommand(words: string[]): Command {
  const [verb = 'list', group = ''] = words;
  if (verb === 'list' && words.length <= 1) return listGroups;
  if (verb === 'describe' && words.length === 2) return (kafka) => showGroup(kafka, group);
  throw wrongCall(`"groups ${words.join(' ')}" is not a command.`);
}

/** What Kafka or kafkajs says, as a sentence of ours; a defect of ours stays what it is. */
function guided(error: Error & { errors?: Error[] }): Error {
  if (!error.name.startsWith('KafkaJS')) return error;
  const reasons = (error.errors ?? [error]).map(({ message }) => message.replace(/\.$/, '')).join('; ');
  // A broker that says no each time was reached; kafkajs wraps its last answer.
  const answered = (error.cause as Error | undefined)?.name === 'KafkaJSProtocolError';
  const unreachable = ['KafkaJSNumberOfRetriesExceeded', 'KafkaJSConnectionError'].includes(error.name);
  return unreachable && !answered
    ? new GuidedError(
        `Kafka cannot be reached: ${reasons}.`,
        'see whether its brokers are up, and where KAFKA_BROKERS leads.',
      )
    : new GuidedError(`Kafka refuses: ${reasons}.`, 'npm run kafka topics list shows what is there.');
}
