// Moments that checks wait for: what right programs do, the time that wrong ones need to show themselves, and how one ends.
import { CheckFailed, demand } from './demand.ts';
import { describeExit, type Service } from './service.ts';
import type { TapRequest } from './tap/tap.ts';
import type { Workbench } from './workbench.ts';

const POLL_MS = 20;
const LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;
/** With progress all the while; below the limit of a whole check. */
const MOST_MS = 150_000;

/**
 * Longer than a client with kafkajs's defaults goes on with a send: five pauses, the first of 300 ms, each up to 2.4 times the
 * last, make 16.8 s at most, and 9.3 s on average (kafkajs 2.2.4, src/retry).
 */
export const GIVEN_UP_MS = 18_000;
/** What a client is refused at least, even where it seems to have given up before. */
const REFUSED_MS = 12_000;
/** Of one send by kafkajs's defaults: more of them are a second send. */
const ATTEMPTS = 6;

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

/**
 * Lets requests be refused until whoever sends them must have given up a send: until each kind of request has been tried more
 * often than one send does, or for as long as one can take. Ends early when a program has ended.
 */
export async function outlasts(
  refused: { met: TapRequest[] },
  kinds: ((request: TapRequest) => boolean)[],
  services: Service[],
): Promise<void> {
  const begin = performance.now();
  const isOver = () => services.some(({ program }) => program.exit !== undefined);
  const triedAnew = () => kinds.every((kind) => refused.met.filter(kind).length > ATTEMPTS);
  const long = () => performance.now() - begin > REFUSED_MS;
  await seizesTheChance(() => isOver() || (long() && triedAnew()), GIVEN_UP_MS);
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

/** The broker takes a member off its list when it leaves, and otherwise only when its session of 6 s has passed. */
const LEFT_LIMIT_MS = 3_000;

/** Demands that a group has only so many members left as soon as a program has ended, and not when its session has. */
export async function demandLeft(bench: Workbench, service: Service, group: string, members: number): Promise<void> {
  const expected = `${group} has ${members} members as soon as the service has ended: it leaves, and is not waited for.`;
  await until(
    { bench, services: [service], expected, limitMs: LEFT_LIMIT_MS },
    async () => (await bench.direct.members(group)).length <= members,
  );
}
