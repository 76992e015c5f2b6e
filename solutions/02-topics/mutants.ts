import type { AlsoRight, Mutant } from '#shared/mutant.ts';
export const mutants: Mutant[] = [];
export const alsoRight: AlsoRight[] = [];
