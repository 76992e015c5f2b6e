// What the inventory says of its stock and of orders, and what the contract says of both.
import { demand, demandFacts, equals } from '#shared/testing/demand.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import { distinct, found, recordsOf, storyOf, storyTable } from './orders.ts';
import type { Created } from './traffic.ts';

export const RESULTS = ['inventory.reserved', 'inventory.failed'];

export interface Level {
  available: number;
  reserved: number;
  sold: number;
}

/** What GET /api/stock/{sku} answers; undefined when it does not answer with numbers. */
export async function levelOf(service: Service, sku: string): Promise<Level | undefined> {
  const outcome = await service.get(`/api/stock/${encodeURIComponent(sku)}`);
  const level = (outcome.status === 200 ? outcome.json : undefined) as Level | undefined;
  const numbers = [level?.available, level?.reserved, level?.sold];
  return numbers.every((number) => Number.isInteger(number)) ? level : undefined;
}

/** Demands what there is of a sku. */
export async function demandLevel(
  service: Service,
  sku: string,
  { available, reserved, sold }: Level,
  after: string,
  orders: { log: TopicRecord[]; created: Created[] },
): Promise<string> {
  const level = await levelOf(service, sku);
  demandFacts(
    `the stock of ${sku} ${after}.`,
    [
      equals('available', level?.available, available),
      equals('reserved', level?.reserved, reserved),
      equals('sold', level?.sold, sold),
    ],
    () => [...orders.created.map((order) => storyTable(storyOf(orders.log, order))), service.describe()].join('\n\n'),
  );
  return `${sku}: ${available} available, ${reserved} reserved, ${sold} sold`;
}

/** The inventory's answers to an order, each event once. */
export function answersTo(log: TopicRecord[], order: Created): TopicRecord[] {
  return distinct(recordsOf(log, order.payload.order_id, RESULTS));
}

/** Demands that the inventory has answered an order with one event in this topic. */
export function demandAnswer(log: TopicRecord[], order: Created, topic: string, service: Service): TopicRecord {
  const [answer, second] = answersTo(log, order);
  demand(
    answer !== undefined &&
      !second &&
      answer.topic === topic &&
      found(answer).metadata?.causation_id === order.event_id,
    `one event in ${topic} answers the order.`,
    () => `${storyTable(storyOf(log, order))}\n\n${service.describe()}`,
  );
  return answer;
}
