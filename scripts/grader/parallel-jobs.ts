import os from 'node:os';

/** What a lane takes at its peak, measured: broker, worker and two services. */
const BYTES_A_LANE = 1.2e9;
/** A lane waits about as long as it computes; lanes that start together compete at first. */
const JOBS_A_CORE = 1.5;

/** How many jobs of so many lanes run at once: as many as keep the cores busy, and as the free memory holds. */
export function parallelJobs(lanes = 1): number {
  const cores = os.availableParallelism();
  const busy = lanes === 1 ? Math.ceil(cores * JOBS_A_CORE) : cores;
  return Math.max(1, Math.min(busy, Math.floor(os.freemem() / (lanes * BYTES_A_LANE))));
}
