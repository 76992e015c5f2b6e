import os from 'node:os';
import { defineConfig } from 'vitest/config';

// What a browser sees of a running lab is the heaviest of all, and has the machine to itself.
const ALONE = ['scripts/docs.test.ts'];

// The workbook's own tests. Chapters are judged by `npm test NN`, which starts vitest on one chapter with a subject.
export default defineConfig({
  test: {
    pool: 'forks',
    execArgv: ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'],
    maxConcurrency: 4,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'browser', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'workbook',
          include: ['infra/**/*.test.ts', 'shared/**/*.test.ts', 'scripts/**/*.test.ts', 'docs/**/*.test.ts'],
          exclude: [...ALONE, '**/node_modules/**'],
          // Most tests wait for programs and brokers half of the time; a third file would take the cores from the others.
          maxWorkers: Math.min(2, os.availableParallelism()),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
