// How evidence is shown: tables and exchanges as plain text that reads the same in a terminal, in JSON and on a page.
import type { Batch } from './tap/decode.ts';
import type { TapRequest } from './tap/tap.ts';
import type { TopicRecord } from './topic-log.ts';

const MOST_ROWS = 8;
const WIDEST_CELL = 60;

/** Records as a table: where they are, what they are keyed by, and what they say. */
export function recordTable(records: TopicRecord[]): string {
  if (records.length === 0) return '(no record)';
  const rows = records.slice(0, MOST_ROWS).map((record) => [
    record.topic,
    String(record.partition),
    String(record.offset),
    record.key ?? '(null)',
    Object.entries(record.headers)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    record.value ?? '(null)',
  ]);
  const more = records.length > MOST_ROWS ? `\n… and ${records.length - MOST_ROWS} more` : '';
  return table(['topic', 'p', 'offset', 'key', 'headers', 'value'], rows) + more;
}

/** Produce requests as a table: what each asked for, and what it carried. */
export function requestTable(requests: TapRequest[]): string {
  if (requests.length === 0) return '(no produce request)';
  const rows = requests.slice(0, MOST_ROWS).map(({ connection, produce, clientId, answeredAt }) => {
    const batches = produce?.batches ?? [];
    const list = (of: (batch: Batch) => unknown) => [...new Set(batches.map((batch) => String(of(batch))))].join(', ');
    const records = batches.reduce((sum, batch) => sum + batch.records, 0);
    const sequences = batches.map(({ partition, baseSequence }) => `${partition}:${baseSequence}`).join(' ');
    const facts = [list(({ codec }) => codec), list(({ producerId }) => producerId), sequences];
    const answered = answeredAt === undefined ? 'no' : 'yes';
    return [String(connection), clientId ?? '', String(produce?.acks), String(records), ...facts, answered];
  });
  const more = requests.length > MOST_ROWS ? `\n… and ${requests.length - MOST_ROWS} more` : '';
  return (
    table(['conn', 'client', 'acks', 'records', 'codec', 'producer', 'partition:sequence', 'answered'], rows) + more
  );
}

/** A table with columns as wide as their widest cell, up to a limit. */
export function table(head: string[], rows: string[][]): string {
  const short = (cell: string) => (cell.length > WIDEST_CELL ? `${cell.slice(0, WIDEST_CELL - 1)}…` : cell);
  const lines = [head, ...rows.map((row) => row.map(short))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Facts side by side, the wrong ones marked: what each should be and what it is. */
export function comparison(facts: Fact[]): string {
  const rows = facts.map(({ name, expected, actual, ok }) => {
    const cells = ok ? [expected, show(actual)] : aroundDifference(expected, show(actual));
    return [ok ? ' ' : '✗', name, ...cells];
  });
  return table(['', 'field', 'expected', 'found'], rows);
}

/** Two long texts from a little before the place where they begin to differ: cut at the same place they would look alike. */
function aroundDifference(one: string, other: string): [string, string] {
  if (Math.max(one.length, other.length) <= WIDEST_CELL) return [one, other];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  const from = Math.max(0, same - WIDEST_CELL / 2);
  const cut = (text: string) => (from > 0 ? `…${text.slice(from)}` : text);
  return [cut(one), cut(other)];
}

export interface Fact {
  name: string;
  /** In words or as a literal. */
  expected: string;
  actual: unknown;
  ok: boolean;
}

/** A value as JSON would write it; what JSON cannot write is named. */
export function show(value: unknown): string {
  return value === undefined ? '(missing)' : (JSON.stringify(value) ?? String(value));
}
