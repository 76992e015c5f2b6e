// The pauses between the attempts of one mail, as the gateway sees them.
import type { MailRequest, Misbehaviour } from '#infra/email-gateway/email-gateway.ts';
import { seizesTheChance } from './moments.ts';

/** Enough to see the pauses grow. Where they are drawn by lot, chance may hide it, and twice as many tell. */
const ATTEMPTS = 6;
const ATTEMPTS_LIMIT_MS = 20_000;
const GROWTH = 1.25;

/** Waits for a few attempts, or for twice as many where the first do not show any growth. Returns the milliseconds between them. */
export async function pausesOf({ met }: Misbehaviour): Promise<number[]> {
  await seizesTheChance(() => met.length >= ATTEMPTS, ATTEMPTS_LIMIT_MS);
  if (!grow(pausesBetween(met))) await seizesTheChance(() => met.length >= 2 * ATTEMPTS, ATTEMPTS_LIMIT_MS);
  return pausesBetween(met);
}

function pausesBetween(mails: MailRequest[]): number[] {
  return mails.slice(1).map(({ at }, index) => at - (mails[index]?.at ?? 0));
}

/** Whether the later half of the pauses is longer than the first two, on average. */
export function grow(pauses: number[]): boolean {
  const half = Math.floor(pauses.length / 2);
  return mean(pauses.slice(-half)) > mean(pauses.slice(0, Math.min(2, half))) * GROWTH;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
