// npm test without a chapter: the workbook's own tests, then every solution by its own grader.
import { styleText } from 'node:util';
import type { Run } from '#infra/machine/run.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { provenChapters } from './chapters.ts';
import { gradeAtTerminal } from './grader/grade-at-terminal.ts';

interface Tally {
  passed: number;
  failed: number;
}

/** Prints what ran, and as its last line `N passed, N failed`. Returns the exit code. */
export async function testEverything(run: Run): Promise<number> {
  return conclude([await ownTests(), ...(await solutionsInTurn(run))]);
}

async function solutionsInTurn(run: Run): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const chapter of provenChapters()) {
    console.log(`\n${styleText('bold', `solutions/${chapter.folder}`)}`);
    let report = await gradeAtTerminal('solutions', chapter, { run });
    if (report.verdict === 'could not grade') {
      console.log('The machine was to blame, so once more:');
      report = await gradeAtTerminal('solutions', chapter, { run });
    }
    const passed = report.checks.filter(({ verdict }) => verdict === 'passed').length;
    // A chapter whose checks did not all come to run counts as one failure more.
    const incomplete = report.verdict === 'passed' ? 0 : Number(passed === report.checks.length);
    tallies.push({ passed, failed: report.checks.length - passed + incomplete });
  }
  return tallies;
}

function conclude(tallies: Tally[]): number {
  const total = tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

async function ownTests(): Promise<Tally> {
  const { startVitest } = await import('vitest/node');
  const vitest = await startVitest('test', [], { root: WORKBOOK, watch: false, reporters: ['default'] });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const broken = modules.flatMap((module) => module.errors()).length + vitest.state.getUnhandledErrors().length;
  await vitest.close();
  process.exitCode = 0;
  return { passed: count('passed'), failed: count('failed') + broken };
}
