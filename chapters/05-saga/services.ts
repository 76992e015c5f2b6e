// The three services as the checks run them.
import { consumingService, runsOfServices } from '#shared/testing/consuming-services.ts';
import { INITIAL_STOCK } from './traffic.ts';

export const ORDER = consumingService('order-service', 'inventory.reserved', 'inventory.failed', 'notifications.sent');
export const INVENTORY = consumingService(
  'inventory-service',
  'orders.created',
  'orders.completed',
  'orders.cancelled',
);
export const NOTIFICATION = consumingService(
  'notification-service',
  'orders.created',
  'inventory.reserved',
  'orders.cancelled',
);
export const ALL = [ORDER, INVENTORY, NOTIFICATION];

/** As long as no check wants an order to time out. */
const PATIENT_MS = '600000';

export const { environmentOf, running, another } = runsOfServices(async (bench) => ({
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  INITIAL_STOCK: JSON.stringify(INITIAL_STOCK),
  SAGA_TIMEOUT_MS: PATIENT_MS,
  EMAIL_GATEWAY_URL: (await bench.gateway()).url,
}));
