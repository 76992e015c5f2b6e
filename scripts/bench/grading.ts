// How long a learner waits for `npm test 03` on a finished chapter: until the first check, and until the last.
import type { Run } from '#infra/machine/run.ts';
import { provenChapters } from '../chapters.ts';
import { grade } from '../grader/grade.ts';
import { type Figure, median, seconds } from './figures.ts';

const RUNS = 3;

export async function measureGrading(run: Run): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const chapter of provenChapters()) {
    const first: number[] = [];
    const all: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const start = performance.now();
      let firstCheck: number | undefined;
      await grade('solutions', chapter, { run, onCheck: () => (firstCheck ??= performance.now() - start) });
      first.push(firstCheck ?? Number.NaN);
      all.push(performance.now() - start);
    }
    figures.push(
      { what: `grading solutions/${chapter.folder}, until the first check`, value: seconds(median(first)) },
      { what: `grading solutions/${chapter.folder}, until the end`, value: seconds(median(all)) },
    );
  }
  return figures;
}
