import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockDirectory } from './lock.ts';
import { migrate } from './schema.ts';
import { Statements } from './statements.ts';
import { WalSync } from './wal-sync.ts';
import { endLeases } from './writes.ts';

/** A database that nobody else uses, of the newest version, in which no lease is held. */
export interface OpenedDatabase {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  /** Makes what is committed durable: that is not part of a commit. */
  readonly log: WalSync;
  /** Also lets the directory go. */
  readonly close: () => void;
}

/**
 * Opens the database of a directory, creating or migrating it, and ends every lease: whoever held one is gone.
 *
 * @param nowMs epoch milliseconds.
 * @throws Error when another process uses the directory or a newer Hookswitch wrote the database.
 */
export function openDatabase(directory: string, nowMs: number): OpenedDatabase {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const opened: (() => void)[] = [lockDirectory(directory)];
  const close = (): void => {
    for (const end of opened.splice(0).reverse()) end();
  };
  try {
    const path = join(directory, 'hookswitch.db');
    const database = new DatabaseSync(path);
    opened.push(() => {
      database.close();
    });
    // NORMAL leaves out the sync of each commit, which WalSync makes.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000; PRAGMA wal_autocheckpoint = 8000;',
    );
    migrate(database);
    const statements = new Statements(database);
    endLeases({ statements, nowMs }, Number.MAX_SAFE_INTEGER);
    // From here on GroupCommit waits for a locked database, without holding up the event loop.
    database.exec('PRAGMA busy_timeout = 0');
    const log = new WalSync(`${path}-wal`);
    opened.push(() => {
      log.close();
    });
    return { database, statements, log, close };
  } catch (error) {
    close();
    throw error;
  }
}
