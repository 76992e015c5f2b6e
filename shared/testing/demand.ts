// How a check fails: with what was expected, and the evidence.
import { comparison, type Fact } from './evidence.ts';

/** The learner's program did not do what a check demands. Anything else that a check throws is the grader's own trouble. */
export class CheckFailed extends Error {
  readonly evidence: string;

  constructor(expected: string, evidence: string) {
    super(expected);
    this.evidence = evidence;
  }
}

/** Fails the check unless `ok`; `expected` completes "Expected: …", the evidence is made only when it is needed. */
export function demand(ok: boolean, expected: string, evidence: () => string): asserts ok {
  if (!ok) throw new CheckFailed(expected, evidence());
}

/** Fails the check unless every fact is as expected, and shows all of them with the wrong ones marked. */
export function demandFacts(expected: string, facts: Fact[], evidence: () => string): void {
  demand(
    facts.every(({ ok }) => ok),
    expected,
    () => `${comparison(facts)}\n\n${evidence()}`,
  );
}

/** A fact that holds when the value equals the literal. */
export function equals(name: string, actual: unknown, expected: string | number | boolean | null): Fact {
  return { name, expected: JSON.stringify(expected), actual, ok: actual === expected };
}

/** A fact in words. */
export function holds(name: string, actual: unknown, expected: string, ok: boolean): Fact {
  return { name, expected, actual, ok };
}
