// The lines of a running lab: what the workbook says, what the programs say, and what reached the broker.
import { styleText } from 'node:util';
import type { MailRequest } from '#infra/email-gateway/email-gateway.ts';
import type { TopicRecord } from '#shared/testing/topic-log.ts';

const WIDEST_LINE = 160;

/** Lines of one kind that are shown in a row; a burst beyond that is counted. */
const MOST_IN_A_ROW = 4;
/** The first count of a row comes soon; of what goes on and on, each further one takes four times as long, up to a minute. */
const COUNT_AFTER_MS = 400;
const COUNT_AT_LEAST_MS = 60_000;

let row = { kind: '', length: 0, countAfterMs: COUNT_AFTER_MS, timer: undefined as NodeJS.Timeout | undefined };

/** Prints a line, unless as many of its kind have been printed in a row; the rest is counted once they pause. */
function print(kind: string, line: string): void {
  if (kind !== row.kind) {
    endRow();
    row = { kind, length: 0, countAfterMs: COUNT_AFTER_MS, timer: undefined };
  }
  row.length++;
  if (row.length <= MOST_IN_A_ROW) console.log(line);
  else row.timer ??= setTimeout(endRow, row.countAfterMs);
}

function endRow(): void {
  clearTimeout(row.timer);
  const more = row.length - MOST_IN_A_ROW;
  if (more > 0) console.log(styleText('dim', `  … and ${more} more like it`));
  const countAfterMs = more > 0 ? Math.min(row.countAfterMs * 4, COUNT_AT_LEAST_MS) : row.countAfterMs;
  row = { ...row, length: Math.min(row.length, MOST_IN_A_ROW), countAfterMs, timer: undefined };
}

/** A line of the workbook's own. */
export function say(text: string): void {
  print(text, `${styleText('bold', '▸')} ${text}`);
}

/** How a step of the scenario went. */
export function outcomeLine(worked: boolean, text: string): void {
  print(text, `${worked ? styleText('green', '✓') : styleText('red', '✗')} ${text}`);
}

/** A record, as it is read from the broker. */
export function recordLine({ topic, partition, offset, key, value, json, timestamp }: TopicRecord): void {
  const event = (json ?? {}) as { event_type?: string; correlation_id?: string };
  const place = styleText('cyan', `${topic}[${partition}]@${offset}`);
  const what = event.event_type ?? (value === null ? 'tombstone' : 'not an event');
  const facts = `key=${shortId(key)} correlation=${shortId(event.correlation_id)}`;
  print(`record ${topic}`, `  ${styleText('dim', clock(timestamp))} ${place} ${what} ${styleText('dim', facts)}`);
}

/** A request to the e-mail gateway, and its answer. */
export function mailLine({ kind, order_id, status }: MailRequest): void {
  const what = `${styleText('cyan', 'gateway')} ${status} ${kind}`;
  print(
    'mail',
    `  ${styleText('dim', clock(new Date().toISOString()))} ${what} ${styleText('dim', `order=${shortId(String(order_id))}`)}`,
  );
}

/** A record as a step of its order's saga. */
export function sagaLines(lines: string[]): void {
  for (const line of lines) print(line, line);
}

/** A line that a program has printed: its JSON log in short, anything else as it is. */
export function programLine(program: string, line: string): void {
  const text = inShort(line);
  const cut = text.length > WIDEST_LINE ? `${text.slice(0, WIDEST_LINE - 1)}…` : text;
  print(`${program} ${text.replace(/ \(\S+\)$/, '')}`, styleText('dim', `  ${program} │ ${cut}`));
}

function inShort(line: string): string {
  try {
    const { level, msg, correlation_id, error } = JSON.parse(line) as Record<string, string | undefined>;
    if (typeof msg !== 'string') return line;
    const correlation = correlation_id ? ` (${shortId(correlation_id)})` : '';
    return `${level === 'info' ? '' : `${level}: `}${msg}${error ? `: ${error}` : ''}${correlation}`;
  } catch {
    return line;
  }
}

/** The first part of a UUID is enough to tell a few orders apart. */
function shortId(id: string | null | undefined): string {
  if (!id) return '(none)';
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

function clock(timestamp: string): string {
  return timestamp.slice(11, 23);
}
