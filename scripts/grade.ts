// npm run grade DIR…: the instructor's grader. Each DIR is a hand-in or a folder of hand-ins.
import fs from 'node:fs';
import path from 'node:path';
import { GuidedError } from '#infra/machine/guided-error.ts';
import { findChapter, provenChapters } from './chapters.ts';
import { readCommandLine } from './command-line.ts';
import { lanesOf } from './grader/lanes.ts';
import { parallelJobs } from './grader/parallel-jobs.ts';
import { EXIT_CODES } from './grader/verdict.ts';
import { findHandIns } from './hand-ins/find.ts';
import { gradeAll } from './hand-ins/grade-all.ts';
import { ISOLATION_TEXT } from './hand-ins/isolation.ts';
import { LiveTable } from './hand-ins/live-table.ts';
import { ungradedIn } from './hand-ins/outcome.ts';
import { writeReport } from './hand-ins/write-report.ts';
import { statusLine, verb } from './terminal.ts';

const OPTIONS = {
  chapter: { type: 'string', multiple: true },
  out: { type: 'string', default: 'report' },
  jobs: { type: 'string' },
  resume: { type: 'boolean', default: false },
  'trust-hand-ins': { type: 'boolean', default: false },
} as const;
/** Options that npm has no use for itself, so that a trace of one means that the `--` was forgotten. */
const NOT_NPMS = ['chapter', 'out', 'resume', 'trust-hand-ins'];
const USAGE = 'npm run grade -- DIR… [--chapter NN]… [--out report] [--jobs N] [--resume] [--trust-hand-ins]';

await verb(async (run) => {
  demandOptions();
  const { values, words } = readCommandLine(USAGE, Infinity, OPTIONS);
  if (words.length === 0) throw new GuidedError('Which hand-ins?', USAGE);
  const chapters = values.chapter ? values.chapter.map(findChapter) : provenChapters();
  const most = Math.max(...chapters.map((chapter) => lanesOf(chapter).length));
  const handIns = findHandIns(words);
  const out = path.resolve(values.out);
  const status = statusLine();
  const table = new LiveTable(chapters);
  const batch = await gradeAll(handIns, {
    run,
    chapters,
    out,
    jobs: jobsOf(values.jobs) ?? parallelJobs(most),
    resume: values.resume,
    trusted: values['trust-hand-ins'],
    onStatus: status.report,
    onHandIns: (judged, isolation) => {
      status.clear();
      console.log(`${judged.length} hand-ins; ${ISOLATION_TEXT[isolation].replace(' ran ', ' runs ')}`);
      table.begin(judged);
    },
    onJob: (judged, chapter, report) => table.job(judged, chapter, report),
  }).finally(status.clear);
  table.end();
  fs.mkdirSync(out, { recursive: true });
  writeReport(batch, out);
  const ungraded = ungradedIn(batch).length;
  if (ungraded > 0)
    console.log(`${ungraded} things could not be graded; index.html lists them, and --resume tries again.`);
  console.log(`The report: ${path.relative(process.cwd(), path.join(out, 'index.html'))}`);
  return ungraded > 0 ? EXIT_CODES['could not grade'] : 0;
});

/** Without `--`, npm takes options for its own and only leaves a trace of them. */
function demandOptions(): void {
  const kept = NOT_NPMS.find((name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined);
  if (kept) throw new GuidedError(`npm has taken --${kept} for an option of its own.`, USAGE);
}

function jobsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new GuidedError(`--jobs wants a whole number of at least 1, and "${text}" is none.`, USAGE);
}
