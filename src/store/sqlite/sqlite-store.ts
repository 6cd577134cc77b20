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
import type { HeldCallStore } from '../held-calls.ts';
import type { RunStore } from '../runs.ts';
import {
  storeError,
  type Cancelled,
  type CancelledPending,
  type CdrFilter,
  type DeliveryFilter,
  type DuePage,
  type Membership,
  type Store,
  type StoreSettings,
} from '../store.ts';
import { cancelDeliveries, cancelWaiting, findDelivering } from './cancel.ts';
import { findDeliveries } from './find-deliveries.ts';
import { GroupCommit } from './group-commit.ts';
import { purgeCdrs, purgeHoursAndRuns, type PurgeBatch } from './purge.ts';
import { openDatabase } from './open-database.ts';
import {
  countPending,
  findCdr,
  findCdrs,
  findDelivery,
  findDue,
  findHourly,
  findHourlyOf,
  findStats,
  hasEndedLease,
} from './reads.ts';
import { SqliteHeldCalls } from './sqlite-held-calls.ts';
import { SqliteRuns } from './sqlite-runs.ts';
import { optionalText } from '../sql/columns.ts';
import type { Statements } from './statements.ts';
import type { Access, Transaction } from './transaction.ts';
import { freeRoom, takeRoom } from './room.ts';
import { writeCounters } from './write-counters.ts';
import { acceptCdr, endLeases, leaseDue, renewLease, settleLease } from './writes.ts';

/** CDRs deleted or deliveries cancelled in one transaction: a few milliseconds. */
const SMALL_BATCH = 200;

/** Keeps everything in one SQLite database in a directory that one process at a time may use. */
export class SqliteStore implements Store {
  readonly runs: RunStore;
  readonly calls: HeldCallStore;
  readonly #settings: StoreSettings;
  readonly #clock: () => number;
  readonly #statements: Statements;
  readonly #close: () => void;
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
    const { database, statements, log, close } = openDatabase(directory, clock());
    this.#statements = statements;
    this.#close = close;
    this.#commits = new GroupCommit(database, {
      beforeCommit: () => {
        writeCounters(statements, this.#takeCounters());
      },
      afterRollback: () => {
        this.#takeCounters();
      },
      sync: () => log.sync(),
    });
    const access: Access = {
      read: (work) => this.#read(() => work(this.#statements)),
      write: (work) => this.#write(work),
    };
    this.runs = new SqliteRuns(access);
    this.calls = new SqliteHeldCalls(access, clock);
  }

  #transaction(): Transaction {
    return {
      statements: this.#statements,
      settings: this.#settings,
      counters: this.#counters,
      nowMs: this.#clock(),
    };
  }

  #write<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return this.#commits.run(() => work(this.#transaction()));
  }

  #takeCounters(): Counters {
    const counters = this.#counters;
    this.#counters = new Counters();
    return counters;
  }

  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]> {
    return this.#write((transaction) => cdrs.map((cdr) => acceptCdr(transaction, cdr)));
  }

  async due(after: string, limit: number): Promise<DuePage> {
    const nowMs = this.#clock();
    if (await this.#read(() => hasEndedLease(this.#statements, nowMs))) {
      await this.#write((transaction) => {
        endLeases(transaction, nowMs);
      });
    }
    return this.#read(() => findDue(this.#statements, this.#clock(), after, limit));
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    return this.#write((transaction) =>
      [...rooms].flatMap(([webhookId, room]) => leaseDue(transaction, webhookId, room)),
    );
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    return this.#write((transaction) => leases.filter((lease) => renewLease(transaction, lease)));
  }

  settle(settlements: readonly Settlement[]): Promise<Lease[]> {
    return this.#write((transaction) =>
      settlements.filter((settlement) => settleLease(transaction, settlement)).map(({ lease }) => lease),
    );
  }

  cancel(deliveryIds: readonly string[]): Promise<Cancelled> {
    return this.#write((transaction) => cancelDeliveries(transaction, deliveryIds));
  }

  async cancelPending(webhookId: string): Promise<CancelledPending> {
    const newest = await this.#read(() => this.#statements.get('SELECT max(id) AS id FROM deliveries'));
    const upTo = optionalText(newest?.['id']) ?? '';
    let cancelled = 0;
    let batch: number;
    do {
      batch = await this.#write((transaction) => cancelWaiting(transaction, webhookId, upTo, SMALL_BATCH));
      cancelled += batch;
      await nextTurn();
    } while (batch === SMALL_BATCH);
    return { cancelled, delivering: await this.#read(() => findDelivering(this.#statements, webhookId)) };
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return this.#read(() => findCdr(this.#statements, id));
  }

  cdrs(filter: CdrFilter): Promise<StoredCdr[]> {
    return this.#read(() => findCdrs(this.#statements, filter));
  }

  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
    return this.#read(() => findDelivery(this.#statements, id));
  }

  deliveries(filter: DeliveryFilter): Promise<Delivery[]> {
    return this.#read(() => findDeliveries(this.#statements, filter));
  }

  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>> {
    return this.#read(() => findStats(this.#statements, webhookIds));
  }

  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]> {
    return this.#read(() => findHourly(this.#statements, webhookId, sinceMs));
  }

  hourlyOf(webhookIds: readonly string[], sinceMs: number): Promise<Map<string, HourlyCounts[]>> {
    return this.#read(() => findHourlyOf(this.#statements, webhookIds, sinceMs));
  }

  /** Writes only when something was refused before, to see whether that is over: an idle disk may sleep. */
  async heartbeat(): Promise<Membership> {
    if (this.#commits.hasFailed) {
      await this.#write(takeRoom);
      await this.#write(freeRoom);
      this.#commits.recovered();
    }
    return { nodes: 1, rank: 0 };
  }

  pending(): Promise<number> {
    return this.#read(() => countPending(this.#statements));
  }

  /** Reads at once, without a transaction: SQLite shows what was committed last. */
  #read<Result>(read: () => Result): Promise<Result> {
    return Promise.try(read).catch((error: unknown) => {
      throw storeError(error);
    });
  }

  async purge(beforeMs: number): Promise<number> {
    let gone = 0;
    let next: string | undefined = '';
    while (next !== undefined) {
      const after: string = next;
      const batch: PurgeBatch = await this.#commits.run(() =>
        purgeCdrs(this.#statements, beforeMs, after, SMALL_BATCH),
      );
      gone += batch.gone;
      next = batch.next;
      await nextTurn();
    }
    await this.#commits.run(() => {
      purgeHoursAndRuns(this.#statements, beforeMs);
    });
    return gone;
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    this.#close();
  }
}
