// What a grading comes to. The shape of a Report is documented in docs/report.md and only ever grows.
import type { CheckOutcome } from '#shared/testing/check.ts';

export type Verdict = 'passed' | 'failed' | 'not attempted' | 'could not grade';

export interface CheckReport {
  id: string;
  title: string;
  verdict: CheckOutcome['verdict'] | 'not attempted';
  points: number;
  maxPoints: number;
  evidence: string;
  why: string;
  next: string;
}

export interface PartReport {
  name: string;
  way: string;
  version: string;
  reason: string;
}

export interface Report {
  chapter: string;
  /** The directory that holds the chapter's folder. */
  subject: string;
  verdict: Verdict;
  points: number;
  maxPoints: number;
  durationMs: number;
  parts: PartReport[];
  checks: CheckReport[];
}

/** Exit codes of `npm test NN`; 2 is a wrong use of the command. */
export const EXIT_CODES: Record<Verdict, number> = { passed: 0, failed: 1, 'not attempted': 3, 'could not grade': 4 };

/** A failed check decides; without one, a check that could not be graded does. */
export function overall(checks: CheckReport[]): Verdict {
  const verdicts = checks.map(({ verdict }) => verdict);
  if (verdicts.includes('failed')) return 'failed';
  if (verdicts.length === 0 || verdicts.includes('could not grade')) return 'could not grade';
  return 'passed';
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
