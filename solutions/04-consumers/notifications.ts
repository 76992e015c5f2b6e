// What the notification service remembers: whose order it is, and which notification each event has led to.
import type { DatabaseSync } from 'node:sqlite';
import { newEvent } from '#shared/events/envelope.ts';
import type { CourseEvent, EventOf, NotificationKind } from '#shared/events/event.ts';
import { inTransaction, openDatabase } from '#shared/store/sqlite.ts';

export type NotificationSent = EventOf<'NotificationSent'>;

export class Notifications {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = openDatabase(file, (database) => {
      database.exec(`
        CREATE TABLE customers (order_id TEXT PRIMARY KEY, customer_id TEXT);
        CREATE TABLE sent (cause_id TEXT PRIMARY KEY, order_id TEXT, event TEXT);
      `);
    });
  }

  rememberCustomer(orderId: string, customerId: string): void {
    this.#database.prepare('INSERT OR REPLACE INTO customers VALUES (?, ?)').run(orderId, customerId);
  }

  customerOf(orderId: string): string | null {
    const select = this.#database.prepare('SELECT customer_id FROM customers WHERE order_id = ?');
    const row = select.get(orderId) as { customer_id: string } | undefined;
    return row?.customer_id ?? null;
  }

  /** The notification that an event has led to, if its mail was accepted. */
  sentFor(causeId: string): NotificationSent | undefined {
    const row = this.#database.prepare('SELECT event FROM sent WHERE cause_id = ?').get(causeId);
    return row && JSON.parse((row as { event: string }).event);
  }

  /** Remembers that the mail of an event was accepted. Returns the event that says so: the first one, whoever made it. */
  accepted(cause: CourseEvent, kind: NotificationKind): NotificationSent {
    return inTransaction(this.#database, () => {
      const known = this.sentFor(cause.event_id);
      if (known) return known;
      const { order_id } = cause.payload;
      const sent: NotificationSent = newEvent({
        type: 'NotificationSent',
        source: 'notification-service',
        correlationId: cause.correlation_id,
        causationId: cause.event_id,
        payload: { order_id, kind, channel: 'email' },
      });
      this.#database.prepare('INSERT INTO sent VALUES (?, ?, ?)').run(cause.event_id, order_id, JSON.stringify(sent));
      return sent;
    });
  }

  /** What the customer of an order has been told, in that order. */
  of(orderId: string): { kind: NotificationKind; at: string }[] {
    const rows = this.#database.prepare('SELECT event FROM sent WHERE order_id = ? ORDER BY rowid').all(orderId);
    const events = rows.map((row) => JSON.parse((row as { event: string }).event) as NotificationSent);
    return events.map(({ payload, timestamp }) => ({ kind: payload.kind, at: timestamp }));
  }

  close(): void {
    this.#database.close();
  }
}
