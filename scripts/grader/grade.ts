// The one way in which anything is judged: `grade(subject, chapter)`.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sentenceOf } from '#infra/machine/file-trouble.ts';
import { GuidedError } from '#infra/machine/guided-error.ts';
import type { Run } from '#infra/machine/run.ts';
import { type Compiled, compile, linkPackages } from '#shared/testing/compile.ts';
import { type AskingLane, answerLane, askingLanes, type Job } from '#shared/testing/job.ts';
import type { Sandbox } from '#shared/testing/sandbox.ts';
import type { Chapter } from '../chapters.ts';
import { BrokerPool, type FreshKafka } from './broker-pool.ts';
import { lanesOf, sizeOf } from './lanes.ts';
import { type ChecksListener, runChecks } from './run-checks.ts';
import { isUntouched, subjectFolder } from './subject.ts';
import { overall, type PartReport, type Report, sum } from './verdict.ts';

export interface GradeOptions extends ChecksListener {
  run: Run;
  /** Told what is being prepared, in a few words. */
  report?: (status: string) => void;
  /** Where brokers come from; without it the job starts its own. */
  pool?: BrokerPool;
  /** Runs the checks even on an untouched starter, for the proof that it is red by them. */
  evenIfUntouched?: boolean;
  /** Runs only the check with this id. */
  only?: string;
  /** How Kafka is had, in place of WORKBOOK_PARTS. */
  parts?: string;
  /** For checks that draw lots, in place of WORKBOOK_SEED; without either each grading draws anew. */
  seed?: number;
  /** How programs are kept apart that strangers have written. */
  sandbox?: Sandbox | undefined;
}

const POLL_MS = 20;

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
  // Another user must get through to the program and to its own folder.
  if (options.sandbox) fs.chmodSync(jobFolder, 0o711);
  try {
    const { checks, parts } = await judge(chapter, folder, jobFolder, options);
    return report(overall(checks), checks, parts);
  } finally {
    fs.rmSync(jobFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

async function judge(chapter: Chapter, source: string, folder: string, options: GradeOptions) {
  const lanes = lanesOf(chapter, options.only);
  const pool = options.pool ?? new BrokerPool(chapter, options);
  const programs = await compilePrograms(chapter, source, folder);
  const runnable = Object.values(programs).every(({ ok }) => ok);
  if (runnable && !options.pool) pool.warm(lanes.slice(0, 1).map((lane) => sizeOf(chapter, lane)));
  const headStart = beginHeadStart();
  const mayBegin = async (lane: string) => (lane === lanes[0] ? undefined : headStart.over);
  const supply = supplyLanes(folder, mayBegin, (lane) => pool.take(sizeOf(chapter, lane)));
  try {
    const { run, only, sandbox, seed = seedFromEnvironment(), onCheck } = options;
    const topics = chapter.topics === 'made';
    const job: Job = { chapter: chapter.folder, runId: run.id, folder, programs, topics, only, seed, sandbox };
    const listener: ChecksListener = {
      ...options,
      onCheck: (check, durationMs) => {
        headStart.end();
        onCheck?.(check, durationMs);
      },
    };
    const checks = await Promise.race([runChecks(job, lanes, listener), supply.broken]);
    return { checks, parts: supply.parts };
  } finally {
    const ended = supply.end();
    headStart.end();
    await ended;
    if (!options.pool) await pool.close();
  }
}

/** Lanes that start together take the cores from each other; the learner waits for the first check of the first one. */
const HEAD_START_MS = 4_000;

function beginHeadStart() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, HEAD_START_MS);
  const end = () => {
    clearTimeout(timer);
    resolve();
  };
  return { over: promise, end };
}

/** WORKBOOK_SEED plays again what a failed check has named. */
function seedFromEnvironment(): number {
  const given = process.env.WORKBOOK_SEED;
  if (given === undefined) return randomInt(1_000_000);
  if (/^\d+$/.test(given)) return Number(given);
  throw new GuidedError(`WORKBOOK_SEED is "${given}", not a whole number.`, 'WORKBOOK_SEED=4711 npm test 05');
}

async function compilePrograms(chapter: Chapter, source: string, jobFolder: string): Promise<Record<string, Compiled>> {
  linkPackages(jobFolder);
  const compiled = chapter.programs.map(async (name) => [
    name,
    await compile(path.join(source, `${name}.ts`), jobFolder),
  ]);
  return Object.fromEntries(await Promise.all(compiled));
}

/** Answers each lane that asks for a Kafka; a Kafka that cannot start is an answer too, and the lane's checks say so. */
function supplyLanes(
  folder: string,
  mayBegin: (file: string) => Promise<void>,
  take: (file: string) => Promise<FreshKafka>,
) {
  const parts: PartReport[] = [];
  const taken: FreshKafka[] = [];
  const stop = new AbortController();
  const supply = async ({ lane, file }: AskingLane) => {
    await mayBegin(file);
    if (stop.signal.aborted) return;
    try {
      const kafka = await take(file);
      taken.push(kafka);
      const { way, version, handle } = kafka.cluster;
      if (parts.length === 0) parts.push({ name: 'kafka', way, version, reason: kafka.reason });
      answerLane(folder, lane, { handle });
    } catch (error) {
      answerLane(folder, lane, { error: sentenceOf(error) ?? (error as Error).message });
    }
  };
  const broken = Promise.withResolvers<never>();
  const begun = new Map<string, Promise<void>>();
  const supplying = (async () => {
    while (!stop.signal.aborted) {
      for (const asking of askingLanes(folder)) {
        if (!begun.has(asking.lane)) begun.set(asking.lane, supply(asking).catch(broken.reject));
      }
      await pause(POLL_MS);
    }
    await Promise.all(begun.values());
  })();
  supplying.catch(broken.reject);
  return {
    parts,
    /** Rejects when lanes cannot be answered, and so would wait in vain: on a disk that is full. */
    broken: broken.promise,
    end: async () => {
      stop.abort();
      await supplying;
      await Promise.all(taken.map(({ cluster }) => cluster.dispose()));
    },
  };
}
