// What there is of each sku, and what each order has made of it. An order goes through this book once: reserved or refused,
// then sold or released.
import type { DatabaseSync } from 'node:sqlite';
import { newEvent } from '#shared/events/envelope.ts';
import type { EventOf } from '#shared/events/event.ts';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';
import { notDoneYet } from '#shared/todo.ts';

export type Result = EventOf<'InventoryReserved'> | EventOf<'InventoryFailed'>;
type Line = EventOf<'InventoryReserved'>['payload']['items'][number];
type Shortage = EventOf<'InventoryFailed'>['payload']['unavailable'][number];

export interface StockLevel {
  sku: string;
  available: number;
  reserved: number;
  sold: number;
}

/** REFUSED and CANCELLED hold no stock: one could not be fulfilled, the other was cancelled before we had read of it. */
type State = 'RESERVED' | 'REFUSED' | 'SOLD' | 'RELEASED' | 'CANCELLED';

interface Entry {
  state: State;
  lines: Line[];
  /** What was published about the order; null where nothing was. */
  result: Result | null;
}

export class Stock {
  readonly #database: DatabaseSync;

  /** `initial` counts only when the file is new. */
  constructor(file: string, initial: Record<string, number>) {
    this.#database = openDatabase(file, (database) => {
      database.exec(`
        CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER, reserved INTEGER, sold INTEGER);
        CREATE TABLE book (order_id TEXT PRIMARY KEY, state TEXT, lines TEXT, result TEXT);
      `);
      const insert = database.prepare('INSERT INTO stock VALUES (?, ?, 0, 0)');
      for (const [sku, available] of Object.entries(initial)) insert.run(sku, available);
    });
  }

  levelOf(sku: string): StockLevel | undefined {
    return this.#database.prepare('SELECT * FROM stock WHERE sku = ?').get(sku) as StockLevel | undefined;
  }

  /** Reserves all lines of an order or none. Returns what to publish: the same each time, and null for an order in the book without a result. */
  reserve(order: EventOf<'OrderCreated'>): Result | null {
    const { order_id, items } = order.payload;
    return inTransaction(this.#database, () => {
      const known = this.#entryOf(order_id);
      if (known) return known.result;
      const lines = bySku(items);
      const shortages = lines.flatMap((line) => this.#shortageOf(line));
      const result = resultOf(order, lines, shortages, (sku) => this.levelOf(sku) === undefined);
      const state = result.event_type === 'InventoryReserved' ? 'RESERVED' : 'REFUSED';
      if (state === 'RESERVED') this.#move(lines, 'available', 'reserved');
      this.#write(order_id, { state, lines, result });
      return result;
    });
  }

  /** Moves what the order has reserved, once, to where its end belongs; remembers an order that ended before it began here. */
  settle({ event_type, payload }: EventOf<'OrderCompleted'> | EventOf<'OrderCancelled'>): void {
    const { order_id } = payload;
    // TODO 5: what the book says was reserved for this order is sold, or becomes available again; once, whatever is delivered
    // how often. The book may have no entry yet: OrderCancelled and OrderCreated are in different topics. Remember it then, so
    // that `reserve` finds it. (An OrderCompleted cannot come before its reservation: without an entry it changes nothing.)
    notDoneYet('TODO 5: settle what an order has reserved');
  }

  close(): void {
    this.#database.close();
  }

  #shortageOf({ sku, quantity }: Line): Shortage[] {
    const available = this.levelOf(sku)?.available ?? 0;
    return quantity > available ? [{ sku, requested: quantity, available }] : [];
  }

  #move(lines: Line[], from: keyof StockLevel, to: keyof StockLevel): void {
    const update = this.#database.prepare(`UPDATE stock SET ${from} = ${from} - ?, ${to} = ${to} + ? WHERE sku = ?`);
    for (const { sku, quantity } of lines) update.run(quantity, quantity, sku);
  }

  #entryOf(orderId: string): Entry | undefined {
    const row = this.#database.prepare('SELECT * FROM book WHERE order_id = ?').get(orderId);
    if (!row) return undefined;
    const { state, lines, result } = row as { state: State; lines: string; result: string };
    return { state, lines: JSON.parse(lines), result: JSON.parse(result) };
  }

  #write(orderId: string, { state, lines, result }: Entry): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO book VALUES (?, ?, ?, ?)')
      .run(orderId, state, JSON.stringify(lines), JSON.stringify(result));
  }
}

/** A sku may stand on several lines of an order; what counts is their sum. */
function bySku(items: Line[]): Line[] {
  const groups = Map.groupBy(items, ({ sku }) => sku);
  return [...groups].map(([sku, lines]) => ({ sku, quantity: lines.reduce((sum, { quantity }) => sum + quantity, 0) }));
}

function resultOf(
  { event_id, correlation_id, payload: { order_id } }: EventOf<'OrderCreated'>,
  lines: Line[],
  unavailable: Shortage[],
  isUnknown: (sku: string) => boolean,
): Result {
  const from = { source: 'inventory-service', correlationId: correlation_id, causationId: event_id };
  if (unavailable.length === 0) {
    return newEvent({ ...from, type: 'InventoryReserved', payload: { order_id, items: lines } });
  }
  const reason = unavailable.some(({ sku }) => isUnknown(sku)) ? 'UNKNOWN_SKU' : 'OUT_OF_STOCK';
  return newEvent({ ...from, type: 'InventoryFailed', payload: { order_id, reason, unavailable } });
}
