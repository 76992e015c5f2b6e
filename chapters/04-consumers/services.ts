// The two services as the checks run them, and how long these wait for them.
import { consumingService, runsOfServices } from '#shared/testing/consuming-services.ts';
import { INITIAL_STOCK } from './traffic.ts';

export const SESSION_TIMEOUT_MS = 6_000;
/** For hundreds of records: a slow program is no wrong one. */
export const BURST_LIMIT_MS = 60_000;
/** The contract names no longest pause: when a trouble is over, a client may be in a long one, and out of its group after it. */
export const RETRIED_MS = 50_000;

export const INVENTORY = consumingService('inventory-service', 'orders.created');
export const NOTIFICATION = consumingService(
  'notification-service',
  'orders.created',
  'inventory.reserved',
  'orders.cancelled',
);

export const { environmentOf, running, another } = runsOfServices(async (bench) => ({
  KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  INITIAL_STOCK: JSON.stringify(INITIAL_STOCK),
  EMAIL_GATEWAY_URL: (await bench.gateway()).url,
}));
