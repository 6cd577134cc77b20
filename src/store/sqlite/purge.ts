import { cdrIdBoundary } from '../identity.ts';
import { text } from '../sql/columns.ts';
import type { Statements } from './statements.ts';

/** One step of a purge. */
export interface PurgeBatch {
  /** How many CDRs were deleted. */
  readonly gone: number;
  /** Where the next step begins; `undefined` after the last. */
  readonly next: string | undefined;
}

/**
 * Deletes the CDRs among the next `limit` from behind `after` that were received before a time and have no delivery left
 * to make. CDR ids sort by time, so the walk needs no index of its own.
 */
export function purgeCdrs(
  statements: Statements,
  beforeMs: number,
  after: string,
  limit: number,
): PurgeBatch {
  const rows = statements.all(
    `SELECT c.id, EXISTS (SELECT 1 FROM deliveries d WHERE d.cdr_id = c.id AND d.state IN ('pending', 'delivering')) AS open
     FROM cdrs c WHERE c.id > ? AND c.id < ? ORDER BY c.id LIMIT ?`,
    after,
    cdrIdBoundary(beforeMs),
    limit,
  );
  const closed = rows.filter((row) => row['open'] === 0).map((row) => text(row['id']));
  for (const id of closed) {
    statements.run(
      'DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE cdr_id = ?)',
      id,
    );
    statements.run('DELETE FROM deliveries WHERE cdr_id = ?', id);
    statements.run('DELETE FROM legs WHERE cdr_id = ?', id);
    statements.run('DELETE FROM cdrs WHERE id = ?', id);
  }
  const last = rows.at(-1);
  return {
    gone: closed.length,
    next: rows.length < limit || last === undefined ? undefined : text(last['id']),
  };
}

/** Deletes hourly counts of before a time, and runs that ended before it. Both are few. */
export function purgeHoursAndRuns(statements: Statements, beforeMs: number): void {
  statements.run('DELETE FROM hourly_counts WHERE hour_ms < ?', beforeMs);
  statements.run('DELETE FROM runs WHERE finished_at_ms < ?', beforeMs);
}
