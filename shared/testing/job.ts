// What the grader hands to the workers that run a chapter's checks. Each test file is a lane with a Kafka of its own, which
// it asks for through the job's folder, so that a worker loads while its broker starts.
import fs from 'node:fs';
import path from 'node:path';
import type { KafkaHandle } from '#infra/kafka/kafka.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import type { Compiled } from './compile.ts';
import type { Sandbox } from './sandbox.ts';

export interface Job {
  chapter: string;
  runId: string;
  /** A folder of the run, for everything that the job writes. */
  folder: string;
  programs: Record<string, Compiled>;
  /** Whether the topics of the course are there from the start. */
  topics: boolean;
  /** The only check to run, by its id; all of them without it. */
  only?: string | undefined;
  /** What checks that draw lots draw them from; the same seed makes the same trouble. */
  seed: number;
  /** How programs are kept apart that strangers have written. */
  sandbox?: Sandbox | undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    job: Job;
  }
}

/** A test file, and the name of the process that runs it. */
export interface AskingLane {
  lane: string;
  file: string;
}

/** A Kafka, or why there is none. */
export type KafkaNews = { handle: KafkaHandle } | { error: string };

const KAFKA_LIMIT_MS = 300_000;
const WANTED = '.wanted';

/** Whether a test file asks for a single broker, whatever its chapter's clusters have: `topics.one-broker.test.ts`. */
export function isOneBrokerLane(file: string): boolean {
  return file.endsWith('.one-broker.test.ts');
}

/** Asks for the Kafka of a lane, which runs `file`, and waits for it. Rejects with the reason when it could not start. */
export async function askForKafka({ folder }: Job, { lane, file }: AskingLane): Promise<KafkaHandle> {
  const answer = newsFile(folder, lane);
  writeAtomically(path.join(folder, lane + WANTED), file);
  await waitUntil(() => fs.existsSync(answer), KAFKA_LIMIT_MS, 'Kafka to start');
  const news = JSON.parse(fs.readFileSync(answer, 'utf8')) as KafkaNews;
  if ('error' in news) throw withoutStack(news.error);
  return news.handle;
}

/** An error that is told by its sentence: where in our code it came up says nothing to anybody. */
export function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

/** The lanes that have asked and not been answered. */
export function askingLanes(folder: string): AskingLane[] {
  const asked = fs.readdirSync(folder).filter((name) => name.endsWith(WANTED));
  return asked
    .map((name) => ({ lane: name.slice(0, -WANTED.length), file: fs.readFileSync(path.join(folder, name), 'utf8') }))
    .filter(({ lane }) => !fs.existsSync(newsFile(folder, lane)));
}

export function answerLane(folder: string, lane: string, news: KafkaNews): void {
  writeAtomically(newsFile(folder, lane), JSON.stringify(news));
}

function newsFile(folder: string, lane: string): string {
  return path.join(folder, `${lane}.kafka.json`);
}
