// What stands beside a solution in mutants.ts: wrong versions of it, and other right ones.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AlsoRight, Mutant } from '#shared/mutant.ts';
import { WORKBOOK } from '#shared/testing/compile.ts';
import type { Chapter } from '../chapters.ts';

export interface Variants {
  mutants: Mutant[];
  alsoRight: AlsoRight[];
}

export async function variantsOf({ folder }: Chapter): Promise<Variants> {
  const file = path.join(WORKBOOK, 'solutions', folder, 'mutants.ts');
  return (await import(pathToFileURL(file).href)) as Variants;
}
