import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { storeError, StoreUnavailableError } from '../store.ts';

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

/** Work that is committed, with what it returned. */
interface Done {
  readonly works: readonly Work[];
  readonly results: readonly unknown[];
}

/** What is done around a transaction. */
export interface CommitHooks {
  /** Runs inside each transaction after its work. */
  readonly beforeCommit: () => void;
  /** Runs when that was undone. */
  readonly afterRollback: () => void;
  /** Makes everything that is committed durable. */
  readonly sync: () => Promise<void>;
}

/**
 * Commits the work of many callers in one transaction, so that they share the cost of making it durable. Whatever is
 * handed in while one turn of the event loop handles its input is committed at that turn's end; what comes while the disk
 * still writes waits for that, and is the next transaction.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #hooks: CommitHooks;
  #waiting: Work[] = [];
  #scheduled = false;
  /** Committed and not yet durable. */
  #unsynced: Done[] = [];
  /** Makes it durable; `undefined` when everything is. */
  #syncing: Promise<void> | undefined;
  /** Whether a sync failed, so that nobody knows what the disk has. */
  #unsure = false;
  #hasFailed = false;
  /** Commits that wait for a locked database. */
  readonly #retries = new Set<Promise<void>>();

  constructor(database: DatabaseSync, hooks: CommitHooks) {
    this.#database = database;
    this.#hooks = hooks;
  }

  /** Whether anything was refused since `recovered` was called: a disk that is too full for a CDR has room for less. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** It was found that there is room again. */
  recovered(): void {
    this.#hasFailed = false;
  }

  /**
   * Runs synchronous database work in the next transaction. It may be run again if the transaction had to be undone.
   *
   * @returns what the work returned, once it is durable.
   * @throws StoreUnavailableError when nothing of it was kept, as it is not when the work throws something of its own.
   */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ run: work, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Commits what is waiting, and waits until nothing is left under way. */
  async drain(): Promise<void> {
    do {
      this.#flush();
      await Promise.all([...this.#retries, this.#syncing]);
    } while (this.#waiting.length > 0 || this.#retries.size > 0 || this.#syncing !== undefined);
  }

  #flush(): void {
    if (this.#waiting.length > 0) this.#commit(this.#take(), Date.now() + LOCKED_PATIENCE_MS);
  }

  #schedule(): void {
    if (this.#scheduled || this.#syncing !== undefined || this.#waiting.length === 0) return;
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
    this.#unsynced.push({ works, results });
    this.#syncing ??= this.#syncAll().finally(() => {
      this.#syncing = undefined;
      this.#schedule();
    });
  }

  /** Makes what is committed durable, and what is committed meanwhile, and only then answers for it. */
  async #syncAll(): Promise<void> {
    while (this.#unsynced.length > 0) {
      const done = this.#unsynced;
      this.#unsynced = [];
      try {
        await this.#hooks.sync();
        for (const { works, results } of done) {
          for (const [index, work] of works.entries()) work.resolve(results[index]);
        }
      } catch (error) {
        this.#unsure = true;
        this.#hasFailed = true;
        // What was committed meanwhile is as unsure, whatever the next sync says.
        const unsure = [...done, ...this.#unsynced].flatMap(({ works }) => works);
        this.#unsynced = [];
        for (const work of unsure) work.reject(new StoreUnavailableError(error));
      }
    }
  }

  #transact(works: readonly Work[]): unknown[] {
    if (this.#unsure) this.#writeAgain();
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const results = works.map((work) => work.run());
      this.#hooks.beforeCommit();
      this.#database.exec('COMMIT');
      return results;
    } catch (error) {
      this.#hooks.afterRollback();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * After a failed sync a later one may succeed although the data never reached the disk
   * (https://wiki.postgresql.org/wiki/Fsync_Errors). So all of the log is written to the database and synced there.
   *
   * @throws Error when that fails too.
   */
  #writeAgain(): void {
    const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (row?.['busy'] !== 0) throw new Error('the write-ahead log could not be written to the database');
    this.#unsure = false;
  }

  #commitFailed(works: readonly Work[], error: unknown, giveUpAtMs: number): void {
    if (isLocked(error) && Date.now() < giveUpAtMs) {
      this.#retry(works, giveUpAtMs);
    } else if (works.length > 1 && !isLocked(error)) {
      // One caller's work must not fail the others'.
      for (const work of works) this.#commit([work], giveUpAtMs);
    } else {
      this.#hasFailed = true;
      for (const work of works) work.reject(storeError(error));
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
