import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counters } from '../counters.ts';
import type {
  Accepted,
  Attempt,
  Delivery,
  HourlyCounts,
  Lease,
  NewCdr,
  Settlement,
  StoredCdr,
  WebhookStats,
} from '../records.ts';
import type { CdrFilter, DeliveryFilter, DuePage, Store, StoreSettings } from '../store.ts';
import { GroupCommit } from './group-commit.ts';
import { lockDirectory } from './lock.ts';
import { purgeCdrs, purgeHours, type PurgeBatch } from './purge.ts';
import {
  countPending,
  findCdr,
  findCdrs,
  findDeliveries,
  findDelivery,
  findDue,
  findHourly,
  findStats,
} from './reads.ts';
import { migrate } from './schema.ts';
import { Statements } from './statements.ts';
import { writeCounters } from './write-counters.ts';
import { acceptCdr, endLeases, leaseDue, renewLease, settleLease, type Transaction } from './writes.ts';

/** CDRs deleted in one transaction of a purge: a few milliseconds. */
const PURGE_BATCH = 200;

/** Keeps everything in one SQLite database in a directory that one process at a time may use. */
export class SqliteStore implements Store {
  readonly #settings: StoreSettings;
  readonly #clock: () => number;
  readonly #database: DatabaseSync;
  readonly #unlock: () => void;
  readonly #statements: Statements;
  readonly #commits: GroupCommit;
  #counters = new Counters();

  /**
   * Opens the database, creating or migrating it, and ends every lease: whoever held one is gone.
   *
   * @param clock gives epoch milliseconds.
   * @throws Error when another process uses the directory or a newer Hookswitch wrote the database.
   */
  constructor(directory: string, settings: StoreSettings, clock: () => number = Date.now) {
    this.#settings = settings;
    this.#clock = clock;
    mkdirSync(directory, { recursive: true });
    this.#unlock = lockDirectory(directory);
    this.#database = new DatabaseSync(join(directory, 'hookswitch.db'));
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000;');
    migrate(this.#database);
    this.#statements = new Statements(this.#database);
    endLeases(this.#transaction(), Number.MAX_SAFE_INTEGER);
    // From here on GroupCommit waits for a locked database, without holding up the event loop.
    this.#database.exec('PRAGMA busy_timeout = 0');
    this.#commits = new GroupCommit(this.#database, {
      beforeCommit: () => {
        writeCounters(this.#statements, this.#takeCounters());
      },
      afterRollback: () => {
        this.#takeCounters();
      },
    });
  }

  #transaction(): Transaction {
    return {
      statements: this.#statements,
      settings: this.#settings,
      counters: this.#counters,
      nowMs: this.#clock(),
    };
  }

  #takeCounters(): Counters {
    const counters = this.#counters;
    this.#counters = new Counters();
    return counters;
  }

  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]> {
    return this.#commits.run(() => cdrs.map((cdr) => acceptCdr(this.#transaction(), cdr)));
  }

  async due(after: string, limit: number): Promise<DuePage> {
    const nowMs = this.#clock();
    const ended = this.#statements.get(
      `SELECT 1 FROM deliveries WHERE state = 'delivering' AND lease_ends_at_ms <= ? LIMIT 1`,
      nowMs,
    );
    if (ended !== undefined) {
      await this.#commits.run(() => {
        endLeases(this.#transaction(), nowMs);
      });
    }
    return findDue(this.#statements, this.#clock(), after, limit);
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    return this.#commits.run(() =>
      [...rooms].flatMap(([webhookId, room]) => leaseDue(this.#transaction(), webhookId, room)),
    );
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    return this.#commits.run(() => leases.filter((lease) => renewLease(this.#transaction(), lease)));
  }

  settle(settlements: readonly Settlement[]): Promise<void> {
    return this.#commits.run(() => {
      for (const settlement of settlements) settleLease(this.#transaction(), settlement);
    });
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return Promise.resolve(findCdr(this.#statements, id));
  }

  cdrs(filter: CdrFilter): Promise<StoredCdr[]> {
    return Promise.resolve(findCdrs(this.#statements, filter));
  }

  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
    return Promise.resolve(findDelivery(this.#statements, id));
  }

  deliveries(filter: DeliveryFilter): Promise<Delivery[]> {
    return Promise.resolve(findDeliveries(this.#statements, filter));
  }

  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>> {
    return Promise.resolve(findStats(this.#statements, webhookIds));
  }

  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]> {
    return Promise.resolve(findHourly(this.#statements, webhookId, sinceMs));
  }

  pending(): Promise<number> {
    return Promise.resolve(countPending(this.#statements));
  }

  async purge(beforeMs: number): Promise<number> {
    let gone = 0;
    let next: string | undefined = '';
    while (next !== undefined) {
      const after: string = next;
      const batch: PurgeBatch = await this.#commits.run(() =>
        purgeCdrs(this.#statements, beforeMs, after, PURGE_BATCH),
      );
      gone += batch.gone;
      next = batch.next;
      await nextTurn();
    }
    await this.#commits.run(() => {
      purgeHours(this.#statements, beforeMs);
    });
    return gone;
  }

  close(): Promise<void> {
    this.#commits.flush();
    this.#database.close();
    this.#unlock();
    return Promise.resolve();
  }
}
