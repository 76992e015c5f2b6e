// What checks need that wait until the patience of an order service has come to its end.
import { demand, demandFacts, equals, holds } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Environment, Workbench } from '#shared/testing/workbench.ts';
import { demandEnd, distinct, ENDS, place, recordsOf } from './orders.ts';

/** No whole seconds. */
export const SAGA_TIMEOUT_MS = 2_900;
export const IMPATIENT: Environment = { SAGA_TIMEOUT_MS: String(SAGA_TIMEOUT_MS) };
export const TIMEOUT = { status: 'CANCELLED', reason: 'TIMEOUT' } as const;
/** The contract does not say how often a service looks at its clock. */
export const SLACK_MS = 20_000;
/** Clocks are not read at the same moment. */
export const TOLERANCE_MS = 50;

/** Waits until the service has cancelled an order that was placed after all others so far. */
export async function untilLaterOrderTimesOut(
  bench: Workbench,
  service: Service,
  timeoutMs: number = SAGA_TIMEOUT_MS,
): Promise<void> {
  await demandEnd(bench, service, await place(bench, service), TIMEOUT, timeoutMs + SLACK_MS);
}

/** Demands that each order of the lane came to one end at most. Returns how many came to one. */
export async function demandOneEndEach(bench: Workbench): Promise<number> {
  const log = await bench.log.catchUp();
  const orders = new Set(log.filter(({ topic }) => ENDS.includes(topic)).map(({ key }) => key));
  demand(orders.size > 0, 'the checks before this one have brought orders to their ends.', () => '(no order has)');
  for (const orderId of orders) {
    const ends = distinct(recordsOf(log, String(orderId)));
    demandFacts('one event tells of an order’s end.', [equals('events', ends.length, 1)], () => recordTable(ends));
    // Also after a restart: nobody places it a second time.
    const placed = distinct(recordsOf(log, String(orderId), ['orders.created']));
    const once = holds('OrderCreated', placed.length, 'at most 1', placed.length <= 1);
    demandFacts('one event tells of an order’s beginning.', [once], () => recordTable(placed));
  }
  return orders.size;
}
