import { newDeliveryId } from '../identity.ts';
import { text } from '../sql/columns.ts';
import { integerArray, textArray } from './arrays.ts';
import { addCounts, ALL_TIME, anySlot, hourOf } from './counts.ts';
import type { Session } from './session.ts';

/** A delivery that a run makes: of an earlier one, or of a CDR that hits a webhook only now. */
export interface MadeAgain {
  readonly cdrId: string;
  readonly webhookId: string;
  readonly redeliveryOf: string | undefined;
}

/**
 * Keeps CDRs as they are until the transaction ends: no purge deletes them, and no other run makes a delivery of them
 * that this one cannot see. Gives the ids of those that are there.
 */
export async function lockCdrs(session: Session, ids: readonly string[]): Promise<Set<string>> {
  const rows = await session.rows(
    'SELECT id FROM cdrs WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE',
    textArray([...new Set(ids)]),
  );
  return new Set(rows.map((row) => text(row['id'])));
}

/** Makes deliveries of a run, pending and due now, and counts them by the rules of `Counters`. */
export async function makeAgain(
  session: Session,
  made: readonly MadeAgain[],
  { runId, nowMs }: { readonly runId: string; readonly nowMs: number },
): Promise<void> {
  if (made.length === 0) return;
  await session.rows(
    MAKE_AGAIN,
    textArray(made.map(() => newDeliveryId(nowMs))),
    textArray(made.map(({ cdrId }) => cdrId)),
    textArray(made.map(({ webhookId }) => webhookId)),
    textArray(made.map(({ redeliveryOf }) => redeliveryOf)),
    integerArray(made.map(() => nowMs)),
    runId,
    anySlot(),
  );
}

/** A CDR that hits a webhook for the first time has one hit more, and one that hit nothing has matched after all. */
const MAKE_AGAIN = `WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      AS t (id, cdr_id, webhook_id, redelivery_of, now_ms)),
  made AS (
    INSERT INTO open_deliveries (id, cdr_id, webhook_id, attempts, rounds, lease_number, due_at_ms, created_at_ms, redelivery_of, run_id)
    SELECT id, cdr_id, webhook_id, 0, 0, 0, now_ms, now_ms, redelivery_of, $6 FROM given),
  first_hits AS MATERIALIZED (
    SELECT c.id, c.hits, c.received_at_ms, g.first_hits FROM cdrs c
    JOIN (SELECT cdr_id, count(*) AS first_hits FROM given WHERE redelivery_of IS NULL GROUP BY cdr_id) g ON c.id = g.cdr_id),
  hit AS (UPDATE cdrs c SET hits = c.hits + f.first_hits FROM first_hits f WHERE c.id = f.id),
  counted AS (${addCounts('$7::bigint', [
    {
      webhookId: 'webhook_id',
      hour: String(ALL_TIME),
      columns: {
        hits: 'count(*)',
        pending: 'count(*)',
        last_hit_at_ms: 'max(now_ms) FILTER (WHERE redelivery_of IS NULL)',
      },
      from: 'given',
    },
    { webhookId: 'webhook_id', hour: hourOf('now_ms'), columns: { hits: 'count(*)' }, from: 'given' },
    {
      webhookId: `''`,
      hour: hourOf('received_at_ms'),
      columns: { hits: 'count(*)' },
      from: '(SELECT * FROM first_hits WHERE hits = 0) matched_after_all',
    },
  ])})
  SELECT 1 AS one`;
