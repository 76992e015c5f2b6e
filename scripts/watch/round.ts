// One round of `npm run watch`: the types, then the checks, a line for each as it happens and the first failure in full.
import { styleText } from 'node:util';
import type { Run } from '#infra/machine/run.ts';
import type { Chapter } from '../chapters.ts';
import type { BrokerPool } from '../grader/broker-pool.ts';
import { gradeAtTerminal } from '../grader/grade-at-terminal.ts';
import type { Report } from '../grader/verdict.ts';
import { recordGrading } from '../learner/progress.ts';
import { statusLine } from '../terminal.ts';
import { typeErrors } from './type-errors.ts';

export interface RoundOptions {
  run: Run;
  pool: BrokerPool;
  /** Ends the round; its outcome is then told to nobody. */
  signal: AbortSignal;
}

/** Returns the report; undefined when the types do not hold, or when the round was ended. */
export async function playRound(chapter: Chapter, { run, pool, signal }: RoundOptions): Promise<Report | undefined> {
  const status = statusLine();
  status.busy('types');
  const errors = await typeErrors(chapter);
  status.clear();
  if (errors.length > 0) {
    console.log(typeReport(errors));
    return undefined;
  }
  const report = await gradeAtTerminal('labs', chapter, { run, pool, signal });
  if (signal.aborted) return undefined;
  recordGrading(chapter, report, new Date());
  return report;
}

function typeReport([first = '', ...others]: string[]): string {
  const rest = others.map((error) => styleText('dim', error.split('\n')[0] ?? ''));
  return [`${styleText('red', '✗')} the types do not hold, so nothing was run:`, '', first, '', ...rest]
    .join('\n')
    .trimEnd();
}
