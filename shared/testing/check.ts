// A check is one sentence of the contract, with its points, why it matters and where to look: a vitest test whose outcome
// says more than red or green.
import { inject, test } from 'vitest';
import { sentenceOf } from '#infra/machine/file-trouble.ts';
import { CheckFailed } from './demand.ts';
import { type Job, withoutStack } from './job.ts';
import { Workbench } from './workbench.ts';

export interface CheckFacts {
  id: string;
  /** The sentence that holds when the check is green. */
  title: string;
  points: number;
  /** What breaks in production without it. */
  why: string;
  /** What to look at when it is red. */
  next: string;
}

export interface CheckOutcome {
  verdict: 'passed' | 'failed' | 'could not grade';
  evidence: string;
}

declare module 'vitest' {
  interface TaskMeta {
    check?: CheckFacts;
    outcome?: CheckOutcome;
  }
}

/** Above every deadline inside a check: whoever hits it is the grader, not the learner. */
const CHECK_LIMIT_MS = 180_000;

const graded = test.extend<{ workbench: Workbench | CheckFailed }>({
  workbench: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads what a fixture depends on from this pattern
    async ({}, use) => {
      const failure = compileFailure(inject('job'));
      if (failure) return use(failure);
      // A process for each test file, so its number names the lane.
      const workbench = await Workbench.open(inject('job'), `lane-${process.pid}`).catch((error) => {
        const sentence = sentenceOf(error);
        throw sentence ? withoutStack(sentence) : error;
      });
      await use(workbench);
      await workbench.close();
    },
    { scope: 'file' },
  ],
});

/** Declares a check. The body returns what it saw, for the report; it throws CheckFailed (see `demand`) to fail. */
export function check(facts: CheckFacts, body: (bench: Workbench) => Promise<string>): void {
  const { only } = inject('job');
  if (only !== undefined && only !== facts.id) return;
  graded(facts.title, { meta: { check: facts }, timeout: CHECK_LIMIT_MS }, async ({ workbench, task }) => {
    try {
      if (workbench instanceof CheckFailed) throw workbench;
      task.meta.outcome = { verdict: 'passed', evidence: await body(workbench) };
    } catch (error) {
      task.meta.outcome = outcomeOf(error as Error);
      throw error;
    } finally {
      if (workbench instanceof Workbench) await workbench.endOfCheck();
    }
  });
}

/** The compiler's sentence, when a program of the chapter does not compile: then there is nothing to run. */
function compileFailure({ programs }: Job): CheckFailed | undefined {
  for (const [name, compiled] of Object.entries(programs)) {
    if (!compiled.ok) return new CheckFailed(`${name} compiles.`, compiled.sentence);
  }
  return undefined;
}

function outcomeOf(error: Error): CheckOutcome {
  return error instanceof CheckFailed
    ? { verdict: 'failed', evidence: `Expected: ${error.message}\n\n${error.evidence}` }
    : { verdict: 'could not grade', evidence: sentenceOf(error) ?? error.stack ?? error.message };
}
