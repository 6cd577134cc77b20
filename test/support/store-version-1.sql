-- A database as version 1 left it, with a failed delivery and one that waits. Never changed: such databases are in use.
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

INSERT INTO cdrs VALUES ('cdr_01KAJBCH80AAAAAAAAAAAAAAAA', 'pbx', 'vodia', 1763700000000, 2, x'00112233445566778899aabbccddeeff', NULL, '{"call":1}');
INSERT INTO deliveries VALUES ('dlv_01KAJBCH80AAAAAAAAAAAAAAAA', 'cdr_01KAJBCH80AAAAAAAAAAAAAAAA', 'crm', 'failed', 1, 0, 1, NULL, NULL, 1763700000000, 1763700000100, 400, 'HTTP 400');
INSERT INTO deliveries VALUES ('dlv_01KAJBCH80AAAAAAAAAAAAAAAB', 'cdr_01KAJBCH80AAAAAAAAAAAAAAAA', 'mail', 'pending', 0, 0, 0, NULL, 1763700000000, 1763700000000, NULL, NULL, NULL);
INSERT INTO attempts VALUES ('dlv_01KAJBCH80AAAAAAAAAAAAAAAA', 1, 1763700000050, 20, 400, 'no', NULL, NULL);
INSERT INTO webhook_stats VALUES ('crm', 1, 0, 1, 0, 0, 0, 1763700000000, NULL, 1763700000100, 400, 'HTTP 400');
INSERT INTO webhook_stats VALUES ('mail', 1, 0, 0, 0, 1, 0, 1763700000000, NULL, NULL, NULL, NULL);
INSERT INTO hourly_counts VALUES ('', 1763697600000, 1, 1, 0, 1);
INSERT INTO hourly_counts VALUES ('crm', 1763697600000, 0, 1, 0, 1);
INSERT INTO hourly_counts VALUES ('mail', 1763697600000, 0, 1, 0, 0);
PRAGMA user_version = 1;
