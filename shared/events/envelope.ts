import { randomUUID } from 'node:crypto';

/** What every event of the course looks like on its topic, whatever it says. */
export interface Envelope<Type extends string, Payload> {
  /** Names this event for ever: the same when it is sent again, so that consumers can tell a repetition. */
  event_id: string;
  event_type: Type;
  /** When it happened: ISO 8601, UTC, milliseconds. */
  timestamp: string;
  /** The order's first request, unchanged through the whole flow. */
  correlation_id: string;
  payload: Payload;
  metadata: {
    source: string;
    /** The event_id of the event that caused this one; null for the first of a flow. */
    causation_id: string | null;
    schema_version: 1;
  };
}

export interface NewEvent<Type extends string, Payload> {
  type: Type;
  source: string;
  correlationId: string;
  causationId: string | null;
  payload: Payload;
}

/** Wraps a payload as a new event that has happened now. */
export function newEvent<Type extends string, Payload>(event: NewEvent<Type, Payload>): Envelope<Type, Payload> {
  return {
    event_id: randomUUID(),
    event_type: event.type,
    timestamp: new Date().toISOString(),
    correlation_id: event.correlationId,
    payload: event.payload,
    metadata: { source: event.source, causation_id: event.causationId, schema_version: 1 },
  };
}
