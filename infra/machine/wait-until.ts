import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 15;

/** Resolves when the condition holds; rejects after `limitMs` milliseconds, naming what was waited for. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  limitMs: number,
  waitingFor: string,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs / 1000} s for ${waitingFor}`);
    await pause(POLL_MS);
  }
}
