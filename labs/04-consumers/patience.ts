// Waiting without being thought dead: heartbeats while a record is being worked on, and retries with growing pauses.
import { setTimeout as pause } from 'node:timers/promises';
import { notDoneYet } from '#shared/todo.ts';

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
    // TODO 5: send a heartbeat. One that is refused aborts the work, with the refusal as its reason.
  }, everyMs);
  try {
    await work(AbortSignal.any([stopped, refused.signal]));
  } finally {
    clearInterval(timer);
  }
}

/** Tries until `attempt` returns something other than undefined. Rejects with the signal's reason once it aborts. */
export async function untilItSucceeds<T>(attempt: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  // TODO 5: attempt it again and again, with pauses that grow from FIRST_PAUSE_MS to LONGEST_PAUSE_MS, until there is a result.
  // Once the signal has aborted, there is no further attempt: also in the middle of a pause, its reason is thrown (a pause
  // with a signal rejects with an AbortError of its own, which is not the reason).
  return notDoneYet('TODO 5: try until it succeeds, with growing pauses');
}
