// The report of a batch as files: pages for people, JSON and CSV for gradebooks.
import fs from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '#infra/maven/artifacts.ts';
import { classPage } from './class-page.ts';
import { learnerPage } from './learner-page.ts';
import { type Batch, cellOf, ungradedIn } from './outcome.ts';

/** Writes index.html, learners/, results.json and grades.csv into a folder. */
export function writeReport(batch: Batch, out: string): void {
  const learners = path.join(out, 'learners');
  fs.mkdirSync(learners, { recursive: true });
  // Those of an earlier batch; whatever else lies there is not ours.
  for (const page of fs.globSync('*.html', { cwd: learners })) fs.rmSync(path.join(learners, page));
  for (const judged of batch.judged)
    writeAtomically(path.join(learners, `${judged.handIn.slug}.html`), learnerPage(batch, judged));
  writeAtomically(path.join(out, 'results.json'), `${JSON.stringify(asData(batch), null, 2)}\n`);
  writeAtomically(path.join(out, 'grades.csv'), asCsv(batch));
  writeAtomically(path.join(out, 'index.html'), classPage(batch));
  giveBack(out);
}

/** Under sudo the report is to be that of the person who has asked for it. */
function giveBack(out: string): void {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (process.getuid?.() !== 0 || !SUDO_UID || !SUDO_GID) return;
  const ours = OURS.map((name) => path.join(out, name)).filter((place) => fs.existsSync(place));
  const below = ours
    .filter((place) => fs.statSync(place).isDirectory())
    .flatMap((folder) => fs.globSync('**/*', { cwd: folder }).map((name) => path.join(folder, name)));
  const isOurs = fs.readdirSync(out).every((name) => OURS.includes(name));
  for (const place of [...(isOurs ? [out] : []), ...ours, ...below])
    fs.lchownSync(place, Number(SUDO_UID), Number(SUDO_GID));
}

/** What a batch writes. */
const OURS = ['index.html', 'learners', 'results', 'results.json', 'grades.csv'];

function asData(batch: Batch) {
  const { isolation, workbook, finishedAt } = batch;
  const handIns = batch.judged.map((judged) => ({
    name: judged.handIn.name,
    trouble: judged.intake.trouble,
    leftOut: judged.intake.leftOut,
    changedElsewhere: judged.intake.changedElsewhere,
    chapters: batch.chapters.map(({ folder }) => ({
      chapter: folder,
      ...cellOf(batch, judged, folder),
      checks: judged.reports.get(folder)?.checks ?? [],
    })),
  }));
  return { workbook, finishedAt, isolation, handIns, couldNotGrade: ungradedIn(batch) };
}

const COLUMNS = ['hand-in', 'chapter', 'verdict', 'points', 'open points', 'of', 'reason'];

/** RFC 4180, a line for each hand-in and chapter. */
function asCsv(batch: Batch): string {
  const rows = batch.judged.flatMap((judged) =>
    batch.chapters.map(({ folder }) => {
      const { verdict, points, open, maxPoints, reason } = cellOf(batch, judged, folder);
      return [judged.handIn.name, folder, verdict, points, open, maxPoints ?? '', reason];
    }),
  );
  return [COLUMNS, ...rows].map((row) => `${row.map((value) => field(String(value))).join(',')}\r\n`).join('');
}

/** A spreadsheet takes what begins with one of these for a formula, and a hand-in's name is somebody else's text. */
const FORMULA = /^[=+\-@\t\r]/;

function field(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
