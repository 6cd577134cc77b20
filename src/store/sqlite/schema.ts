import type { DatabaseSync } from 'node:sqlite';

/**
 * Each entry brings the database from the version that is its index to the next. Entries are never edited once
 * released: a change is a new entry.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE cdrs (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    vendor TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    violation TEXT,
    raw TEXT NOT NULL
  ) STRICT;
  CREATE INDEX cdrs_by_fingerprint ON cdrs (fingerprint);
  CREATE INDEX cdrs_by_source ON cdrs (source, id);
  CREATE INDEX cdrs_by_vendor ON cdrs (vendor, id);
  CREATE INDEX cdrs_unmatched ON cdrs (id) WHERE hits = 0;

  CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    cdr_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    rounds INTEGER NOT NULL,
    lease_number INTEGER NOT NULL,
    lease_ends_at_ms INTEGER,
    due_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    finished_at_ms INTEGER,
    last_status INTEGER,
    last_error TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deliveries_by_cdr ON deliveries (cdr_id);
  CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
  CREATE INDEX deliveries_waiting ON deliveries (webhook_id, due_at_ms) WHERE state = 'pending';
  CREATE INDEX deliveries_pending ON deliveries (id) WHERE state = 'pending';
  CREATE INDEX deliveries_pending_by_webhook ON deliveries (webhook_id, id) WHERE state = 'pending';
  CREATE INDEX deliveries_leased ON deliveries (lease_ends_at_ms) WHERE state = 'delivering';
  CREATE INDEX deliveries_failed ON deliveries (id) WHERE state = 'failed';
  CREATE INDEX deliveries_cancelled ON deliveries (id) WHERE state = 'cancelled';
  CREATE INDEX deliveries_failed_by_webhook ON deliveries (webhook_id, id) WHERE state = 'failed';

  CREATE TABLE attempts (
    delivery_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    excerpt TEXT,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (delivery_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE webhook_stats (
    webhook_id TEXT NOT NULL PRIMARY KEY,
    hits INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    last_hit_at_ms INTEGER,
    last_delivered_at_ms INTEGER,
    last_failure_at_ms INTEGER,
    last_failure_status INTEGER,
    last_failure_error TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE hourly_counts (
    webhook_id TEXT NOT NULL,
    hour_ms INTEGER NOT NULL,
    received INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, hour_ms)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE deliveries ADD COLUMN redelivery_of TEXT;
  ALTER TABLE deliveries ADD COLUMN run_id TEXT;
  CREATE INDEX deliveries_by_run ON deliveries (run_id, state, id) WHERE run_id IS NOT NULL;

  CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    selection TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    finished_at_ms INTEGER,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    made INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    idempotency_key TEXT,
    cursor TEXT NOT NULL,
    to_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX runs_by_key ON runs (idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX runs_by_state ON runs (state, id);
  `,
  `
  ALTER TABLE attempts ADD COLUMN request TEXT;
  ALTER TABLE attempts ADD COLUMN response_headers TEXT;
  `,
  `
  CREATE INDEX deliveries_by_status ON deliveries (last_status / 100, id) WHERE last_status >= 300;
  CREATE INDEX deliveries_unanswered ON deliveries (id) WHERE last_status IS NULL AND attempts > 0;
  `,
  `
  ALTER TABLE cdrs ADD COLUMN identity TEXT;
  ALTER TABLE cdrs ADD COLUMN revision TEXT;
  CREATE INDEX cdrs_by_identity ON cdrs (identity, id) WHERE identity IS NOT NULL;

  CREATE TABLE held_calls (
    source TEXT NOT NULL,
    group_key TEXT NOT NULL,
    due_at_ms INTEGER NOT NULL,
    legs INTEGER NOT NULL,
    PRIMARY KEY (source, group_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX held_calls_due ON held_calls (due_at_ms);

  CREATE TABLE legs (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    group_key TEXT NOT NULL,
    vendor TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    violation TEXT,
    raw TEXT,
    cdr_id TEXT
  ) STRICT;
  CREATE INDEX legs_by_fingerprint ON legs (fingerprint);
  CREATE INDEX legs_held ON legs (source, group_key) WHERE cdr_id IS NULL;
  CREATE INDEX legs_by_cdr ON legs (cdr_id) WHERE cdr_id IS NOT NULL;
  `,
  `
  CREATE INDEX deliveries_cancelled_by_webhook ON deliveries (webhook_id, id) WHERE state = 'cancelled';
  `,
];

/** The version that this Hookswitch works with. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The version of a database; 0 for one that is new. */
export function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/**
 * Brings a database to the newest version, each step in a transaction of its own.
 *
 * @throws Error when the database was written by a newer Hookswitch.
 */
export function migrate(database: DatabaseSync): void {
  const version = readVersion(database);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `the database has version ${version} and this Hookswitch knows ${MIGRATIONS.length}: use the newer Hookswitch that wrote it`,
    );
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
