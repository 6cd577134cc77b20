import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailableError } from '../store.ts';

/** How long a commit waits for another process that has the database locked before it gives up. */
const LOCKED_PATIENCE_MS = 1_000;
const LOCKED_RETRY_MS = 20;

/** SQLite's result code for "database is locked" (https://sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

interface Work {
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits the work of many callers in one transaction, so that they share the cost of making it durable. Whatever is
 * handed in while one turn of the event loop handles its input is committed at that turn's end.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #beforeCommit: () => void;
  readonly #afterRollback: () => void;
  #waiting: Work[] = [];
  #scheduled = false;
  /** Commits that wait for a locked database. */
  readonly #retries = new Set<Promise<void>>();

  /**
   * @param hooks `beforeCommit` runs inside each transaction after its work, `afterRollback` when that was undone.
   */
  constructor(database: DatabaseSync, hooks: { beforeCommit: () => void; afterRollback: () => void }) {
    this.#database = database;
    this.#beforeCommit = hooks.beforeCommit;
    this.#afterRollback = hooks.afterRollback;
  }

  /**
   * Runs synchronous database work in the next transaction. It may be run again if the transaction had to be undone.
   *
   * @returns what the work returned, once it is durable.
   * @throws StoreUnavailableError when nothing of it was kept.
   */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ run: work, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Commits what is waiting, and waits until nothing is left under way. */
  async drain(): Promise<void> {
    this.#flush();
    while (this.#retries.size > 0) await Promise.all(this.#retries);
  }

  #flush(): void {
    if (this.#waiting.length > 0) this.#commit(this.#take(), Date.now() + LOCKED_PATIENCE_MS);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#flush();
    });
  }

  #take(): Work[] {
    const works = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    return works;
  }

  #commit(works: readonly Work[], giveUpAtMs: number): void {
    let results: unknown[];
    try {
      results = this.#transact(works);
    } catch (error) {
      this.#commitFailed(works, error, giveUpAtMs);
      return;
    }
    for (const [index, work] of works.entries()) work.resolve(results[index]);
  }

  #transact(works: readonly Work[]): unknown[] {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const results = works.map((work) => work.run());
      this.#beforeCommit();
      this.#database.exec('COMMIT');
      return results;
    } catch (error) {
      this.#afterRollback();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #commitFailed(works: readonly Work[], error: unknown, giveUpAtMs: number): void {
    if (isLocked(error) && Date.now() < giveUpAtMs) {
      this.#retry(works, giveUpAtMs);
    } else if (works.length > 1 && !isLocked(error)) {
      // One caller's work must not fail the others'.
      for (const work of works) this.#commit([work], giveUpAtMs);
    } else {
      for (const work of works) work.reject(new StoreUnavailableError(error));
    }
  }

  /** Lets the event loop go on while another process holds the lock. */
  #retry(works: readonly Work[], giveUpAtMs: number): void {
    const retry = wait(LOCKED_RETRY_MS).then(() => {
      this.#retries.delete(retry);
      this.#commit(works, giveUpAtMs);
    });
    this.#retries.add(retry);
  }
}

/** Whether an error says that another connection has the database locked. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && isBusy(error.errcode);
}

/** The lowest byte is the result code; SQLite may tell more above it (https://sqlite.org/rescode.html#extrc). */
function isBusy(errorCode: unknown): boolean {
  return typeof errorCode === 'number' && (errorCode & 0xff) === SQLITE_BUSY;
}
