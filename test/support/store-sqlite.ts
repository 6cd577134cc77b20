import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { onTestFinished, vi } from 'vitest';
import type { NewCdr } from '../../src/store/records.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { StoreSettings } from '../../src/store/store.ts';
import { TestClock } from './store-clock.ts';

/** The settings of every test that does not say otherwise. */
export const SETTINGS: StoreSettings = { dedupeWindowMs: 60_000, leaseMs: 10_000 };

/** A directory that is removed when the test has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hookswitch-store-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Where a store keeps its database. */
export function databasePath(directory: string): string {
  return join(directory, 'hookswitch.db');
}

/** A store with what a test wants to see of its inside. */
export interface OpenedSqlite {
  readonly store: SqliteStore;
  readonly directory: string;
  readonly clock: TestClock;
  /**
   * The connection that the store works on: limits such as `max_page_count` hold for one connection only, so there is no
   * way to set them from outside.
   */
  readonly connection: DatabaseSync;
}

/**
 * Opens a store and closes it when the test has ended. Unless told otherwise it has a directory, the usual settings and a
 * clock of its own; a store that is opened again with its old clock takes up where it was closed.
 */
export function openSqlite({
  directory = temporaryDirectory(),
  clock = new TestClock(),
}: { readonly directory?: string; readonly clock?: TestClock } = {}): OpenedSqlite {
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  const store = new SqliteStore(directory, SETTINGS, clock.read);
  const connection = exec.mock.contexts
    .filter((context) => context instanceof DatabaseSync)
    .find((database) => database.location() === databasePath(directory));
  exec.mockRestore();
  if (connection === undefined) throw new Error('the store has not used its database');
  onTestFinished(async () => {
    if (connection.isOpen) await store.close();
  });
  return { store, directory, clock, connection };
}

/** Another connection to a store's database, as another program would have it; closed when the test has ended. */
export function connectTo(directory: string): DatabaseSync {
  const database = new DatabaseSync(databasePath(directory));
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

/** What a query finds in the database, by a connection of its own, so only what was committed. */
export function query(directory: string, sql: string): Record<string, SQLOutputValue>[] {
  const database = new DatabaseSync(databasePath(directory), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Counts that the store keeps and that differ from what its rows say; none, if it is right. */
export function drift(directory: string): Record<string, SQLOutputValue>[] {
  return query(directory, DRIFT);
}

/** Compares every counter with the rows it counts. Right only as long as nothing was purged. */
const DRIFT = `
  WITH counted AS (
    SELECT webhook_id, count(*) AS hits,
      count(*) FILTER (WHERE state IN ('pending', 'delivering')) AS pending,
      count(*) FILTER (WHERE state = 'delivered') AS delivered,
      count(*) FILTER (WHERE state = 'failed') AS failed,
      count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM deliveries GROUP BY webhook_id
  ), expected AS (
    SELECT 'hits ' || webhook_id AS what, hits AS value FROM counted
    UNION ALL SELECT 'pending ' || webhook_id, pending FROM counted
    UNION ALL SELECT 'delivered ' || webhook_id, delivered FROM counted
    UNION ALL SELECT 'failed ' || webhook_id, failed FROM counted
    UNION ALL SELECT 'cancelled ' || webhook_id, cancelled FROM counted
    UNION ALL SELECT 'matched in hours ' || webhook_id, hits FROM counted
    UNION ALL SELECT 'delivered in hours ' || webhook_id, delivered FROM counted
    UNION ALL SELECT 'failed in hours ' || webhook_id, failed FROM counted
    UNION ALL SELECT 'received in hours ', count(*) FROM cdrs
    UNION ALL SELECT 'matched in hours ', count(*) FROM cdrs WHERE hits > 0
    UNION ALL SELECT 'delivered in hours ', coalesce(sum(delivered), 0) FROM counted
    UNION ALL SELECT 'failed in hours ', coalesce(sum(failed), 0) FROM counted
    UNION ALL SELECT 'hits of CDRs ', (SELECT count(*) FROM deliveries WHERE redelivery_of IS NULL)
    UNION ALL SELECT 'attempts of ' || id, (SELECT count(*) FROM attempts WHERE delivery_id = id) FROM deliveries
  ), hours AS (
    SELECT webhook_id, sum(received) AS received, sum(matched) AS matched, sum(delivered) AS delivered, sum(failed) AS failed
    FROM hourly_counts GROUP BY webhook_id
  ), kept AS (
    SELECT 'hits ' || webhook_id AS what, hits AS value FROM webhook_stats
    UNION ALL SELECT 'pending ' || webhook_id, pending FROM webhook_stats
    UNION ALL SELECT 'delivered ' || webhook_id, delivered FROM webhook_stats
    UNION ALL SELECT 'failed ' || webhook_id, failed FROM webhook_stats
    UNION ALL SELECT 'cancelled ' || webhook_id, cancelled FROM webhook_stats
    UNION ALL SELECT 'received in hours ' || webhook_id, received FROM hours
    UNION ALL SELECT 'matched in hours ' || webhook_id, matched FROM hours
    UNION ALL SELECT 'delivered in hours ' || webhook_id, delivered FROM hours
    UNION ALL SELECT 'failed in hours ' || webhook_id, failed FROM hours
    UNION ALL SELECT 'hits of CDRs ', coalesce(sum(hits), 0) FROM cdrs
    UNION ALL SELECT 'attempts of ' || id, attempts FROM deliveries
  )
  SELECT coalesce(expected.what, kept.what) AS what, expected.value AS rows_say, kept.value AS counters_say
  FROM expected FULL JOIN kept USING (what)
  WHERE coalesce(expected.value, 0) <> coalesce(kept.value, 0)`;

let cdrsMade = 0;

/** A CDR that came just now and is like no other. */
export function newCdr(clock: TestClock, changes: Partial<NewCdr> = {}): NewCdr {
  cdrsMade += 1;
  const raw = `{"call":${cdrsMade}}`;
  return {
    source: 'pbx',
    vendor: 'vodia',
    receivedAtMs: clock.nowMs,
    raw,
    hits: [],
    errors: [],
    ...changes,
  };
}

/** A CDR that no database takes: it came at no time. Stands for whatever makes the work of one caller fail. */
export function impossibleCdr(clock: TestClock, changes: Partial<NewCdr> = {}): NewCdr {
  return newCdr(clock, { ...changes, receivedAtMs: Number.NaN });
}
