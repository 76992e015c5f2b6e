// What a batch comes to: the hand-ins, and for each chapter what its report says in one line.
import type { Report } from '../grader/verdict.ts';
import { sum } from '../grader/verdict.ts';
import type { HandIn } from './find.ts';
import type { Intake } from './intake.ts';
import type { Isolation } from './isolation.ts';

export interface Judged {
  handIn: HandIn;
  intake: Intake;
  /** By the chapter's folder; a chapter that the hand-in does not have is not there. */
  reports: Map<string, Report>;
}

export interface Batch {
  /** The chapters of the matrix, by their folders. */
  chapters: { folder: string; title: string }[];
  judged: Judged[];
  isolation: Isolation;
  /** The version of the workbook that graded. */
  workbook: string;
  /** ISO 8601. */
  finishedAt: string;
}

/** One cell of the matrix. */
export interface Cell {
  verdict: Report['verdict'];
  points: number;
  /** Points of checks that could not be graded: neither earned nor lost. */
  open: number;
  /** What could be earned; unknown where nobody's programs of the chapter came to be graded. */
  maxPoints: number | undefined;
  /** In a few words, for somebody who asks for the reason of these points. */
  reason: string;
}

/** Why something could not be graded. */
export interface Ungraded {
  handIn: string;
  chapter: string;
  reason: string;
}

export function cellOf(batch: Batch, { intake, reports }: Judged, chapter: string): Cell {
  const maxPoints = mostPoints(batch, chapter);
  const report = reports.get(chapter);
  const refused = intake.trouble ?? intake.refusedChapters[chapter];
  if (!report && refused)
    return { verdict: 'could not grade', points: 0, open: maxPoints ?? 0, maxPoints, reason: refused };
  if (!report) return { verdict: 'not attempted', points: 0, open: 0, maxPoints, reason: 'not handed in' };
  const { verdict, points, checks } = report;
  // Checks that were never begun, because their process died, are not in the report.
  const missing = checks.some(({ id }) => id === 'grader') ? Math.max(0, (maxPoints ?? 0) - report.maxPoints) : 0;
  const open = openPoints(report) + missing;
  const failed = checks.filter((check) => check.verdict === 'failed');
  const reasons: Record<Report['verdict'], string> = {
    passed: 'every check has passed',
    failed: `${failed.length} of ${checks.length} checks failed: ${failed.map(({ id }) => id).join(', ')}`,
    'not attempted': 'handed in as it was shipped',
    'could not grade': `could not be graded: ${firstLine(checks.find((check) => check.verdict === verdict)?.evidence)}`,
  };
  return { verdict, points, open, maxPoints, reason: reasons[verdict] };
}

/** The sum over the chapters; open points are told apart, because they are not lost. */
export function totalOf(cells: Cell[]): Pick<Cell, 'points' | 'open' | 'maxPoints'> {
  const of = (value: (cell: Cell) => number) => sum(cells.map(value));
  return {
    points: of(({ points }) => points),
    open: of(({ open }) => open),
    maxPoints: of((cell) => cell.maxPoints ?? 0),
  };
}

/** Everything that could not be graded, with the reason, hand-in by hand-in. */
export function ungradedIn(batch: Batch): Ungraded[] {
  return batch.judged.flatMap(({ handIn, intake, reports }) => {
    if (intake.trouble) return [{ handIn: handIn.name, chapter: '(all)', reason: intake.trouble }];
    const refused = Object.entries(intake.refusedChapters);
    const checks = [...reports].flatMap(([chapter, report]) =>
      report.checks
        .filter(({ verdict }) => verdict === 'could not grade')
        .map(({ id, evidence }) => ({ handIn: handIn.name, chapter, reason: `${id}: ${firstLine(evidence)}` })),
    );
    return [...refused.map(([chapter, reason]) => ({ handIn: handIn.name, chapter, reason })), ...checks];
  });
}

/** A chapter's points are the same for everybody whose programs were run. */
function mostPoints({ judged }: Batch, chapter: string): number | undefined {
  const all = judged.map(({ reports }) => reports.get(chapter)?.maxPoints ?? 0);
  const most = Math.max(0, ...all);
  return most > 0 ? most : undefined;
}

/** The points of checks that could not be graded. */
export function openPoints({ checks }: Report): number {
  return sum(checks.filter(({ verdict }) => verdict === 'could not grade').map(({ maxPoints }) => maxPoints));
}

function firstLine(text = ''): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
