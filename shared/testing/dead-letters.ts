// Dead letters, and what the contract says of them.
import type { IHeaders } from 'kafkajs';
import { demandFacts, holds } from './demand.ts';
import { type Fact, recordTable } from './evidence.ts';
import type { Service } from './service.ts';
import type { TopicRecord } from './topic-log.ts';

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
