import os from 'node:os';

/** What a lane takes at its peak, measured: broker, worker and two services. */
const BYTES_A_LANE = 1.2e9;
/** A lane alone waits about as long as it computes (27 mutants of chapter 04 on two cores: 124 s three at a time, 119 s four). */
const JOBS_A_CORE = 2;
/** A whole grading keeps two cores busy by itself (chapter 03: 52 to 61 s of CPU time in 39 s); a second one only delays both. */
const CORES_A_GRADING = 2;

/** How many jobs of so many lanes run at once: as many as keep the cores busy, and as the free memory holds. */
export function parallelJobs(lanes = 1, jobsACore = JOBS_A_CORE): number {
  const cores = os.availableParallelism();
  const busy = lanes === 1 ? cores * jobsACore : Math.floor(cores / CORES_A_GRADING);
  return Math.max(1, Math.min(busy, Math.floor(os.freemem() / (lanes * BYTES_A_LANE))));
}
