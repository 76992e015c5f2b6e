// The pauses between the attempts of one mail, as the gateway sees them.

import type { MailRequest, Misbehaviour } from '#infra/email-gateway/email-gateway.ts';
import { seizesTheChance } from '#shared/testing/moments.ts';

/** Enough to see the pauses grow. Where they are drawn by lot, chance may hide it, and twice as many tell. */
const ATTEMPTS = 6;
const ATTEMPTS_LIMIT_MS = 20_000;
const GROWTH = 1.25;
/** What a busy machine adds to one pause and takes from another. */
const NOISE_MS = 50;

/**
 * Waits for a few attempts, or for twice as many where the first do not show any growth. Returns the milliseconds
 * between the end of each, which comes `attemptMs` after its beginning, and the beginning of the next.
 */
export async function pausesOf({ met }: Misbehaviour, attemptMs = 0): Promise<number[]> {
  await seizesTheChance(() => met.length >= ATTEMPTS, ATTEMPTS_LIMIT_MS);
  if (!grow(pausesBetween(met, attemptMs))) {
    await seizesTheChance(() => met.length >= 2 * ATTEMPTS, ATTEMPTS_LIMIT_MS);
  }
  return pausesBetween(met, attemptMs);
}

function pausesBetween(mails: MailRequest[], attemptMs: number): number[] {
  return mails.slice(1).map(({ at }, index) => Math.max(0, at - (mails[index]?.at ?? 0) - attemptMs));
}

/** Whether the later half of the pauses is longer than the first two, on average, and by more than noise. */
export function grow(pauses: number[]): boolean {
  const half = Math.floor(pauses.length / 2);
  const first = mean(pauses.slice(0, Math.min(2, half)));
  const later = mean(pauses.slice(-half));
  return later > first * GROWTH && later > first + NOISE_MS;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
