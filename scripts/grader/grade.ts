// The one way in which anything is judged: `grade(subject, chapter)`.
import fs from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '#infra/kafka/choose.ts';
import type { ClientConfig } from '#infra/kafka/client-config.ts';
import type { KafkaCluster } from '#infra/kafka/kafka.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { reservePorts } from '#infra/machine/ports.ts';
import type { Run } from '#infra/machine/run.ts';
import { deadLetterTopic, PARTITIONS, TOPICS } from '#shared/events/topics.ts';
import { type Compiled, compile, linkPackages } from '#shared/testing/compile.ts';
import { announceKafka } from '#shared/testing/job.ts';
import type { Chapter } from '../chapters.ts';
import { type ChecksListener, runChecks } from './run-checks.ts';
import { isUntouched, subjectFolder } from './subject.ts';
import { overall, type PartReport, type Report, sum } from './verdict.ts';

export interface GradeOptions extends ChecksListener {
  run: Run;
  /** Told what is being prepared, in a few words. */
  report?: (status: string) => void;
  /** Runs the checks even on an untouched starter, for the proof that it is red by them. */
  evenIfUntouched?: boolean;
  /** Runs only the check with this id. */
  only?: string;
}

/** Judges the programs of one chapter in one subject directory. Throws a GuidedError only for a wrong call. */
export async function grade(subject: string, chapter: Chapter, options: GradeOptions): Promise<Report> {
  const start = performance.now();
  const folder = subjectFolder(subject, chapter);
  const report = (verdict: Report['verdict'], checks: Report['checks'], parts: PartReport[]): Report => ({
    chapter: chapter.folder,
    subject,
    verdict,
    points: sum(checks.map(({ points }) => points)),
    maxPoints: sum(checks.map(({ maxPoints }) => maxPoints)),
    durationMs: Math.round(performance.now() - start),
    parts,
    checks,
  });
  if (!options.evenIfUntouched && isUntouched(folder, chapter)) return report('not attempted', [], []);

  const jobFolder = options.run.makeFolder(`job-${chapter.folder}`);
  try {
    const programs = await compilePrograms(chapter, folder, jobFolder);
    const runnable = Object.values(programs).every(({ ok }) => ok);
    const parts = runnable ? provideKafka(chapter, jobFolder, options) : Promise.resolve(undefined);
    const { only } = options;
    const job = { chapter: chapter.folder, runId: options.run.id, folder: jobFolder, programs, only };
    const checks = await runChecks(job, options);
    const kafka = await parts;
    await kafka?.cluster?.dispose();
    return report(overall(checks), checks, kafka ? [kafka.part] : []);
  } finally {
    fs.rmSync(jobFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

async function compilePrograms(chapter: Chapter, source: string, jobFolder: string): Promise<Record<string, Compiled>> {
  linkPackages(jobFolder);
  const compiled = chapter.programs.map(async (name) => [
    name,
    await compile(path.join(source, `${name}.ts`), jobFolder),
  ]);
  return Object.fromEntries(await Promise.all(compiled));
}

/** Starts the job's broker and its topics, and tells the worker; never rejects: the worker's checks say what went wrong. */
async function provideKafka(chapter: Chapter, jobFolder: string, { run, report = () => {} }: GradeOptions) {
  let cluster: KafkaCluster | undefined;
  try {
    const brokers = chapter.needs === 'kafka x3' ? 3 : 1;
    // Programs are sent to the tap, which the worker opens on these ports.
    const advertisedPorts = await reservePorts(run, brokers);
    const started = await startKafka({ run, brokers, advertisedPorts, report }, { allowExternal: false });
    cluster = started.cluster;
    await createTopics({ brokers: cluster.directBrokers });
    announceKafka(jobFolder, { handle: cluster.handle });
    return { cluster, part: { name: 'kafka', way: cluster.way, version: cluster.version, reason: started.reason } };
  } catch (error) {
    const { message } = error as Error;
    const sentence = error instanceof GuidedError ? `${message}\nNext: ${error.next}` : message;
    announceKafka(jobFolder, { error: sentence });
    return { cluster, part: { name: 'kafka', way: 'none', version: 'none', reason: sentence } };
  }
}

/** The six topics of the course and a dead-letter topic for each. */
export async function createTopics(connection: ClientConfig): Promise<void> {
  const admin = new Kafka({ ...connection, clientId: 'workbook-setup', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = [...TOPICS, ...TOPICS.map(deadLetterTopic)];
  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS })),
    waitForLeaders: true,
  });
  await admin.disconnect();
}
