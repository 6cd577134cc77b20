/** A step that brings a schema from the version that is its index to the next. */
export interface Migration {
  readonly sql: string;
  /**
   * The oldest version that can go on working with what the step makes: the nodes of a rolling upgrade that are still to
   * be replaced. Left out, every earlier one can.
   */
  readonly oldestVersion?: number;
}

/**
 * Steps are never edited once released: a change is a new one.
 *
 * A delivery is in `open_deliveries` until it is final, and in `final_deliveries` from then on. The first is small and
 * changes all the time; its indexes stay in memory. The second is only added to, so 100 million rows need no vacuuming
 * and no index of theirs is written twice. Whether an open delivery waits or is leased is told by which of its two times
 * it has.
 *
 * Old CDRs are deleted row by row and not by dropping partitions: a CDR goes with all its deliveries and attempts, those
 * made again weeks later too, and stays while one of them is open, so no partition by time ever holds all of a CDR or
 * nothing else. Ids rise with time, so what is deleted lies together, and its pages are used again as they are.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    sql: `
  CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

  CREATE TABLE cdrs (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    received_at_ms bigint NOT NULL,
    hits bigint NOT NULL,
    fingerprint bytea NOT NULL,
    identity text COLLATE "C",
    revision text,
    violation text,
    raw text NOT NULL
  );
  CREATE INDEX cdrs_by_source ON cdrs (source, id);
  CREATE INDEX cdrs_by_vendor ON cdrs (vendor, id);
  CREATE INDEX cdrs_unmatched ON cdrs (id) WHERE hits = 0;
  CREATE INDEX cdrs_by_identity ON cdrs (identity, id) WHERE identity IS NOT NULL;
  DO $$ BEGIN
    ALTER TABLE cdrs ALTER COLUMN raw SET COMPRESSION lz4;
  EXCEPTION WHEN OTHERS THEN NULL; -- Not every server has it; the other compression only takes longer.
  END $$;

  CREATE TABLE fingerprints (
    fingerprint bytea NOT NULL PRIMARY KEY,
    cdr_id text COLLATE "C" NOT NULL,
    received_at_ms bigint NOT NULL
  );
  CREATE INDEX fingerprints_by_time ON fingerprints (received_at_ms);

  CREATE TABLE open_deliveries (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    cdr_id text COLLATE "C" NOT NULL,
    webhook_id text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    rounds bigint NOT NULL,
    lease_number bigint NOT NULL,
    lease_ends_at_ms bigint,
    due_at_ms bigint,
    created_at_ms bigint NOT NULL,
    last_status bigint,
    last_error text,
    redelivery_of text COLLATE "C",
    run_id text COLLATE "C",
    CHECK ((lease_ends_at_ms IS NULL) <> (due_at_ms IS NULL))
  ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
  CREATE INDEX open_deliveries_by_cdr ON open_deliveries (cdr_id);
  CREATE INDEX open_deliveries_waiting ON open_deliveries (webhook_id, due_at_ms, id) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX open_deliveries_leased ON open_deliveries (lease_ends_at_ms) WHERE lease_ends_at_ms IS NOT NULL;
  CREATE INDEX open_deliveries_by_run ON open_deliveries (run_id, id) WHERE run_id IS NOT NULL;

  CREATE TABLE final_deliveries (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    cdr_id text COLLATE "C" NOT NULL,
    webhook_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    finished_at_ms bigint NOT NULL,
    last_status bigint,
    last_error text,
    redelivery_of text COLLATE "C",
    run_id text COLLATE "C"
  );
  CREATE INDEX final_deliveries_by_cdr ON final_deliveries (cdr_id);
  CREATE INDEX final_deliveries_by_webhook ON final_deliveries (webhook_id, id);
  CREATE INDEX final_deliveries_undelivered ON final_deliveries (state, id) WHERE state <> 'delivered';
  CREATE INDEX final_deliveries_undelivered_by_webhook ON final_deliveries (webhook_id, state, id) WHERE state <> 'delivered';
  CREATE INDEX final_deliveries_by_status ON final_deliveries ((last_status / 100), id) WHERE last_status >= 300;
  CREATE INDEX final_deliveries_unanswered ON final_deliveries (id) WHERE last_status IS NULL AND attempts > 0;
  CREATE INDEX final_deliveries_by_run ON final_deliveries (run_id, id) WHERE run_id IS NOT NULL;

  CREATE TABLE attempts (
    delivery_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    started_at_ms bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    excerpt text,
    error_code text,
    error_message text,
    request text,
    response_headers text,
    PRIMARY KEY (delivery_id, number)
  );

  CREATE TABLE held_calls (
    source text COLLATE "C" NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    due_at_ms bigint,
    legs bigint NOT NULL,
    PRIMARY KEY (source, group_key)
  );
  CREATE INDEX held_calls_due ON held_calls (due_at_ms);
  CREATE INDEX held_calls_empty ON held_calls (source) WHERE legs = 0;

  CREATE TABLE legs (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    received_at_ms bigint NOT NULL,
    fingerprint bytea NOT NULL,
    violation text,
    raw text,
    cdr_id text COLLATE "C"
  );
  CREATE INDEX legs_by_fingerprint ON legs (fingerprint);
  CREATE INDEX legs_held ON legs (source, group_key) WHERE cdr_id IS NULL;
  CREATE INDEX legs_by_cdr ON legs (cdr_id) WHERE cdr_id IS NOT NULL;

  CREATE TABLE counts (
    webhook_id text COLLATE "C" NOT NULL,
    hour_ms bigint NOT NULL,
    slot bigint NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    hits bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0,
    errors bigint NOT NULL DEFAULT 0,
    last_hit_at_ms bigint,
    last_delivered_at_ms bigint,
    last_failure_at_ms bigint,
    last_failure_status bigint,
    last_failure_error text,
    PRIMARY KEY (webhook_id, hour_ms, slot)
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  CREATE INDEX counts_by_hour ON counts (hour_ms);

  CREATE TABLE runs (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    selection text NOT NULL,
    state text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL,
    finished_at_ms bigint,
    total bigint NOT NULL,
    done bigint NOT NULL,
    made bigint NOT NULL,
    skipped bigint NOT NULL,
    idempotency_key text COLLATE "C",
    cursor text COLLATE "C" NOT NULL,
    to_id text COLLATE "C" NOT NULL
  );
  CREATE UNIQUE INDEX runs_by_key ON runs (idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX runs_by_state ON runs (state, id);
  `,
  },
  {
    sql: `
  CREATE TABLE nodes (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    lives_until_ms bigint NOT NULL
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  `,
  },
  {
    // One row says how the rules stand as a whole; who changes them locks it. A webhook's version is that of the rules
    // when it was changed last, so only what is new is read.
    sql: `
  CREATE TABLE rules (
    version bigint NOT NULL,
    last_removal bigint NOT NULL,
    frame text NOT NULL
  );
  INSERT INTO rules VALUES (0, 0, '{"webhooks":[]}');

  CREATE TABLE webhooks (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    position bigint NOT NULL,
    version bigint NOT NULL,
    document text NOT NULL
  );
  CREATE INDEX webhooks_by_version ON webhooks (version);
  `,
  },
];
