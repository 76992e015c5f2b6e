// The two services as the checks run them: their environment, their groups, and when they have caught up.
import path from 'node:path';
import type { Topic } from '#shared/events/topics.ts';
import { caughtUp as groupsCaughtUp } from '#shared/testing/group-progress.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { INITIAL_STOCK } from './traffic.ts';

export const SESSION_TIMEOUT_MS = 6_000;
/** For hundreds of records: a slow program is no wrong one. */
export const BURST_LIMIT_MS = 60_000;

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

/** The contract names no longest pause: when a trouble is over, a client may be in a long one, and out of its group after it. */
export const RETRIED_MS = 50_000;

/** Waits until the group has committed past every record of its topics, and returns the whole log as it then is. */
export function caughtUp(
  bench: Workbench,
  facts: ServiceFacts,
  services: Service[],
  limitMs?: number,
): Promise<TopicRecord[]> {
  return groupsCaughtUp(bench, [facts], services, limitMs);
}
