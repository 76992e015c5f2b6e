// Moments that checks wait for: what right programs do, the time that wrong ones need to show themselves, and how one ends.
import { CheckFailed, demand } from './demand.ts';
import { describeExit, type Service } from './service.ts';
import type { Workbench } from './workbench.ts';

const POLL_MS = 20;
const LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;
/** With progress all the while; below the limit of a whole check. */
const MOST_MS = 150_000;

/** Longer than a client is patient: kafkajs gives up a send after 9 to 11 s by default. */
export const REFUSED_MS = 12_000;

export interface Awaited {
  bench: Workbench;
  /** Whose work it is: a starter among them that says what is to do ends the wait. */
  services: Service[];
  /** Completes "Expected: …". */
  expected: string;
  limitMs?: number;
  /** What changes while the work goes on: then the time begins anew, because a busy machine is slow and not stuck. */
  progress?: () => string;
  /** What was seen until then. */
  evidence?: () => string;
}

/** Waits until a condition holds; fails the check when it does not come to hold, or when a service names its next task. */
export async function until(
  { bench, services, expected, limitMs = LIMIT_MS, progress = () => '', evidence = () => '' }: Awaited,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const start = performance.now();
  let deadline = start + limitMs;
  let last = progress();
  const seen = () => [evidence(), ...services.map((service) => service.describe())].filter(Boolean).join('\n\n');
  while (!(await condition())) {
    for (const service of services) {
      const task = bench.taskOf(service);
      if (task) throw new CheckFailed(expected, `The program says: ${task}`);
    }
    const now = progress();
    if (now !== last) deadline = Math.min(performance.now() + limitMs, start + Math.max(MOST_MS, limitMs));
    last = now;
    demand(performance.now() < deadline, `${expected} (waited ${limitMs / 1000} s)`, seen);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Gives a wrong program the time that it needs to make its mistake. Returns whether it has made it. */
export async function seizesTheChance(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** Sends SIGTERM and demands a clean end within 10 s. Returns after how many milliseconds it came. */
export async function terminate(service: Service): Promise<number> {
  const signalled = performance.now();
  service.program.signal('SIGTERM');
  const exit = await service.program.waitForExit(STOP_LIMIT_MS).catch(() => undefined);
  const how = exit ? describeExit(exit) : 'still running';
  demand(exit?.code === 0, 'exit code 0 within 10 s of SIGTERM.', () => `${how}\n\n${service.describe()}`);
  return Math.round(performance.now() - signalled);
}
