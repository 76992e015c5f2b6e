// `npm run grade`: hand-ins are taken in, judged side by side, and reported.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pMap from 'p-map';
import { $ } from 'zx';
import { brokerJvm } from '#infra/kafka/broker-jvm.ts';
import { hasJava } from '#infra/kafka/java.ts';
import { prepareBroker } from '#infra/kafka/prepared-broker.ts';
import { sentenceOf } from '#infra/machine/file-trouble.ts';
import type { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';
import { isUntouched } from '../grader/subject.ts';
import type { Report } from '../grader/verdict.ts';
import type { HandIn } from './find.ts';
import { takeIn } from './intake.ts';
import { chooseIsolation, type Isolation, scratchFor } from './isolation.ts';
import { type Batch, type Judged, openPoints } from './outcome.ts';
import { Results } from './results.ts';
import { cannotGrade, runJob, TOO_LONG } from './run-job.ts';

export interface GradeAllOptions {
  run: Run;
  chapters: Chapter[];
  out: string;
  /** How many at a time. */
  jobs: number;
  resume: boolean;
  trusted: boolean;
  onStatus: (status: string) => void;
  /** Told of the hand-ins when they are known, then of each job's begin and end; without a report it begins. */
  onJob: (judged: Judged, chapter: Chapter, report?: Report) => void;
  onHandIns: (judged: Judged[], isolation: Isolation) => void;
}

interface Job {
  judged: Judged;
  subject: string;
  chapter: Chapter;
  digest: string;
}

/** Judges every chapter of every hand-in. Throws a GuidedError for a machine that cannot, before anything is judged. */
export async function gradeAll(handIns: HandIn[], options: GradeAllOptions): Promise<Batch> {
  const { run, chapters, out, trusted, onStatus } = options;
  const parts = process.env.WORKBOOK_PARTS || ((await hasJava()) ? 'embedded' : 'docker');
  const isolation = chooseIsolation(trusted, parts);
  const results = new Results(out, options.resume);
  const workbook = await workbookVersion();
  // Once, and not by each job: a job in a namespace could not fetch anything.
  if (parts === 'embedded') await prepareBroker(await brokerJvm(onStatus), run, onStatus);
  const scratch = scratchFor(run, isolation);
  const judged: Judged[] = [];
  const jobs: Job[] = [];
  for (const [index, handIn] of handIns.entries()) {
    onStatus(`taking in ${handIn.name} (${index + 1} of ${handIns.length})`);
    const subject = path.join(scratch, `hand-in-${index}`);
    const one: Judged = { handIn, intake: await takeIn(handIn.place, chapters, subject), reports: new Map() };
    judged.push(one);
    for (const chapter of chapters) {
      const taken = one.intake.chapters[chapter.folder];
      if (!taken) continue;
      const digest = createHash('sha256').update(`${taken.digest} ${workbook} ${isolation}`).digest('hex');
      jobs.push({ judged: one, subject, chapter, digest });
    }
  }
  options.onHandIns(judged, isolation);
  // Where the network is shared, a program could talk to the broker of another hand-in.
  const concurrency = isolation === 'user' ? 1 : options.jobs;
  const slots = Array.from({ length: concurrency }, (_, slot) => slot);
  const work = async (job: Job) => {
    const slot = slots.pop() ?? 0;
    try {
      await judge(job, results, { ...options, isolation, slot, folder: path.join(scratch, `job-${slot}`) });
    } finally {
      slots.push(slot);
    }
  };
  await pMap(jobs, work, { concurrency });
  return { chapters, judged, isolation, workbook, finishedAt: new Date().toISOString() };
}

type Place = GradeAllOptions & { isolation: Isolation; slot: number; folder: string };

async function judge({ judged, subject, chapter, digest }: Job, results: Results, place: Place): Promise<void> {
  const { slug } = judged.handIn;
  const known = results.find(slug, chapter.folder, digest);
  if (!known) place.onJob(judged, chapter);
  const found = known ?? (await judgeTwice(subject, chapter, place));
  // As it was handed in, and not as it was copied.
  const checks = found.checks.map((check) => ({ ...check, evidence: withoutPlace(check.evidence, subject) }));
  const report = { ...found, subject: judged.handIn.name, checks };
  results.save(slug, chapter.folder, { digest, report });
  judged.reports.set(chapter.folder, report);
  place.onJob(judged, chapter, report);
}

/** Evidence without the folder of ours that the hand-in was copied to. */
function withoutPlace(evidence: string, subject: string): string {
  return evidence.replaceAll(`${path.relative(WORKBOOK, subject)}/`, 'labs/').replaceAll(`${subject}/`, 'labs/');
}

/** Once more where the machine was to blame; what more is known from counts. */
async function judgeTwice(subject: string, chapter: Chapter, place: Place): Promise<Report> {
  const first = await judgeOnce(subject, chapter, place);
  const open = first.checks.filter(({ verdict }) => verdict === 'could not grade');
  if (open.length === 0 || open.some(({ evidence }) => evidence === TOO_LONG)) return first;
  const second = await judgeOnce(subject, chapter, place);
  const known = (report: Report) => report.maxPoints - openPoints(report);
  return known(second) >= known(first) ? second : first;
}

/** Whatever is strange about one hand-in, the others go on. */
async function judgeOnce(subject: string, chapter: Chapter, place: Place): Promise<Report> {
  try {
    if (isUntouched(path.join(subject, chapter.folder), chapter)) return untouched(subject, chapter);
    return await runJob(subject, chapter, place);
  } catch (error) {
    return cannotGrade(subject, chapter, sentenceOf(error) ?? (error as Error).message);
  }
}

function untouched(subject: string, { folder }: Chapter): Report {
  const nothing = { points: 0, maxPoints: 0, durationMs: 0, parts: [], checks: [] };
  return { chapter: folder, subject, verdict: 'not attempted', ...nothing };
}

const OF_THE_GRADER = ['chapters', 'infra', 'shared', 'scripts', 'package-lock.json'];

/** The commit, with a digest of what differs from it where the graders are concerned; without git, the version. */
async function workbookVersion(): Promise<string> {
  const { version } = JSON.parse(fs.readFileSync(path.join(WORKBOOK, 'package.json'), 'utf8')) as { version: string };
  const quiet = $({ cwd: WORKBOOK, nothrow: true, quiet: true });
  const commit = await quiet`git rev-parse --short=12 HEAD`;
  if (commit.exitCode !== 0) return version;
  const changes = await quiet`git diff HEAD -- ${OF_THE_GRADER}`;
  const added = await quiet`git ls-files --others --exclude-standard -- ${OF_THE_GRADER}`;
  const files = added.stdout.split('\n').filter((file) => file !== '');
  if (changes.stdout === '' && files.length === 0) return `${version} at ${commit.stdout.trim()}`;
  const hash = createHash('sha256').update(changes.stdout);
  for (const file of files) hash.update(`${file}\0`).update(fs.readFileSync(path.join(WORKBOOK, file)));
  return `${version} at ${commit.stdout.trim()}, with changes (${hash.digest('hex').slice(0, 8)})`;
}
