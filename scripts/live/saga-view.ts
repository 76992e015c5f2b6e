// Draws each order's saga as a sequence while it happens, from the records alone: a line a record, from the service that has
// published it to those that read it, in the colour of its correlation.
import { styleText } from 'node:util';
import type { TopicRecord } from '#shared/testing/topic-log.ts';

const COLUMNS = ['order-service', 'inventory-service', 'notification-service'] as const;
type Column = (typeof COLUMNS)[number];

/** Who reads what, by the contract; the head of each arrow. */
const READERS: Record<string, Column[]> = {
  OrderCreated: ['inventory-service', 'notification-service'],
  InventoryReserved: ['order-service', 'notification-service'],
  InventoryFailed: ['order-service'],
  NotificationSent: ['order-service'],
  OrderCompleted: ['inventory-service'],
  OrderCancelled: ['inventory-service', 'notification-service'],
};

/** The services that read events of a type, by the contract. */
export function readersOf(eventType: string): string[] {
  return Object.hasOwn(READERS, eventType) ? (READERS[eventType] ?? []) : [];
}

const COLORS = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'] as const;
const MARGIN = 12;
const WIDTH = 16;
const EVENT_WIDTH = 34;
/** So many sagas and events are remembered; of an older one, a repetition counts as the first. */
const KEPT = 10_000;

interface Event {
  event_id?: string;
  event_type?: string;
  correlation_id?: string;
  payload?: { kind?: string; reason?: string };
  metadata?: { source?: string };
}

export class SagaView {
  /** When the first record of each correlation was written, and its colour. */
  readonly #sagas = new Map<string, { start: number; color: (typeof COLORS)[number] }>();
  readonly #seen = new Set<string>();
  #begun = 0;

  /** The lines to print for a record: its own, and the heading before the first of a saga. */
  linesOf(record: TopicRecord): string[] {
    const event = (record.json ?? {}) as Event;
    const { correlation_id: correlation, event_id: id = '' } = event;
    if (!correlation) return [`  ${placeOf(record)} is not an event`];
    const known = this.#sagas.get(correlation);
    const saga = known ?? this.#begin(correlation, Date.parse(record.timestamp));
    const after = `+${Date.parse(record.timestamp) - saga.start} ms`.padStart(MARGIN - 2);
    const what = describe(event).padEnd(EVENT_WIDTH);
    const again = this.#seen.has(id) ? styleText('bold', '  (again, the same event_id)') : '';
    this.#seen.add(id);
    forgetOldestOf(this.#seen);
    const line = `${after}  ${styleText(saga.color, `${arrow(event)} ${what}`)} ${styleText('dim', placeOf(record))}${again}`;
    return known ? [line] : ['', styleText(saga.color, heading(correlation)), line];
  }

  #begin(correlation: string, start: number) {
    const saga = { start, color: COLORS[this.#begun++ % COLORS.length] ?? 'cyan' };
    this.#sagas.set(correlation, saga);
    forgetOldestOf(this.#sagas);
    return saga;
  }
}

/** Sets and maps list what is in them in the order in which it came. */
function forgetOldestOf(known: Set<string> | Map<string, unknown>): void {
  if (known.size <= KEPT) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

function heading(correlation: string): string {
  const names = COLUMNS.map((name) => name.replace('-service', '').padEnd(WIDTH)).join('');
  return `${' '.repeat(MARGIN)}${names.trimEnd()}   correlation ${correlation.slice(0, 8)}`;
}

function describe({ event_type = 'no event_type', payload }: Event): string {
  return [event_type, payload?.kind ?? payload?.reason ?? ''].join(' ').trimEnd();
}

function placeOf({ topic, partition, offset }: TopicRecord): string {
  return `${topic}[${partition}]@${offset}`;
}

/** From a dot in the publisher's column to a head in each reader's. */
function arrow({ event_type = '', metadata }: Event): string {
  const from = COLUMNS.indexOf(metadata?.source as Column);
  const heads = readersOf(event_type).map((name) => COLUMNS.indexOf(name as Column));
  const [left, right] = [Math.min(from, ...heads), Math.max(from, ...heads)];
  const cells = Array.from({ length: WIDTH * (COLUMNS.length - 1) + 1 }, (_, at) => {
    if (from === -1) return ' ';
    const column = at / WIDTH;
    if (column === from) return '●';
    if (heads.includes(column)) return column < from ? '◄' : '►';
    return column > left && column < right ? '─' : ' ';
  });
  return cells.join('');
}
