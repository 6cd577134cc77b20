import type { PartViews } from '../copy/parts.ts';

/** What SQLite keeps otherwise than the parts of a copy have it. */
export const VIEWS: PartViews = {
  deliveries: `SELECT id, cdr_id, webhook_id, CASE state WHEN 'delivering' THEN 'pending' ELSE state END AS state, attempts,
    rounds, lease_number, coalesce(due_at_ms, lease_ends_at_ms) AS due_at_ms, created_at_ms, finished_at_ms, last_status,
    last_error, redelivery_of, run_id FROM deliveries`,
  legs: `SELECT rowid AS position, id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw, cdr_id
    FROM legs`,
};
