// A random schedule of trouble: which orders are placed, and who is killed, stopped, doubled or misled meanwhile. The same
// seed makes the same schedule.

export const SERVICES = ['order-service', 'inventory-service', 'notification-service'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What a service publishes, by which the tap knows it. */
export const TOPICS_OF: Record<ServiceName, string[]> = {
  'order-service': ['orders.created', 'orders.completed', 'orders.cancelled'],
  'inventory-service': ['inventory.reserved', 'inventory.failed'],
  'notification-service': ['notifications.sent'],
};

/** Few of each, so that orders meet. */
export const SCARCE: Record<string, number> = { 'RARE-0': 6, 'RARE-1': 9, 'RARE-2': 14, 'RARE-3': 40 };
const UNKNOWN = 'NO-SUCH-SKU';

export type Action =
  | { do: 'place'; orders: Record<string, number>[] }
  /** Killed or stopped, and started again after a pause. */
  | { do: 'restart'; service: ServiceName; how: 'SIGKILL' | 'SIGTERM'; awayMs: number }
  | { do: 'join'; service: ServiceName }
  | { do: 'leave'; service: ServiceName; how: 'SIGKILL' | 'SIGTERM' }
  /** Frozen while one of its requests is held. */
  | { do: 'stall'; service: ServiceName; forMs: number }
  /** Produces a record of the log again; `pick` says which, as a share of the log. */
  | { do: 'repeat'; pick: number }
  | { do: 'lose-ack'; service: ServiceName; times: number }
  | { do: 'gateway-fails'; status: number; forMs: number };

export interface Step {
  action: Action;
  /** Until the next one. */
  pauseMs: number;
}

export interface Schedule {
  seed: number;
  steps: Step[];
}

type Random = () => number;

/** Orders come first and in between: trouble needs something to disturb. */
export function makeSchedule(seed: number, length: number): Schedule {
  const random = generator(seed);
  const steps = Array.from({ length }, (_, index) => ({
    action: index % 3 === 0 ? place(random) : pick(random, TROUBLES)(random),
    pauseMs: Math.floor(random() * 500),
  }));
  return { seed, steps };
}

/** A schedule as a learner reads it, one step a line. */
export function describeSchedule({ steps }: Schedule): string {
  return steps
    .map(({ action: { do: what, ...rest }, pauseMs }) => `${what} ${JSON.stringify(rest)}, then ${pauseMs} ms`)
    .join('\n');
}

function place(random: Random): Action {
  const skus = Object.keys(SCARCE);
  const orders = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
    const lines: Record<string, number> = {};
    for (let line = 0; line <= random() * 3; line++) {
      lines[random() < 0.05 ? UNKNOWN : pick(random, skus)] = 1 + Math.floor(random() * 3);
    }
    return lines;
  });
  return { do: 'place', orders };
}

const how = (random: Random) => (random() < 0.6 ? 'SIGKILL' : 'SIGTERM') as 'SIGKILL' | 'SIGTERM';
const service = (random: Random) => pick(random, SERVICES);

/** Listed as often as they should come up. */
const TROUBLES: ((random: Random) => Action)[] = [
  (random) => ({ do: 'restart', service: service(random), how: how(random), awayMs: Math.floor(random() * 1_500) }),
  (random) => ({ do: 'restart', service: service(random), how: how(random), awayMs: Math.floor(random() * 1_500) }),
  (random) => ({ do: 'join', service: service(random) }),
  (random) => ({ do: 'leave', service: service(random), how: how(random) }),
  (random) => ({ do: 'stall', service: service(random), forMs: random() < 0.3 ? 7_000 : 1_000 }),
  (random) => ({ do: 'repeat', pick: random() }),
  (random) => ({ do: 'repeat', pick: random() }),
  (random) => ({ do: 'lose-ack', service: service(random), times: 1 + Math.floor(random() * 2) }),
  (random) => ({ do: 'gateway-fails', status: random() < 0.5 ? 503 : 429, forMs: Math.floor(random() * 2_500) }),
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** mulberry32: small, and the same on every machine. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
