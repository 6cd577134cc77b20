import { setTimeout as wait } from 'node:timers/promises';
import { cdrIdBoundary } from '../identity.ts';
import { text } from '../sql/columns.ts';
import { textArray } from './arrays.ts';
import type { Session } from './session.ts';

/** One step of a purge. */
export interface PurgeBatch {
  /** How many CDRs were deleted. */
  readonly gone: number;
  /** Where the next step begins; `undefined` after the last. */
  readonly next: string | undefined;
}

/** How much longer than the window fingerprints are kept, for nodes whose clock is behind the database's. */
const CLOCK_TOLERANCE_MS = 3_600_000;

/**
 * Deletes the CDRs among the next `limit` from behind `after` that were received before a time and have no delivery left
 * to make. CDR ids sort by time, so the walk needs no index of its own.
 *
 * First they are locked and only the next statement, which sees what was committed until then, looks for open
 * deliveries: a run that makes one locks the CDR, too.
 */
export async function purgeCdrs(
  session: Session,
  beforeMs: number,
  after: string,
  limit: number,
): Promise<PurgeBatch> {
  const rows = await session.rows(
    'SELECT id FROM cdrs WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3::bigint FOR UPDATE SKIP LOCKED',
    after,
    cdrIdBoundary(beforeMs),
    limit,
  );
  const ids = rows.map((row) => text(row['id']));
  const gone = ids.length === 0 ? [] : await session.rows(DELETE_CLOSED, textArray(ids));
  return { gone: gone.length, next: ids.length < limit ? undefined : ids.at(-1) };
}

const DELETE_CLOSED = `WITH closed AS MATERIALIZED (
    SELECT c.id, c.fingerprint FROM cdrs c
    WHERE c.id = ANY($1::text[]) AND NOT EXISTS (SELECT 1 FROM open_deliveries o WHERE o.cdr_id = c.id)),
  old_deliveries AS (DELETE FROM final_deliveries d USING closed WHERE d.cdr_id = closed.id RETURNING d.id),
  old_attempts AS (DELETE FROM attempts a USING old_deliveries d WHERE a.delivery_id = d.id),
  old_legs AS (DELETE FROM legs l USING closed WHERE l.cdr_id = closed.id),
  old_fingerprints AS (
    DELETE FROM fingerprints f USING closed WHERE f.fingerprint = closed.fingerprint AND f.cdr_id = closed.id)
  DELETE FROM cdrs c USING closed WHERE c.id = closed.id RETURNING c.id`;

/** Deletes up to `limit` fingerprints whose window has ended; gives how many. */
export async function purgeFingerprints(session: Session, windowMs: number, limit: number): Promise<number> {
  const rows = await session.rows(
    `WITH old AS MATERIALIZED (
       SELECT fingerprint FROM fingerprints WHERE received_at_ms < (SELECT now_ms()) - $1::bigint
       ORDER BY received_at_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED)
     DELETE FROM fingerprints f USING old WHERE f.fingerprint = old.fingerprint RETURNING 1 AS one`,
    windowMs + CLOCK_TOLERANCE_MS,
    limit,
  );
  return rows.length;
}

/** Deletes runs that ended before a time; they are few. */
export async function purgeRuns(session: Session, beforeMs: number): Promise<void> {
  await session.rows('DELETE FROM runs WHERE finished_at_ms < $1::bigint', Math.ceil(beforeMs));
}

/**
 * Takes one step after the other, and after each a rest as long as the step took: what comes in goes first.
 *
 * @param step gives what the next one is to begin with; `undefined` after the last.
 */
export async function inSteps(step: (after: string) => Promise<string | undefined>): Promise<void> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const beganMs = performance.now();
    after = await step(after);
    if (after !== undefined) await wait(performance.now() - beganMs);
  }
}
