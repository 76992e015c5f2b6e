// Runs a chapter's checks in vitest, in a process of their own, and collects what they say.
import { stripVTControlCharacters } from 'node:util';
import type { TestCase, TestModule, Vitest } from 'vitest/node';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Job } from '#shared/testing/job.ts';
import type { CheckReport } from './verdict.ts';

export interface ChecksListener {
  /** `known` counts the checks of all files that have been read: those that are left to read will add theirs. */
  onCheckStart?: (title: string, done: number, known: number) => void;
  onCheck?: (check: CheckReport, durationMs: number) => void;
  /** Ends the checks, also one that is waiting; those that are left could then not be graded. */
  signal?: AbortSignal;
}

/** Runs the checks of the test files, each in a process of its own, and returns them in the order of the files. */
export async function runChecks(job: Job, files: string[], listener: ChecksListener): Promise<CheckReport[]> {
  const { startVitest } = await import('vitest/node');
  const checks = new Map<string, CheckReport[]>(files.map((file) => [file, []]));
  const troubles: string[] = [];
  const seen = new Set<string>();
  let known = 0;
  const report = (test: TestCase) => {
    const check = reportOf(test);
    seen.add(test.id);
    checks.get(test.module.moduleId)?.push(check);
    listener.onCheck?.(check, test.diagnostic()?.duration ?? 0);
  };
  const vitest = await startVitest('test', [], {
    root: WORKBOOK,
    config: false,
    watch: false,
    include: files,
    pool: 'forks',
    maxWorkers: files.length,
    execArgv: [
      '--disable-sigusr1',
      '--disable-warning=TimeoutNegativeWarning',
      '--disable-warning=ExperimentalWarning',
    ],
    silent: true,
    provide: { job },
    cache: false,
    reporters: [
      {
        onInit: (vitest: Vitest) => {
          const cancel = () => void vitest.cancelCurrentRun('keyboard-input');
          if (listener.signal?.aborted) cancel();
          listener.signal?.addEventListener('abort', cancel, { once: true });
        },
        onTestModuleCollected: (module: TestModule) => {
          known += [...module.children.allTests()].length;
        },
        onTestCaseReady: (test: TestCase) => listener.onCheckStart?.(test.name, seen.size, known),
        onTestCaseResult: report,
        onTestRunEnd: (modules: readonly TestModule[], unhandled: readonly { message: string; stack?: string }[]) => {
          // A check that has begun and not ended lost its worker; it must not go missing from the report.
          const all = modules.flatMap((module) => [...module.children.allTests()]);
          for (const test of all) if (!seen.has(test.id)) report(test);
          troubles.push(...modules.flatMap((module) => module.errors().map(({ message }) => message)));
          troubles.push(...unhandled.map(({ stack, message }) => stack ?? message));
        },
      },
    ],
  });
  await vitest.close();
  // vitest sets the exit code for its own command line; ours follows from the verdict.
  process.exitCode = 0;
  const inOrder = [...checks.values()].flat();
  // With `only`, the files that do not hold that check have nothing to run, which vitest takes for a mistake.
  const real = troubles.filter((trouble) => job.only === undefined || !trouble.includes(NOTHING_TO_RUN));
  return real.length === 0 ? inOrder : [...inOrder, ownTrouble(real)];
}

const NOTHING_TO_RUN = 'No test suite found';

/** The grader's own failure, as a check that could not be graded: a report without it would claim to be whole. */
function ownTrouble(troubles: string[]): CheckReport {
  const facts = {
    id: 'grader',
    title: 'the grader has run all of its checks',
    points: 0,
    maxPoints: 0,
    why: '',
    next: '',
  };
  return { ...facts, verdict: 'could not grade', evidence: troubles.join('\n') };
}

function reportOf(test: TestCase): CheckReport {
  const { check, outcome } = test.meta();
  const { id = test.name, points = 0, why = '', next = '' } = check ?? {};
  // A check without an outcome never came to its end: its fixtures failed, or its worker died.
  const { verdict, evidence } = outcome ?? { verdict: 'could not grade' as const, evidence: errorsOf(test) };
  return {
    id,
    title: test.name,
    verdict,
    points: verdict === 'passed' ? points : 0,
    maxPoints: points,
    evidence: printable(evidence),
    why,
    next,
  };
}

/** Records and logs hold whatever bytes they hold; a report is read on terminals, and as XML. */
function printable(text: string): string {
  const escaped = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, escaped);
}

function errorsOf(test: TestCase): string {
  const { errors } = test.result();
  return errors?.map(({ stack, message }) => stack ?? message).join('\n') || 'the check did not come to an end';
}
