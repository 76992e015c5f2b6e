// A record as the page shows it: its value decoded as far as it can be, and cut where it is long.
import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import type { RecordLine, SagaStep, ShownValue } from '#docs/site/client/lab/messages.ts';
import { readersOf } from '../../live/saga-view.ts';
import type { Decode, Decoded } from './schema-decoder.ts';

const SHOWN_CHARACTERS = 4_000;
const HEADER_CHARACTERS = 500;
/** A larger value is not parsed only to see whether it is an event. */
const PARSE_LIMIT_BYTES = 64_000;
const SHOWN_BYTES = 256;

export async function recordLine(
  topic: string,
  partition: number,
  message: KafkaMessage,
  decode: Decode,
): Promise<RecordLine> {
  const { offset, timestamp, key, headers = {}, value } = message;
  const decoded = await decode(value);
  const json = decoded && decoded.trouble === undefined ? decoded.json : parsed(value);
  return {
    topic,
    partition,
    offset,
    timestamp: Number(timestamp),
    ...(key && { key: textOf(key).slice(0, HEADER_CHARACTERS) }),
    headers: Object.entries(headers).flatMap(([name, content]) =>
      [content]
        .flat()
        .map((one): [string, string] => [
          name.slice(0, HEADER_CHARACTERS),
          one === undefined ? '(null)' : textOf(Buffer.from(one)).slice(0, HEADER_CHARACTERS),
        ]),
    ),
    value: shownValue(value, json, decoded),
    ...eventOf(json),
  };
}

function parsed(value: Buffer | null): unknown {
  if (!value || value.length > PARSE_LIMIT_BYTES) return undefined;
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}

function shownValue(value: Buffer | null, json: unknown, decoded: Decoded | undefined): ShownValue {
  if (value === null) return { kind: 'tombstone', text: '', bytes: 0 };
  const bytes = value.length;
  if (decoded?.trouble !== undefined) return { ...plainValue(value, json), ...decoded };
  if (!decoded) return plainValue(value, json);
  return { kind: 'decoded', text: cut(JSON.stringify(json, readableBytes, 2)), bytes, schema: decoded.schema };
}

function plainValue(value: Buffer, json: unknown): ShownValue {
  const bytes = value.length;
  if (json !== undefined) return { kind: 'json', text: cut(JSON.stringify(json, null, 2)), bytes };
  if (isUtf8(value)) return { kind: 'text', text: cut(value.toString('utf8', 0, SHOWN_CHARACTERS * 4)), bytes };
  return { kind: 'binary', text: hexadecimal(value), bytes };
}

/** Text where it is text, else its first bytes in hexadecimal. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : hexadecimal(bytes);
}

function hexadecimal(bytes: Buffer): string {
  return (bytes.toString('hex', 0, SHOWN_BYTES).match(/../g) ?? []).join(' ');
}

/** For JSON.stringify, which shows the bytes of an Avro `bytes` or `fixed` as numbers in a list. */
function readableBytes(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? hexadecimal(Buffer.from(data)) : value;
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

interface EventLike {
  event_id?: unknown;
  event_type?: unknown;
  correlation_id?: unknown;
  payload?: { kind?: unknown; reason?: unknown } | null;
  metadata?: { source?: unknown } | null;
}

function eventOf(json: unknown): { event?: SagaStep } {
  const { event_id, event_type, correlation_id, payload, metadata } = (json ?? {}) as EventLike;
  if (typeof event_type !== 'string' || typeof correlation_id !== 'string') return {};
  const detail = payload?.kind ?? payload?.reason ?? '';
  const step = {
    id: String(event_id ?? ''),
    type: event_type,
    detail: String(detail),
    correlation: correlation_id,
    from: String(metadata?.source ?? ''),
  };
  return { event: { ...step, to: readersOf(event_type) } };
}
