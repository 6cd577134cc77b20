import type { Counters } from '../counters.ts';
import type { Statements } from './statements.ts';

/** Adds what a transaction counted to the stored counters: one statement per webhook and hour, however many CDRs. */
export function writeCounters(statements: Statements, counters: Counters): void {
  for (const [webhookId, stats] of counters.webhooks) {
    statements.run(
      `INSERT INTO webhook_stats (webhook_id, hits, delivered, failed, cancelled, pending, errors, last_hit_at_ms,
         last_delivered_at_ms, last_failure_at_ms, last_failure_status, last_failure_error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (webhook_id) DO UPDATE SET
         hits = hits + excluded.hits,
         delivered = delivered + excluded.delivered,
         failed = failed + excluded.failed,
         cancelled = cancelled + excluded.cancelled,
         pending = pending + excluded.pending,
         errors = errors + excluded.errors,
         last_hit_at_ms = coalesce(excluded.last_hit_at_ms, last_hit_at_ms),
         last_delivered_at_ms = coalesce(excluded.last_delivered_at_ms, last_delivered_at_ms),
         last_failure_status = CASE WHEN excluded.last_failure_at_ms IS NULL THEN last_failure_status ELSE excluded.last_failure_status END,
         last_failure_error = coalesce(excluded.last_failure_error, last_failure_error),
         last_failure_at_ms = coalesce(excluded.last_failure_at_ms, last_failure_at_ms)`,
      webhookId,
      stats.hits,
      stats.delivered,
      stats.failed,
      stats.cancelled,
      stats.pending,
      stats.errors,
      stats.lastHitAtMs,
      stats.lastDeliveredAtMs,
      stats.lastFailure?.atMs,
      stats.lastFailure?.status,
      stats.lastFailure?.error,
    );
  }
  for (const { webhookId, counts } of counters.hours.values()) {
    statements.run(
      `INSERT INTO hourly_counts (webhook_id, hour_ms, received, matched, delivered, failed) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (webhook_id, hour_ms) DO UPDATE SET
         received = received + excluded.received,
         matched = matched + excluded.matched,
         delivered = delivered + excluded.delivered,
         failed = failed + excluded.failed`,
      webhookId,
      counts.hourMs,
      counts.received,
      counts.matched,
      counts.delivered,
      counts.failed,
    );
  }
}
