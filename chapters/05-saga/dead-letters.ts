// What is no event, in the topics of one service.
import { randomUUID } from 'node:crypto';
import type { CourseEvent } from '#shared/events/event.ts';
import { TOPIC_OF } from '#shared/events/topics.ts';
import type { ConsumingService } from '#shared/testing/consuming-services.ts';
import { demandDeadLetter } from '#shared/testing/dead-letters.ts';
import { demand } from '#shared/testing/demand.ts';
import { recordTable } from '#shared/testing/evidence.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';
import type { Workbench } from '#shared/testing/workbench.ts';
import {
  type Created,
  inventoryFailed,
  inventoryReserved,
  notificationSent,
  orderCancelled,
  orderCompleted,
  orderCreated,
} from './traffic.ts';

const ORDER = orderCreated();
const SOUND: CourseEvent[] = [
  ORDER,
  inventoryReserved(ORDER),
  inventoryFailed(ORDER),
  notificationSent(ORDER, 'ORDER_CONFIRMED'),
  orderCompleted(ORDER),
  orderCancelled(ORDER),
];

/** Torn, without a value, and events that lack something, in the envelope or in the payload. */
function spoilt(topic: string): (string | null)[] {
  const event = SOUND.find(({ event_type }) => TOPIC_OF[event_type] === topic);
  if (!event) throw new Error(`no event belongs into ${topic}`);
  const lacking: object[] = [
    { ...event, event_id: undefined },
    { ...event, correlation_id: undefined },
    { ...event, payload: { ...event.payload, order_id: undefined } },
  ];
  // Why an order was refused is what its customer hears.
  if (topic === 'inventory.failed') lacking.push({ ...event, payload: { ...event.payload, reason: undefined } });
  // A reservation of nothing in particular is none.
  if (topic === 'inventory.reserved') lacking.push({ ...event, payload: { ...event.payload, items: undefined } });
  // Only one kind of mail is a step of the saga.
  if (topic === 'notifications.sent') lacking.push({ ...event, payload: { ...event.payload, kind: undefined } });
  return ['{"event_id": "1", "event_ty', null, ...lacking.map((one) => JSON.stringify(one))];
}

/** Publishes what is no event into topics, under a key that it returns. */
export async function publishSpoilt(bench: Workbench, topics: readonly string[]): Promise<string> {
  const key = `spoilt ${randomUUID()}`;
  for (const topic of topics) {
    await bench.direct.publish(
      topic,
      spoilt(topic).map((value) => ({ key, value })),
    );
  }
  return key;
}

/** Demands that nothing about an order was put aside as poison; `what` names what is sound about it. */
export function demandNoLetter(log: TopicRecord[], { payload }: Created, what: string): void {
  const letters = log.filter(({ topic, key }) => topic.endsWith('.dlq') && key === payload.order_id);
  demand(letters.length === 0, `${what} is no dead letter.`, () => recordTable(letters));
}

/** Demands that a service has put each of them into the dead-letter topic of its topic. */
export function demandBuried(
  log: TopicRecord[],
  key: string,
  { topics, group }: ConsumingService,
  service: Service,
): void {
  for (const record of log.filter((each) => each.key === key && topics.includes(each.topic))) {
    demandDeadLetter(log, record, 'a record that is no event', group, service);
  }
}
