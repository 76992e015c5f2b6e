// The orders and their outbox, in one database that all replicas share: what has become of an order and the event that tells
// of it are written together.
import type { DatabaseSync } from 'node:sqlite';
import type { CourseEvent, EventOf } from '#shared/events/event.ts';
import { OUTBOX_TABLES, Outbox, type Span } from '#shared/store/outbox.ts';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';
import { notDoneYet } from '#shared/todo.ts';
import { afterEvent, afterTime, type Order, type Step } from './order-saga.ts';

interface Row {
  order_id: string;
  created: string;
  status: Order['status'];
  reason: Order['reason'];
  reserved: number;
  notified: number;
  deadline: number;
}

export class Orders {
  readonly outbox: Outbox;
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = openDatabase(file, (database) => {
      database.exec(`
        CREATE TABLE orders (
          order_id TEXT PRIMARY KEY, created TEXT, status TEXT, reason TEXT, reserved INTEGER, notified INTEGER, deadline INTEGER
        );
        CREATE INDEX waiting ON orders (deadline) WHERE status = 'PENDING' AND reserved = 0;
        ${OUTBOX_TABLES}
      `);
    });
    this.outbox = new Outbox(this.#database);
  }

  /** Takes new orders, all or none of them. Returns where their events lie in the outbox. */
  take(events: EventOf<'OrderCreated'>[], deadline: number): Span {
    // TODO 1: write each order, PENDING and with its deadline, and put its OrderCreated into the outbox: all of it in one
    // transaction, because a crash between the two must not leave one without the other. Return the first and the last place
    // in the outbox.
    return notDoneYet('TODO 1: take orders, and put their events into the outbox');
  }

  /** Lets an event have its effect on its order. Returns the step that it led to, if any. */
  hear(event: CourseEvent): Step | undefined {
    return this.#advance(event.payload.order_id, (order) => afterEvent(order, event));
  }

  /** Lets time have its effect on every order that nobody has reserved anything for. Returns the steps that it led to. */
  watchClock(now: number): Step[] {
    const late = this.#database
      .prepare("SELECT order_id FROM orders WHERE status = 'PENDING' AND reserved = 0 AND deadline <= ? LIMIT 100")
      .all(now) as { order_id: string }[];
    const steps = late.map(({ order_id }) => this.#advance(order_id, (order) => afterTime(order, now)));
    return steps.filter((step) => step !== undefined);
  }

  find(orderId: string): Order | undefined {
    const row = this.#database.prepare('SELECT * FROM orders WHERE order_id = ?').get(orderId) as Row | undefined;
    if (!row) return undefined;
    const { status, reason, deadline } = row;
    const created = JSON.parse(row.created) as EventOf<'OrderCreated'>;
    return { created, status, reason, reserved: row.reserved === 1, notified: row.notified === 1, deadline };
  }

  close(): void {
    this.#database.close();
  }

  /** Reads an order, decides, and writes what was decided, with nobody in between. An order that we do not know stays unknown. */
  #advance(orderId: string, decide: (order: Order) => Step | undefined): Step | undefined {
    // TODO 2: find the order, let `decide` say what becomes of it, write that, and put the event that it publishes, if any,
    // into the outbox. Another replica may be doing the same with the same order at this moment.
    return notDoneYet('TODO 2: advance an order, and say so');
  }

  #write({ created, status, reason, reserved, notified, deadline }: Order): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        created.payload.order_id,
        JSON.stringify(created),
        status,
        reason,
        Number(reserved),
        Number(notified),
        deadline,
      );
  }
}
