// The list of checks, in the order in which a mistake is cheapest to find.
import type { Run } from '#infra/machine/run.ts';
import { classOfForty } from './class-of-forty.ts';
import { documentsUpToDate } from './documents.ts';
import { emphasis } from './emphasis.ts';
import { fences } from './fences.ts';
import { otherWaysAreGreen, solutionsAreGreen } from './green.ts';
import { hints } from './hints.ts';
import { hunks } from './hunks.ts';
import { layers } from './layers.ts';
import { watchForLeftovers } from './leftovers.ts';
import { mutantsAreCaught } from './mutants.ts';
import { parity } from './parity.ts';
import { schedules } from './schedules.ts';
import { siteLinks } from './site-links.ts';
import { soak } from './soak.ts';
import { starters } from './starters.ts';
import { formatAndLint, types } from './tools.ts';

export interface Check {
  /** The sentence that holds when there is no complaint. */
  name: string;
  /** Returns what is wrong, each with what to do about it. */
  check: (run: Run) => Promise<string[]>;
}

/** The checks of one `npm run check`; the last of them compares with how the machine is now. */
export function allChecks(run: Run): Check[] {
  const long = [
    { name: 'every solution is green many times in a row, quiet and busy', check: soak },
    { name: 'in a class of forty each hand-in has its verdict, one at a time and side by side', check: classOfForty },
  ];
  return [
    ...CHECKS,
    ...(process.argv.includes('--soak') ? long : []),
    { name: 'nothing is left behind: no file, process or container', check: watchForLeftovers(run) },
  ];
}

const CHECKS: Check[] = [
  { name: 'the code is formatted and has no lint', check: formatAndLint },
  { name: 'the types hold, and no folder imports upward', check: types },
  { name: 'no chapter imports another, and programs import only what they may', check: layers },
  { name: 'labs are as shipped, and labs, starters and solutions have the same files', check: parity },
  { name: 'every difference between a starter and its solution is announced by a TODO', check: hunks },
  { name: 'every task has its three hints', check: hints },
  { name: 'generated parts of documents are up to date, and their links lead somewhere', check: documentsUpToDate },
  { name: 'code in prose is code that runs', check: fences },
  { name: 'every link and anchor of the docs site leads somewhere', check: siteLinks },
  { name: 'no page of the docs site shows the marks of emphasis', check: emphasis },
  { name: 'every starter is red by its own checks', check: starters },
  { name: 'every mutant is red in the check that it names', check: mutantsAreCaught },
  { name: 'every solution is green three times in a row embedded, and in Docker', check: solutionsAreGreen },
  { name: 'every solution is right under twenty random schedules of trouble', check: schedules },
  { name: 'other ways to be right are green, and so is the independent implementation', check: otherWaysAreGreen },
];
