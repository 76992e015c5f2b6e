// Waiting without being thought dead: heartbeats while a record is being worked on, and retries with growing pauses.
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Does `work` and heartbeats meanwhile, because kafkajs does so only between fetches. The signal that `work` gets aborts
 * when `stopped` does, and when a heartbeat is refused: then the group no longer counts on us, and says why.
 */
export async function whileBeating(
  heartbeat: () => Promise<void>,
  everyMs: number,
  stopped: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const refused = new AbortController();
  const timer = setInterval(() => {
    heartbeat().catch((reason) => refused.abort(reason));
  }, everyMs);
  try {
    await work(AbortSignal.any([stopped, refused.signal]));
  } finally {
    clearInterval(timer);
  }
}

/** Tries until `attempt` returns something other than undefined. Rejects with the signal's reason once it aborts. */
export async function untilItSucceeds<T>(attempt: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    await pause(wait, undefined, { signal }).catch(() => {});
  }
}
