// What the grader hands to the workers that run a chapter's checks. Each test file is a lane with a Kafka of its own, which
// it asks for through the job's folder, so that a worker loads while its broker starts.
import fs from 'node:fs';
import path from 'node:path';
import type { KafkaHandle } from '#infra/kafka/kafka.ts';
import { waitUntil } from '#infra/machine/wait-until.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import type { Compiled } from './compile.ts';

export interface Job {
  chapter: string;
  runId: string;
  /** A folder of the run, for everything that the job writes. */
  folder: string;
  programs: Record<string, Compiled>;
  /** The only check to run, by its id; all of them without it. */
  only?: string | undefined;
  /** What checks that draw lots draw them from; the same seed makes the same trouble. */
  seed: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    job: Job;
  }
}

/** A Kafka, or why there is none. */
export type KafkaNews = { handle: KafkaHandle } | { error: string };

const KAFKA_LIMIT_MS = 300_000;
const WANTED = '.wanted';

/** Asks for the lane's Kafka and waits for it. Rejects with the reason when it could not start. */
export async function askForKafka({ folder }: Job, lane: string): Promise<KafkaHandle> {
  const answer = newsFile(folder, lane);
  fs.writeFileSync(path.join(folder, lane + WANTED), '');
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
export function askingLanes(folder: string): string[] {
  const lanes = fs.readdirSync(folder).filter((file) => file.endsWith(WANTED));
  return lanes.map((file) => file.slice(0, -WANTED.length)).filter((lane) => !fs.existsSync(newsFile(folder, lane)));
}

export function answerLane(folder: string, lane: string, news: KafkaNews): void {
  writeAtomically(newsFile(folder, lane), JSON.stringify(news));
}

function newsFile(folder: string, lane: string): string {
  return path.join(folder, `${lane}.kafka.json`);
}
