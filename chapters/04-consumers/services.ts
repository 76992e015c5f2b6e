// The two services as the checks run them: their environment, their groups, and when they have caught up.
import path from 'node:path';
import type { Topic } from '#shared/events/topics.ts';
import { CheckFailed, demand } from '#shared/testing/demand.ts';
import { table } from '#shared/testing/evidence.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { INITIAL_STOCK } from './traffic.ts';

export const SESSION_TIMEOUT_MS = 6_000;
export const CAUGHT_UP_MS = 25_000;
/** For hundreds of records: a slow program is no wrong one. */
export const BURST_LIMIT_MS = 60_000;
const POLL_MS = 50;

export interface ServiceFacts {
  name: string;
  group: string;
  topics: Topic[];
}

export const INVENTORY: ServiceFacts = {
  name: 'inventory-service',
  group: 'inventory-service-group',
  topics: ['orders.created'],
};

export const NOTIFICATION: ServiceFacts = {
  name: 'notification-service',
  group: 'notification-service-group',
  topics: ['orders.created', 'inventory.reserved', 'orders.cancelled'],
};

/** One database for all replicas and successors of a service in this lane. */
const folders = new Map<string, string>();

function databaseOf(bench: Workbench, { name }: ServiceFacts): string {
  const folder = folders.get(name) ?? bench.makeFolder(name);
  folders.set(name, folder);
  return path.join(folder, `${name}.db`);
}

/** What every instance of a service is given in this lane. */
export async function environmentOf(bench: Workbench, facts: ServiceFacts): Promise<Environment> {
  return {
    KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    DATABASE_FILE: databaseOf(bench, facts),
    INITIAL_STOCK: JSON.stringify(INITIAL_STOCK),
    EMAIL_GATEWAY_URL: (await bench.gateway()).url,
  };
}

/** The lane's one instance of a service, ready; one that a check has ended gets a successor. */
export async function running(bench: Workbench, facts: ServiceFacts, more: Environment = {}): Promise<Service> {
  return bench.service(facts.name, { ...(await environmentOf(bench, facts)), ...more });
}

/** A replica, or a successor, of the check's own; not necessarily ready. */
export async function another(bench: Workbench, facts: ServiceFacts, more: Environment = {}): Promise<Service> {
  return bench.start(facts.name, { ...(await environmentOf(bench, facts)), ...more });
}

/** Waits until the group has committed past every record of its topics, and returns the whole log as it then is. */
export async function caughtUp(
  bench: Workbench,
  { group, topics }: ServiceFacts,
  services: Service[],
  limitMs = CAUGHT_UP_MS,
): Promise<TopicRecord[]> {
  const ends = endsOf(await bench.log.catchUp(), topics);
  const deadline = performance.now() + limitMs;
  for (;;) {
    const committed = new Map<string, Map<number, bigint>>();
    for (const topic of topics) committed.set(topic, await bench.direct.committed(group, topic));
    const positions = ends.map((end) => ({ ...end, committed: committed.get(end.topic)?.get(end.partition) }));
    const behind = positions.filter(({ committed = 0n, next }) => committed < next);
    if (behind.length === 0) return bench.log.catchUp();
    for (const service of services) failWithTask(bench, service);
    demand(
      performance.now() < deadline,
      `${group} works off every record and commits its offset + 1 within ${limitMs / 1000} s.`,
      () => {
        const rows = positions.map(({ topic, partition, committed, next }) =>
          [topic, partition, committed ?? '(none)', next].map(String),
        );
        const offsets = table(['topic', 'p', 'committed', 'should be'], rows);
        return [offsets, ...services.map((service) => service.describe())].join('\n\n');
      },
    );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A starter that has met its next task says so; there is nothing more to wait for. */
function failWithTask(bench: Workbench, service: Service): void {
  const task = bench.taskOf(service);
  if (task) throw new CheckFailed('the records of its topics are processed.', `The program says: ${task}`);
}

/** The offset after the last record of each partition that has any. */
function endsOf(log: TopicRecord[], topics: string[]): { topic: string; partition: number; next: bigint }[] {
  const ends = new Map<string, { topic: string; partition: number; next: bigint }>();
  for (const { topic, partition, offset } of log.filter((record) => topics.includes(record.topic))) {
    ends.set(`${topic}/${partition}`, { topic, partition, next: offset + 1n });
  }
  return [...ends.values()];
}
