import type { Message } from 'kafkajs';
import type { CourseEvent } from './event.ts';

/** An event as a record: keyed by its order, the envelope as JSON, and what can be read without opening it as headers. */
export function toMessage(event: CourseEvent): Message {
  return {
    key: event.payload.order_id,
    value: JSON.stringify(event),
    headers: {
      'event-type': event.event_type,
      'correlation-id': event.correlation_id,
      'content-type': 'application/json',
    },
  };
}
