// Events on their way out. They lie in the database of the state that they tell of, so that one transaction writes both:
// either something has happened and will be heard of, or neither.
import type { DatabaseSync } from 'node:sqlite';
import type { CourseEvent } from '../events/event.ts';

/** An event that has not been published, or of which we do not know. */
export interface Outgoing {
  id: number;
  event: CourseEvent;
}

/** Rows that one transaction has written, first and last. */
export interface Span {
  from: number;
  to: number;
}

/** For the `setUp` of the database that is to hold an outbox. Numbers are never used twice, so a Span stays what it was. */
export const OUTBOX_TABLES = `
  CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
  CREATE TABLE outbox_lease (holder TEXT NOT NULL, until INTEGER NOT NULL);
  INSERT INTO outbox_lease VALUES ('', 0);
`;

export class Outbox {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Puts an event in. Belongs into the transaction that makes true what the event says. */
  add(event: CourseEvent): number {
    const insert = this.#database.prepare('INSERT INTO outbox (event) VALUES (?)');
    return Number(insert.run(JSON.stringify(event)).lastInsertRowid);
  }

  /** The oldest events, in the order in which they were put in. */
  oldest(limit: number): Outgoing[] {
    const rows = this.#database.prepare('SELECT id, event FROM outbox ORDER BY id LIMIT ?').all(limit);
    return (rows as unknown as { id: number; event: string }[]).map(({ id, event }) => ({
      id,
      event: JSON.parse(event) as CourseEvent,
    }));
  }

  /** Whether any event of a span is still here. */
  holds({ from, to }: Span): boolean {
    return this.#database.prepare('SELECT 1 FROM outbox WHERE id BETWEEN ? AND ?').get(from, to) !== undefined;
  }

  get isEmpty(): boolean {
    return this.#database.prepare('SELECT 1 FROM outbox').get() === undefined;
  }

  /** Takes out what the broker has acknowledged. */
  remove({ from, to }: Span): void {
    this.#database.prepare('DELETE FROM outbox WHERE id BETWEEN ? AND ?').run(from, to);
  }

  /** Makes `holder` the one replica that publishes, for so long; false while it is another's turn. One statement, so no race. */
  lease(holder: string, forMs: number, now: number = Date.now()): boolean {
    const claim = this.#database.prepare('UPDATE outbox_lease SET holder = ?, until = ? WHERE holder = ? OR until < ?');
    return claim.run(holder, now + forMs, holder, now).changes === 1;
  }

  /** Lets the next replica publish at once. */
  release(holder: string): void {
    this.#database.prepare('UPDATE outbox_lease SET until = 0 WHERE holder = ?').run(holder);
  }
}
