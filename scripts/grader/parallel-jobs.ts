import os from 'node:os';

/** What a job with one lane takes at its peak, measured: broker, worker and two services. */
const BYTES_A_LANE = 1.2e9;

/** How many jobs run at once: as many as there are cores, and as the free memory holds. Jobs wait more than they compute. */
export function parallelJobs(lanes = 1): number {
  return Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.freemem() / (lanes * BYTES_A_LANE))));
}
