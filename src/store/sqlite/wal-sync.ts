import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const syncData = promisify(fdatasync);

/**
 * Makes what SQLite has written to its write-ahead log durable, without holding up the event loop. SQLite itself does that
 * inside each COMMIT with `synchronous = FULL` (https://sqlite.org/pragma.html#pragma_synchronous); with NORMAL it leaves
 * it out and syncs only around checkpoints, which is what keeps the database whole. The log stays one file for as long as
 * the database is open (https://sqlite.org/walformat.html), and SQLite locks others, never this one.
 */
export class WalSync {
  readonly #file: number;

  /** @param path the write-ahead log, which is there once the open database was read. */
  constructor(path: string) {
    this.#file = openSync(path, 'r+');
  }

  /** Fulfilled when all that was committed before the call survives a loss of power. */
  sync(): Promise<void> {
    return syncData(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
