// What the notification service knows: who has ordered, and what each of its events told the customer.
import type { DatabaseSync } from 'node:sqlite';
import { newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf, NotificationKind } from '#shared/events/event.ts';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';

type NotificationSent = EventOf<'NotificationSent'>;

export class Letters {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = openDatabase(file, (database) => {
      database.exec(`
        CREATE TABLE customer (order_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL);
        CREATE TABLE letter (cause TEXT PRIMARY KEY, order_id TEXT, kind TEXT, at TEXT, event TEXT);
        CREATE INDEX of_order ON letter (order_id);
      `);
    });
  }

  /** Notes the customer when an order names one; returns the one that is known. */
  customerOf({ event_type, payload }: CourseEvent): string | null {
    if (event_type === 'OrderCreated') {
      const insert = this.#database.prepare('INSERT OR REPLACE INTO customer VALUES (?, ?)');
      insert.run(payload.order_id, payload.customer_id);
    }
    const row = this.#database.prepare('SELECT customer_id FROM customer WHERE order_id = ?').get(payload.order_id);
    return (row as { customer_id: string } | undefined)?.customer_id ?? null;
  }

  /** What was published because of an event. */
  causedBy({ event_id }: CourseEvent): NotificationSent | undefined {
    const row = this.#database.prepare('SELECT event FROM letter WHERE cause = ?').get(event_id);
    return row && JSON.parse((row as { event: string }).event);
  }

  /** Notes that a mail was accepted, and returns the event that says so: the same one to every replica that asks. */
  sent(cause: CourseEvent, kind: NotificationKind): NotificationSent {
    return inTransaction(this.#database, () => {
      const { order_id } = cause.payload;
      const event: NotificationSent = newEvent({
        type: 'NotificationSent',
        source: 'notification-service',
        correlationId: cause.correlation_id,
        causationId: cause.event_id,
        payload: { order_id, kind, channel: 'email' },
      });
      const insert = this.#database.prepare('INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?, ?)');
      insert.run(cause.event_id, order_id, kind, event.timestamp, JSON.stringify(event));
      return this.causedBy(cause) ?? event;
    });
  }

  /** What the customer of an order was told, in that order. */
  of(orderId: string): { kind: NotificationKind; at: string }[] {
    const rows = this.#database.prepare('SELECT kind, at FROM letter WHERE order_id = ? ORDER BY rowid').all(orderId);
    return rows as { kind: NotificationKind; at: string }[];
  }

  close(): void {
    this.#database.close();
  }
}
