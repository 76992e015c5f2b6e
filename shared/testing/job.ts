// What the grader hands to the worker that runs a chapter's checks. The Kafka arrives later, as a file in the job's folder,
// so that the worker loads while the broker starts.
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
}

declare module 'vitest' {
  interface ProvidedContext {
    job: Job;
  }
}

type KafkaNews = { handle: KafkaHandle } | { error: string };

const KAFKA_LIMIT_MS = 300_000;

/** Tells the worker that the job's Kafka is there, or why it is not. */
export function announceKafka(folder: string, news: KafkaNews): void {
  writeAtomically(newsFile(folder), JSON.stringify(news));
}

/** Waits for the job's Kafka. Rejects with the reason when it could not start. */
export async function awaitKafka(folder: string): Promise<KafkaHandle> {
  await waitUntil(() => fs.existsSync(newsFile(folder)), KAFKA_LIMIT_MS, 'Kafka to start');
  const news = JSON.parse(fs.readFileSync(newsFile(folder), 'utf8')) as KafkaNews;
  if ('error' in news) throw new Error(news.error);
  return news.handle;
}

function newsFile(folder: string): string {
  return path.join(folder, 'kafka.json');
}
