import type { CheckReport } from '../grader/verdict.ts';

/** A check's verdict with its evidence, for an author. */
export function describe({ id, verdict, evidence }: CheckReport): string {
  return `${id}: ${verdict}\n${evidence}`;
}
