// The long proof, `npm run check -- --soak`: every solution many times in a row, first on the machine as it is, then with
// every core kept busy by something else. One line a run, so that the log tells what happened.
import { spawn } from 'node:child_process';
import os from 'node:os';
import type { Run } from '#infra/machine/run.ts';
import { type Chapter, provenChapters } from '../chapters.ts';
import { grade } from '../grader/grade.ts';
import { describe } from './describe.ts';

/** Quiet and busy, over four chapters: about five hundred in all. */
const RUNS = 63;
const SPIN = 'for (;;);';

export async function soak(run: Run): Promise<string[]> {
  const complaints: string[] = [];
  for (const chapter of provenChapters()) {
    complaints.push(...(await manyRuns(chapter, run, 'quiet')));
    const burners = Array.from({ length: os.availableParallelism() }, () => burner(run));
    complaints.push(...(await manyRuns(chapter, run, 'busy')));
    for (const each of burners) each.kill('SIGKILL');
  }
  return complaints;
}

/** A process that keeps one core busy until it is killed. */
function burner(run: Run) {
  const child = spawn(process.execPath, ['-e', SPIN], { detached: true, stdio: 'ignore' });
  run.adopt(child);
  return child;
}

async function manyRuns(chapter: Chapter, run: Run, machine: 'quiet' | 'busy'): Promise<string[]> {
  const complaints: string[] = [];
  for (let number = 1; number <= RUNS; number++) {
    const { verdict, checks, durationMs } = await grade('solutions', chapter, { run });
    console.log(`  ${chapter.folder}, ${machine}, run ${number}: ${verdict} in ${(durationMs / 1000).toFixed(1)} s`);
    const red = checks.filter((check) => check.verdict !== 'passed');
    complaints.push(...red.map((check) => `${chapter.folder}, ${machine}, run ${number}:\n${describe(check)}`));
  }
  return complaints;
}
