import os from 'node:os';
import { defineConfig } from 'vitest/config';

// The workbook's own tests. Chapters are judged by `npm test NN`, which starts vitest on one chapter with a subject.
export default defineConfig({
  test: {
    include: ['infra/**/*.test.ts', 'shared/**/*.test.ts', 'scripts/**/*.test.ts', 'docs/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'],
    maxConcurrency: 4,
    // Most tests wait for programs and brokers half of the time; more than two files would take the cores from each other.
    maxWorkers: Math.min(2, os.availableParallelism()),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
