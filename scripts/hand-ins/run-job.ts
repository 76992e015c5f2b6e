// One job, seen from the grader: a process that is watched, ended when it takes too long, and survived when it crashes.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { signalGroup } from '#infra/machine/process-identity.ts';
import { leadersNaming } from '#infra/machine/process-search.ts';
import type { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { Output } from '#shared/testing/output.ts';
import type { Chapter } from '../chapters.ts';
import type { CheckReport, Report } from '../grader/verdict.ts';
import { cacheForJob, type Isolation, isolated, sweepAfter, uidOf } from './isolation.ts';

/** What a job is told. */
export interface JobOrder {
  subject: string;
  chapter: string;
  /** The user of the hand-in's programs; without one they run as the grader does. */
  uid?: number | undefined;
  /** Where the report goes. */
  result: string;
}

export interface JobPlace {
  run: Run;
  /** A folder for this job alone; it is removed. */
  folder: string;
  isolation: Isolation;
  /** Which of the places of the pool it has. */
  slot: number;
}

/** Longer than any chapter takes on a busy machine. */
const LIMIT_MS = 1_800_000;
/** The most that a job may have on the disk, in bytes: brokers' logs, programs' files. */
const DISK_LIMIT = 3e9;
const DISK_LOOK_MS = 2_000;
/** How `cannotGrade` says it where another try would take as long again. */
export const TOO_LONG = `it did not end within ${LIMIT_MS / 60_000} minutes`;
const FLOODED = `it has written more than ${DISK_LIMIT / 1e9} GB`;

/** Judges one chapter of a subject. A process that crashed or was ended is a report that says `could not grade`. */
export async function runJob(subject: string, chapter: Chapter, place: JobPlace): Promise<Report> {
  const { run, folder, isolation, slot } = place;
  fs.mkdirSync(folder, { mode: 0o711 });
  const uid = isolation === 'none' ? undefined : uidOf(slot);
  const order: JobOrder = { subject, chapter: chapter.folder, uid, result: path.join(folder, 'report.json') };
  const orderFile = path.join(folder, 'order.json');
  fs.writeFileSync(orderFile, JSON.stringify(order));
  try {
    const trouble = await watched(command(orderFile), place, run);
    if (fs.existsSync(order.result)) return JSON.parse(fs.readFileSync(order.result, 'utf8')) as Report;
    return trouble === FLOODED ? flooded(subject, chapter) : cannotGrade(subject, chapter, trouble);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    if (uid !== undefined) await sweepAfter(uid);
  }
}

function command(orderFile: string): string[] {
  const flags = [
    '--disable-sigusr1',
    '--disable-warning=TimeoutNegativeWarning',
    '--disable-warning=ExperimentalWarning',
  ];
  const loader = path.join(WORKBOOK, 'node_modules', 'tsx', 'dist', 'esm', 'index.mjs');
  return [
    process.execPath,
    ...flags,
    '--use-system-ca',
    `--import=${loader}`,
    path.join(import.meta.dirname, 'job.ts'),
    orderFile,
  ];
}

/** Runs a job's process to its end, and returns how that came about. */
async function watched(words: string[], { folder, isolation }: JobPlace, run: Run): Promise<string> {
  const [file = '', ...args] = isolated(words, isolation);
  const { NODE_ENV: _, NODE_OPTIONS: __, VITEST: ___, ...env } = process.env;
  const parts = isolation === 'namespaces' ? { WORKBOOK_PARTS: 'embedded' } : {};
  const child = spawn(file, args, {
    cwd: WORKBOOK,
    detached: true,
    env: { ...env, ...parts, WORKBOOK_CACHE: cacheForJob(folder) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const group = run.adopt(child);
  const said = new Output();
  child.stderr.setEncoding('utf8').on('data', said.taker());
  let reason: string | undefined;
  const end = (why: string) => {
    reason ??= why;
    signalGroup(group, 'SIGKILL');
  };
  const timer = setTimeout(() => end(TOO_LONG), LIMIT_MS);
  const disk = setInterval(() => {
    if (bytesBelow(folder, DISK_LIMIT) >= DISK_LIMIT) end(FLOODED);
  }, DISK_LOOK_MS);
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  clearTimeout(timer);
  clearInterval(disk);
  // Without namespaces, brokers and programs are in groups of their own, and outlive a job that has crashed.
  for (const leader of leadersNaming(folder)) signalGroup(leader, 'SIGKILL');
  return reason ?? `the job's process ended with ${how}: ${said.text.trim().split('\n').slice(-5).join('\n')}`;
}

/** The size of all files of a folder, as far as a limit. */
function bytesBelow(folder: string, limit: number): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined && bytes < limit; next = waiting.pop()) {
    for (const entry of list(next)) {
      const place = path.join(next, entry.name);
      if (entry.isDirectory()) waiting.push(place);
      // Every file takes a block, so that a million of empty ones are not for nothing.
      else if (entry.isFile())
        bytes += Math.max(4_096, (fs.lstatSync(place, { throwIfNoEntry: false })?.blocks ?? 0) * 512);
    }
  }
  return bytes;
}

function list(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // it has just been removed
  }
}

/** The report of a job that has come to nothing, with the reason. */
export function cannotGrade(subject: string, chapter: Chapter, reason: string): Report {
  const title = 'the grader has come to an end';
  return reportOf(subject, chapter, { id: 'grader', title, verdict: 'could not grade', evidence: reason });
}

/** No right program fills the disk, so that this is its own doing and not the machine's. */
function flooded(subject: string, chapter: Chapter): Report {
  const title = `the programs and what they publish take up less than ${DISK_LIMIT / 1e9} GB`;
  return reportOf(subject, chapter, { id: 'limits', title, verdict: 'failed', evidence: FLOODED });
}

function reportOf(
  subject: string,
  { folder }: Chapter,
  check: Pick<CheckReport, 'id' | 'title' | 'verdict' | 'evidence'>,
): Report {
  const nothing = { points: 0, maxPoints: 0, durationMs: 0, parts: [] };
  const checks = [{ points: 0, maxPoints: 0, why: '', next: '', ...check }];
  return { chapter: folder, subject, verdict: check.verdict, ...nothing, checks };
}
