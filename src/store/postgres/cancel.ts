import type { Cancelled } from '../store.ts';
import { optionalText, text, type Row } from '../sql/columns.ts';
import { textArray } from './arrays.ts';
import { addCounts, ALL_TIME, anySlot } from './counts.ts';
import { endLeases } from './leases.ts';
import type { Session } from './session.ts';

/**
 * SQL that cancels waiting deliveries; gives their ids.
 *
 * @param which SQL that selects and locks them, as `id` and `now_ms`.
 * @param slot SQL of the slot they are counted in.
 */
function cancelThose(which: string, slot: string): string {
  return `WITH meant AS MATERIALIZED (${which}),
    gone AS (DELETE FROM open_deliveries o USING meant m WHERE o.id = m.id RETURNING o.*, m.now_ms),
    ended AS (
      INSERT INTO final_deliveries (id, cdr_id, webhook_id, state, attempts, created_at_ms, finished_at_ms, last_status,
        last_error, redelivery_of, run_id)
      SELECT id, cdr_id, webhook_id, 'cancelled', attempts, created_at_ms, now_ms, last_status, last_error, redelivery_of, run_id
      FROM gone),
    counted AS (${addCounts(slot, [
      {
        webhookId: 'webhook_id',
        hour: String(ALL_TIME),
        columns: { cancelled: 'count(*)', pending: '- count(*)' },
        from: 'gone',
      },
    ])})
    SELECT id FROM gone`;
}

/** `Store.cancel`. */
export async function cancelDeliveries(session: Session, ids: readonly string[]): Promise<Cancelled> {
  await endLeases(session);
  const cancelled = await session.rows(
    cancelThose(
      `SELECT id, now_ms() AS now_ms FROM open_deliveries
       WHERE id = ANY($1::text[]) AND due_at_ms IS NOT NULL ORDER BY id FOR UPDATE`,
      '$2::bigint',
    ),
    textArray(ids),
    anySlot(),
  );
  const delivering = await session.rows(
    'SELECT id FROM open_deliveries WHERE id = ANY($1::text[]) AND lease_ends_at_ms IS NOT NULL',
    textArray(ids),
  );
  return { cancelled: idsOf(cancelled), delivering: idsOf(delivering) };
}

/**
 * Cancels up to `limit` waiting deliveries of a webhook, none of them newer than `newest`; gives how many. One that
 * another node is about to lease or cancel is left to it.
 */
export async function cancelWaiting(
  session: Session,
  webhookId: string,
  newest: string,
  limit: number,
): Promise<number> {
  await endLeases(session);
  const cancelled = await session.rows(
    cancelThose(
      `SELECT id, now_ms() AS now_ms FROM open_deliveries
       WHERE webhook_id = $1 AND due_at_ms IS NOT NULL AND id <= $2 LIMIT $3::bigint FOR UPDATE SKIP LOCKED`,
      '$4::bigint',
    ),
    webhookId,
    newest,
    limit,
    anySlot(),
  );
  return cancelled.length;
}

/** The greatest id of an open delivery, `''` when there is none. */
export async function newestOpen(session: Session): Promise<string> {
  const [row] = await session.rows('SELECT max(id) AS id FROM open_deliveries');
  return optionalText(row?.['id']) ?? '';
}

/** The deliveries of a webhook that are under way. */
export async function findDelivering(session: Session, webhookId: string): Promise<string[]> {
  return idsOf(
    await session.rows(
      'SELECT id FROM open_deliveries WHERE lease_ends_at_ms IS NOT NULL AND webhook_id = $1',
      webhookId,
    ),
  );
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => text(row['id'])).sort();
}
