import type { PartViews } from '../copy/parts.ts';
import { ALL_TIME } from './counts.ts';

const LATEST = 'ORDER BY last_failure_at_ms DESC NULLS LAST, slot';

/** What PostgreSQL keeps otherwise than the parts of a copy have it. */
export const VIEWS: PartViews = {
  deliveries: `SELECT id, cdr_id, webhook_id, 'pending'::text COLLATE "C" AS state, attempts, rounds, lease_number,
      coalesce(due_at_ms, lease_ends_at_ms) AS due_at_ms, created_at_ms, NULL::bigint AS finished_at_ms, last_status,
      last_error, redelivery_of, run_id
    FROM open_deliveries
    UNION ALL SELECT id, cdr_id, webhook_id, state, attempts, 0::bigint, 0::bigint, NULL::bigint, created_at_ms,
      finished_at_ms, last_status, last_error, redelivery_of, run_id
    FROM final_deliveries`,
  webhook_stats: `SELECT webhook_id, sum(hits)::bigint AS hits, sum(delivered)::bigint AS delivered,
      sum(failed)::bigint AS failed, sum(cancelled)::bigint AS cancelled, sum(pending)::bigint AS pending,
      sum(errors)::bigint AS errors, max(last_hit_at_ms) AS last_hit_at_ms,
      max(last_delivered_at_ms) AS last_delivered_at_ms, (array_agg(last_failure_at_ms ${LATEST}))[1] AS last_failure_at_ms,
      (array_agg(last_failure_status ${LATEST}))[1] AS last_failure_status,
      (array_agg(last_failure_error ${LATEST}))[1] AS last_failure_error
    FROM counts WHERE hour_ms = ${ALL_TIME} GROUP BY webhook_id`,
  hourly_counts: `SELECT webhook_id, hour_ms, sum(received)::bigint AS received, sum(hits)::bigint AS matched,
      sum(delivered)::bigint AS delivered, sum(failed)::bigint AS failed
    FROM counts WHERE hour_ms <> ${ALL_TIME} GROUP BY webhook_id, hour_ms`,
  legs: `SELECT number AS position, id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw, cdr_id
    FROM legs`,
};
