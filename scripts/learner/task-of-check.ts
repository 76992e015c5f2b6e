import { NOT_DONE_YET } from '#shared/todo.ts';
import type { CheckReport } from '../grader/verdict.ts';

/** The number of the task that a red check is about: the one that the program itself names, or else the first of its advice. */
export function taskOf({ evidence, next }: Pick<CheckReport, 'evidence' | 'next'>): number | undefined {
  const [, number] = new RegExp(`${NOT_DONE_YET}TODO (\\d+)`).exec(evidence) ?? /\bTODO (\d+)/.exec(next) ?? [];
  return number === undefined ? undefined : Number(number);
}
