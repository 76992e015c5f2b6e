// What there is of each sku, and what has become of each event: one database, so that both change together.
import type { DatabaseSync } from 'node:sqlite';
import { newEvent } from '#shared/events/envelope.ts';
import type { EventOf } from '#shared/events/event.ts';
import type { OrderCreated } from '#shared/events/orders.ts';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';
import { notDoneYet } from '#shared/todo.ts';

export type Result = EventOf<'InventoryReserved'> | EventOf<'InventoryFailed'>;

export interface StockLevel {
  sku: string;
  available: number;
  reserved: number;
  sold: number;
}

type Failure = EventOf<'InventoryFailed'>['payload'];

export class Stock {
  readonly #database: DatabaseSync;

  /** `initial` counts only when the file is new. */
  constructor(file: string, initial: Record<string, number>) {
    this.#database = openDatabase(file, (database) => {
      database.exec(`
        CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER, reserved INTEGER, sold INTEGER);
        CREATE TABLE processed (event_id TEXT PRIMARY KEY, result TEXT);
      `);
      const insert = database.prepare('INSERT INTO stock VALUES (?, ?, 0, 0)');
      for (const [sku, available] of Object.entries(initial)) insert.run(sku, available);
    });
  }

  levelOf(sku: string): StockLevel | undefined {
    return this.#database.prepare('SELECT * FROM stock WHERE sku = ?').get(sku) as StockLevel | undefined;
  }

  /** Reserves all lines of an order or none, and returns the event that says so: the same one each time it is asked. */
  reserve(order: OrderCreated): Result {
    // TODO 4: in one transaction: if this event was processed before, return its result of then. If not, #decide, #take what is
    // reserved, and remember the result (as JSON) in the table `processed`, under the event's id.
    return notDoneYet('TODO 4: reserve once for each event, in one transaction');
  }

  close(): void {
    this.#database.close();
  }

  #resultOf(eventId: string): Result | undefined {
    const select = this.#database.prepare('SELECT result FROM processed WHERE event_id = ?');
    const row = select.get(eventId) as { result: string } | undefined;
    return row && (JSON.parse(row.result) as Result);
  }

  /** The result that follows from the stock as it is now; nothing is changed yet. */
  #decide(order: OrderCreated, wanted: Map<string, number>): Result {
    const { order_id } = order.payload;
    const from = { source: 'inventory-service', correlationId: order.correlation_id, causationId: order.event_id };
    const failure = this.#failureOf(order_id, wanted);
    if (failure) return newEvent({ ...from, type: 'InventoryFailed', payload: failure });
    const items = [...wanted].map(([sku, quantity]) => ({ sku, quantity }));
    return newEvent({ ...from, type: 'InventoryReserved', payload: { order_id, items } });
  }

  #failureOf(orderId: string, wanted: Map<string, number>): Failure | undefined {
    const short = [...wanted]
      .map(([sku, requested]) => ({ sku, requested, level: this.levelOf(sku) }))
      .filter(({ requested, level }) => requested > (level?.available ?? 0));
    if (short.length === 0) return undefined;
    const reason = short.some(({ level }) => level === undefined) ? 'UNKNOWN_SKU' : 'OUT_OF_STOCK';
    const unavailable = short.map(({ sku, requested, level }) => ({
      sku,
      requested,
      available: level?.available ?? 0,
    }));
    return { order_id: orderId, reason, unavailable };
  }

  #take(wanted: Map<string, number>): void {
    const update = this.#database.prepare(
      'UPDATE stock SET available = available - ?, reserved = reserved + ? WHERE sku = ?',
    );
    for (const [sku, quantity] of wanted) update.run(quantity, quantity, sku);
  }
}

/** An order may name a sku on several lines; what counts is their sum. */
function sumBySku({ payload }: OrderCreated): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of payload.items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  return wanted;
}
