import { optionalInteger, optionalText, type Column, type Row } from '../sql/columns.ts';
import type { ColumnType, Part, PartName } from '../copy/parts.ts';
import { bytesArray, integerArray, textArray } from './arrays.ts';
import { ALL_TIME, FOLDED } from './counts.ts';
import type { Session } from './session.ts';

/** How the types of columns are called. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'bigint',
  bytes: 'bytea',
};

/** Writes rows of a part with one statement. */
export async function writeRows(session: Session, part: Part, rows: readonly Row[]): Promise<void> {
  const columns = Object.entries(part.columns);
  const arrays = columns.map(([, type], index) => `$${index + 1}::${SQL_TYPES[type]}[]`);
  const names = columns.map(([name]) => name).join(', ');
  const given = `given AS MATERIALIZED (SELECT * FROM unnest(${arrays.join(', ')}) AS t (${names}))`;
  const insert = INSERTS[part.name] ?? `INSERT INTO ${part.name} (${names}) SELECT ${names} FROM given`;
  await session.rows(
    `WITH ${given} ${insert}`,
    ...columns.map(([name, type]) =>
      arrayOf(
        type,
        rows.map((row) => row[name]),
      ),
    ),
  );
}

function arrayOf(type: ColumnType, values: readonly (Column | undefined)[]): Buffer {
  if (type === 'text') return textArray(values.map(optionalText));
  if (type === 'integer') return integerArray(values.map(optionalInteger));
  return bytesArray(values.map((value) => (value instanceof Uint8Array ? value : Buffer.alloc(0))));
}

/** What follows `given` where rows are kept otherwise than the part has them. */
const INSERTS: Readonly<Partial<Record<PartName, string>>> = {
  // Of CDRs with the same bytes the newest is the one that another is compared with.
  cdrs: `, known AS (
      INSERT INTO fingerprints AS f (fingerprint, cdr_id, received_at_ms)
      SELECT DISTINCT ON (fingerprint) fingerprint, id, received_at_ms FROM given ORDER BY fingerprint, received_at_ms DESC
      ON CONFLICT (fingerprint) DO UPDATE SET cdr_id = excluded.cdr_id, received_at_ms = excluded.received_at_ms
        WHERE f.received_at_ms <= excluded.received_at_ms)
    INSERT INTO cdrs (id, source, vendor, received_at_ms, hits, fingerprint, identity, revision, violation, raw)
    SELECT id, source, vendor, received_at_ms, hits, fingerprint, identity, revision, violation, raw FROM given`,
  deliveries: `, open AS (
      INSERT INTO open_deliveries (id, cdr_id, webhook_id, attempts, rounds, lease_number, due_at_ms, created_at_ms,
        last_status, last_error, redelivery_of, run_id)
      SELECT id, cdr_id, webhook_id, attempts, rounds, lease_number, due_at_ms, created_at_ms, last_status, last_error,
        redelivery_of, run_id
      FROM given WHERE state = 'pending')
    INSERT INTO final_deliveries (id, cdr_id, webhook_id, state, attempts, created_at_ms, finished_at_ms, last_status,
      last_error, redelivery_of, run_id)
    SELECT id, cdr_id, webhook_id, state, attempts, created_at_ms, finished_at_ms, last_status, last_error, redelivery_of,
      run_id
    FROM given WHERE state <> 'pending'`,
  webhook_stats: `INSERT INTO counts (webhook_id, hour_ms, slot, hits, delivered, failed, cancelled, pending, errors,
      last_hit_at_ms, last_delivered_at_ms, last_failure_at_ms, last_failure_status, last_failure_error)
    SELECT webhook_id, ${ALL_TIME}, ${FOLDED}, hits, delivered, failed, cancelled, pending, errors, last_hit_at_ms,
      last_delivered_at_ms, last_failure_at_ms, last_failure_status, last_failure_error
    FROM given`,
  hourly_counts: `INSERT INTO counts (webhook_id, hour_ms, slot, received, hits, delivered, failed)
    SELECT webhook_id, hour_ms, ${FOLDED}, received, matched, delivered, failed FROM given`,
  // Their numbers are given in this order.
  legs: `INSERT INTO legs (id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw, cdr_id)
    SELECT id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw, cdr_id FROM given ORDER BY position`,
};
