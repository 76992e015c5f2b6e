// A service's own store: one SQLite file, which its replicas share.
import { DatabaseSync } from 'node:sqlite';

/** How long a transaction waits for another replica's, in milliseconds. */
const BUSY_LIMIT_MS = 5_000;

/**
 * Opens a database file. In write-ahead mode readers do not wait for a writer; of writers there is one at a time.
 * `setUp` runs in a transaction, when the file is new, and in one replica only.
 */
export function openDatabase(file: string, setUp: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_LIMIT_MS });
  // Its own exclusive lock, before the mode is changed: two replicas that open a new file at once would get in each other's way.
  database.exec('PRAGMA journal_mode = WAL');
  inTransaction(database, () => {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > 0) return;
    setUp(database);
    database.exec('PRAGMA user_version = 1');
  });
  return database;
}

/** Runs `work` whole or not at all, and alone: IMMEDIATE takes the write lock before the first read, not after it. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
