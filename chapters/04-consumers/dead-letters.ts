// Records that can never be processed.
import type { IHeaders } from 'kafkajs';

export interface Spoilt {
  what: string;
  key: string | Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
}

const NOT_UTF8 = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x80, 0x7d]);

/** An event with one thing wrong. */
export function spoil(what: string, event: object, change: (event: Record<string, unknown>) => unknown): Spoilt {
  const copy = structuredClone(event) as Record<string, unknown>;
  const changed = change(copy) ?? copy;
  return { what, key: crypto.randomUUID(), value: Buffer.from(JSON.stringify(changed)) };
}

/** What no topic wants, whatever it is about. */
export function garbage(): Spoilt[] {
  // One that has died before, and was replayed: that, too, is a header of the record.
  const history = { 'replay-count': '3' };
  const headers = {
    'event-type': 'OrderCreated',
    trace: Buffer.from([0, 255, 1, 254]),
    tag: ['one', 'two'],
    ...history,
  };
  return [
    { what: 'a null value', key: 'tombstone', value: null },
    { what: 'a null value without a key', key: null, value: null },
    { what: 'no JSON, under a key that is no text', key: NOT_UTF8, value: Buffer.from('{"event_id": "1", "event_ty') },
    { what: 'no JSON', key: 'torn', value: Buffer.from('{"event_id": "1", "event_ty') },
    { what: 'bytes that are no text, with headers that are none', key: 'bytes', value: NOT_UTF8, headers },
    { what: 'an empty value', key: 'empty', value: Buffer.alloc(0) },
    { what: 'null as JSON', key: 'json-null', value: Buffer.from('null') },
    { what: 'a number as JSON', key: 'json-number', value: Buffer.from('42') },
    { what: 'a list as JSON', key: 'json-list', value: Buffer.from('[]') },
    { what: 'a text as JSON', key: 'json-text', value: Buffer.from('"OrderCreated"') },
  ];
}
