// Runs of the program `topics`, and what they come to.
import { stripVTControlCharacters } from 'node:util';
import { CheckFailed, demand } from '#shared/testing/demand.ts';
import { describeExit } from '#shared/testing/service.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { NOT_DONE_YET } from '#shared/todo.ts';
import { topicsNow } from './cluster.ts';

/** Far more than kafkajs's own retries take. */
const RUN_LIMIT_MS = 40_000;
const MOST_LINES = 8;

export interface Outcome {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** The command and what it printed, for evidence. */
  told: string;
}

/** Runs `topics` with arguments, and waits for its end. */
export async function topics(
  bench: Workbench,
  args: string[],
  environment: Environment = {},
  limitMs = RUN_LIMIT_MS,
): Promise<Outcome> {
  const program = bench.run('topics', { ...bench.kafka.environment, ...environment }, args);
  const exit = await program.waitForExit(limitMs).catch(() => undefined);
  const { stdout, stderr } = program;
  const set = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''} `);
  const how = exit ? describeExit(exit) : `still running after ${limitMs / 1000} s`;
  const told = [`$ ${set.join('')}topics ${args.join(' ')}`, ...said('stdout', stdout), ...said('stderr', stderr), how];
  if (!exit) throw new CheckFailed('the program ends when its job is done.', told.join('\n'));
  return { code: exit.code, stdout, stderr, told: told.join('\n') };
}

function said(stream: string, text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const more = lines.length > MOST_LINES ? [`  (${lines.length - MOST_LINES} lines before)`] : [];
  return text.trim() === '' ? [] : [`${stream}:`, ...more, ...lines.slice(-MOST_LINES).map((line) => `  ${line}`)];
}

/**
 * kafkajs's `createTopics` waits for leaders by default, and asks a broker that may not have heard of the topics yet: on three
 * busy brokers most calls throw this although all topics were made. Running again is what such a program's user does.
 */
const NOT_HEARD_OF_YET =
  /UNKNOWN_TOPIC_OR_PARTITION|does not host this topic-partition|LEADER_NOT_AVAILABLE|middle of a leadership election|waiting for topic leaders/;
/** Each of them makes a few more, if a topic at a time. */
const MOST_RUNS = 13;
/** Runs in a row without a new topic. Every broker knows by then what there is, so one that gets on has succeeded. */
const MOST_IDLE_RUNS = 2;

/** `topics create`, again as long as it has only asked too early for what it has made. */
export async function create(bench: Workbench, environment: Environment = {}): Promise<Outcome> {
  let outcome = await topics(bench, ['create'], environment);
  let [known, idle] = [0, 0];
  for (let run = 1; run < MOST_RUNS && hasAskedTooEarly(outcome); run++) {
    const { size } = await topicsNow(bench);
    idle = size > known ? 0 : idle + 1;
    if (idle === MOST_IDLE_RUNS) break;
    known = size;
    outcome = await topics(bench, ['create'], environment);
  }
  return outcome;
}

function hasAskedTooEarly({ code, stdout, stderr }: Outcome): boolean {
  return code !== 0 && NOT_HEARD_OF_YET.test(`${stdout}\n${stderr}`);
}

export function demandSuccess({ code, told }: Outcome, expected = 'exit code 0.'): void {
  demand(code === 0, expected, () => told);
}

/** Fails the check unless the program refused. A crash by a signal is no refusal, nor is a task that is still to be done. */
export function demandRefusal({ code, stderr, told }: Outcome, expected: string): void {
  demand(code !== 0 && code !== null, expected, () => told);
  const task = stderr.split('\n').find((line) => line.startsWith(NOT_DONE_YET));
  demand(!task, 'a refusal, and not a program that is not done yet.', () => told);
}

/**
 * Whether a text names a topic, as a word, a partition (`orders.created-0`) or part of a path (`topics.orders.created.retention`),
 * and not only its dead-letter topic.
 */
export function names(text: string, topic: string): boolean {
  const literal = topic.replaceAll('.', '\\.');
  // In colour it is the same name.
  return new RegExp(`(?<!\\w)${literal}(?!\\w|\\.dlq(?!\\w))`).test(stripVTControlCharacters(text));
}
