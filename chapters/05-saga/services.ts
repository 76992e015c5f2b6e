// The three services as the checks run them: their environment, their groups, their databases.
import path from 'node:path';
import { type Reader, caughtUp as readersCaughtUp } from '#shared/testing/group-progress.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { INITIAL_STOCK } from './traffic.ts';

export interface ServiceFacts extends Reader {
  name: string;
}

const facts = (name: string, ...topics: string[]): ServiceFacts => ({ name, group: `${name}-group`, topics });

export const ORDER = facts('order-service', 'inventory.reserved', 'inventory.failed', 'notifications.sent');
export const INVENTORY = facts('inventory-service', 'orders.created', 'orders.completed', 'orders.cancelled');
export const NOTIFICATION = facts('notification-service', 'orders.created', 'inventory.reserved', 'orders.cancelled');
export const ALL = [ORDER, INVENTORY, NOTIFICATION];

/** As long as no check wants an order to time out. */
const PATIENT_MS = '600000';

/** One database for all replicas and successors of a service in this lane. */
const folders = new Map<string, string>();

function databaseOf(bench: Workbench, { name }: ServiceFacts): string {
  const folder = folders.get(name) ?? bench.makeFolder(name);
  folders.set(name, folder);
  return path.join(folder, `${name}.db`);
}

/** What every instance of a service is given in this lane. */
export async function environmentOf(bench: Workbench, service: ServiceFacts): Promise<Environment> {
  return {
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    DATABASE_FILE: databaseOf(bench, service),
    INITIAL_STOCK: JSON.stringify(INITIAL_STOCK),
    SAGA_TIMEOUT_MS: PATIENT_MS,
    EMAIL_GATEWAY_URL: (await bench.gateway()).url,
  };
}

/** The lane's one instance of a service, ready; one that a check has ended gets a successor. */
export async function running(bench: Workbench, service: ServiceFacts, more: Environment = {}): Promise<Service> {
  return bench.service(service.name, { ...(await environmentOf(bench, service)), ...more });
}

/** A replica, or a successor, of the check's own; not necessarily ready. */
export async function another(bench: Workbench, service: ServiceFacts, more: Environment = {}): Promise<Service> {
  return bench.start(service.name, { ...(await environmentOf(bench, service)), ...more });
}

/** Waits until a service has processed every record of its topics, and returns the whole log as it then is. */
export function caughtUp(
  bench: Workbench,
  facts: ServiceFacts,
  services: Service[],
  limitMs?: number,
): Promise<TopicRecord[]> {
  return readersCaughtUp(bench, [facts], services, limitMs);
}
