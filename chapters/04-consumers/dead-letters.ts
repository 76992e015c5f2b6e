// Records that can never be processed, and what the contract says of their dead letters.
import type { IHeaders } from 'kafkajs';
import { demandFacts, holds } from '#shared/testing/demand.ts';
import { type Fact, recordTable } from '#shared/testing/evidence.ts';
import type { Service } from '#shared/testing/service.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';

export interface Spoilt {
  what: string;
  key: string | null;
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
  const headers = { 'event-type': 'OrderCreated', trace: Buffer.from([0, 255, 1, 254]), tag: ['one', 'two'] };
  return [
    { what: 'a null value', key: 'tombstone', value: null },
    { what: 'a null value without a key', key: null, value: null },
    { what: 'no JSON', key: 'torn', value: Buffer.from('{"event_id": "1", "event_ty') },
    { what: 'bytes that are no text, with headers that are none', key: 'bytes', value: NOT_UTF8, headers },
    { what: 'an empty value', key: 'empty', value: Buffer.alloc(0) },
    { what: 'null as JSON', key: 'json-null', value: Buffer.from('null') },
    { what: 'a number as JSON', key: 'json-number', value: Buffer.from('42') },
    { what: 'a list as JSON', key: 'json-list', value: Buffer.from('[]') },
    { what: 'a text as JSON', key: 'json-text', value: Buffer.from('"OrderCreated"') },
  ];
}

/**
 * Demands that a record lies in its dead-letter topic for a group, as it was and with where it lay: once, or where publishing
 * was disturbed once or more often, because a dead letter has no id that could tell its repetition.
 */
export function demandDeadLetter(
  log: TopicRecord[],
  record: TopicRecord,
  what: string,
  group: string,
  service: Service,
  disturbed = false,
) {
  const letters = log.filter(({ topic }) => topic === `${record.topic}.dlq`);
  const mine = letters.filter(
    ({ headers }) =>
      headers['dlq-topic'] === record.topic &&
      headers['dlq-partition'] === String(record.partition) &&
      headers['dlq-offset'] === String(record.offset) &&
      headers['dlq-group'] === group,
  );
  const [letter] = mine;
  const often = disturbed ? 'once or more often' : 'exactly once';
  const place = `${record.topic}[${record.partition}]@${record.offset}`;
  demandFacts(
    `${what} (${place}) is in ${record.topic}.dlq ${often}, unchanged, with dlq-topic, dlq-partition, dlq-offset, dlq-group ${group} and dlq-error.`,
    [
      holds(
        'dead letters with these headers',
        mine.length,
        disturbed ? '1 or more' : '1',
        disturbed ? mine.length > 0 : mine.length === 1,
      ),
      ...(letter ? sameFacts(record, letter) : []),
    ],
    () => `${recordTable(mine.length > 0 ? mine : letters.slice(-5))}\n\n${service.describe()}`,
  );
}

function sameFacts(record: TopicRecord, letter: TopicRecord): Fact[] {
  const { headers = {} } = record.message;
  return [
    holds('key', letter.key, String(record.key), sameBytes(record.message.key, letter.message.key)),
    holds(
      'value',
      hex(letter.message.value),
      hex(record.message.value),
      sameBytes(record.message.value, letter.message.value),
    ),
    holds('dlq-error', letter.headers['dlq-error'], 'some text', (letter.headers['dlq-error'] ?? '') !== ''),
    ...Object.entries(headers).map(([name, value]) => {
      const found = letter.message.headers?.[name];
      return holds(`header ${name}`, shown(found), shown(value), shown(found) === shown(value));
    }),
  ];
}

export function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}

function hex(bytes: Buffer | null): string {
  return bytes === null ? 'null' : bytes.subarray(0, 24).toString('hex') || '(empty)';
}

/** A header's values; a name may stand more than once. */
export function shown(value: IHeaders[string]): string {
  if (value === undefined) return '(missing)';
  return [value]
    .flat()
    .map((each) => Buffer.from(each).toString('hex'))
    .join(', ');
}
