// From the bytes of a record to an event, or to the reason why there is none.
import { z } from 'zod';
import { type CourseEvent, type EventType, PAYLOADS } from './event.ts';

const text = z.string().min(1);

const envelope = z.object({
  event_id: text,
  event_type: text,
  timestamp: text,
  correlation_id: text,
  payload: z.unknown().refine((payload) => typeof payload === 'object' && payload !== null, 'must be an object'),
  metadata: z.object({ source: text, causation_id: text.nullable(), schema_version: z.number() }),
});

export type Reading =
  | { kind: 'event'; event: CourseEvent }
  /** A sound envelope of a type that we do not know: somebody else's business. */
  | { kind: 'unknown'; type: string }
  /** Nothing that could ever be processed, however often it is read. */
  | { kind: 'poison'; reason: string };

/** Reads the value of a record. Never throws: a consumer that dies of a record dies of it again after every restart. */
export function readEvent(value: Buffer | null): Reading {
  if (value === null) return { kind: 'poison', reason: 'the value is null' };
  const parsed = envelope.safeParse(parseJson(value));
  if (!parsed.success) return { kind: 'poison', reason: `not an event envelope: ${shortly(parsed.error)}` };
  const type = parsed.data.event_type;
  if (!isKnown(type)) return { kind: 'unknown', type };
  const payload = PAYLOADS[type].safeParse(parsed.data.payload);
  if (!payload.success) return { kind: 'poison', reason: `not the payload of ${type}: ${shortly(payload.error)}` };
  return { kind: 'event', event: { ...parsed.data, payload: payload.data } as CourseEvent };
}

/** Undefined for what is not JSON in UTF-8. */
function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch {
    return undefined;
  }
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(PAYLOADS, type);
}

function shortly(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${z.core.toDotPath(path) || 'value'}: ${message}`).join('; ');
}
