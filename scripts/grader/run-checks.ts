// Runs a chapter's checks in vitest, in a process of their own, and collects what they say.
import path from 'node:path';
import type { TestCase, TestModule } from 'vitest/node';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Job } from '#shared/testing/job.ts';
import type { CheckReport } from './verdict.ts';

export interface ChecksListener {
  onCheckStart?: (title: string) => void;
  onCheck?: (check: CheckReport, durationMs: number) => void;
}

/** Runs the checks of the test files, each in a process of its own. Rejects when they could not even be collected. */
export async function runChecks(job: Job, files: string[], listener: ChecksListener): Promise<CheckReport[]> {
  const { startVitest } = await import('vitest/node');
  const checks = new Map<string, CheckReport[]>(files.map((file) => [file, []]));
  const troubles: string[] = [];
  const seen = new Set<string>();
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
        onTestCaseReady: (test: TestCase) => listener.onCheckStart?.(test.name),
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
  if (inOrder.length === 0) {
    throw new Error(
      `the checks in ${path.join('chapters', job.chapter)} did not run: ${troubles.join('\n') || 'no reason given'}`,
    );
  }
  return inOrder;
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
    evidence,
    why,
    next,
  };
}

function errorsOf(test: TestCase): string {
  const { errors } = test.result();
  return errors?.map(({ stack, message }) => stack ?? message).join('\n') || 'the check did not come to an end';
}
