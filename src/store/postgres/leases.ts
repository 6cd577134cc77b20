import type { Lease } from '../records.ts';
import type { DuePage, DueWebhook } from '../store.ts';
import { integer, text, type Row } from '../sql/columns.ts';
import { CDR_COLUMNS, toLease } from '../sql/rows.ts';
import { integerArray, textArray } from './arrays.ts';
import type { Session } from './session.ts';

/**
 * `Store.due`.
 *
 * @param mayEndLeases whether deliveries whose lease has ended wait again.
 */
export async function findDue(
  session: Session,
  after: string,
  { limit, mayEndLeases }: { readonly limit: number; readonly mayEndLeases: boolean },
): Promise<DuePage> {
  const { page, isLeaseEnded } = await lookThrough(session, after, limit);
  if (!isLeaseEnded || !mayEndLeases) return page;
  await endLeases(session);
  return (await lookThrough(session, after, limit)).page;
}

/** Goes from one webhook with waiting deliveries to the next by the index, never over the deliveries in between. */
async function lookThrough(
  session: Session,
  after: string,
  limit: number,
): Promise<{ readonly page: DuePage; readonly isLeaseEnded: boolean }> {
  const rows = await session.rows(
    `WITH RECURSIVE clock AS MATERIALIZED (SELECT now_ms() AS now_ms),
      waiting AS (
        (SELECT webhook_id, due_at_ms, 1 AS number FROM open_deliveries
         WHERE due_at_ms IS NOT NULL AND webhook_id > $1 ORDER BY webhook_id, due_at_ms LIMIT 1)
        UNION ALL
        SELECT next.webhook_id, next.due_at_ms, w.number + 1 FROM waiting w CROSS JOIN LATERAL (
          SELECT o.webhook_id, o.due_at_ms FROM open_deliveries o
          WHERE o.due_at_ms IS NOT NULL AND o.webhook_id > w.webhook_id
          ORDER BY o.webhook_id, o.due_at_ms LIMIT 1) next
        WHERE w.number < $2::bigint)
     SELECT w.webhook_id, now_ms - w.due_at_ms AS overdue_ms,
       EXISTS (SELECT 1 FROM open_deliveries o WHERE o.lease_ends_at_ms <= now_ms) AS is_lease_ended
     FROM clock LEFT JOIN waiting w ON true ORDER BY w.number`,
    after,
    limit,
  );
  const waiting = rows.filter((row) => row['webhook_id'] !== null).map(toDueWebhook);
  const webhooks = waiting.filter(({ overdueMs }) => overdueMs >= 0);
  const next = waiting.length < limit ? '' : (waiting.at(-1)?.webhookId ?? '');
  return { page: { webhooks, next }, isLeaseEnded: rows[0]?.['is_lease_ended'] === true };
}

function toDueWebhook(row: Row): DueWebhook {
  return { webhookId: text(row['webhook_id']), overdueMs: integer(row['overdue_ms']) };
}

/** Makes deliveries whose lease has ended wait again, whoever held it; until one is leased again, its number still says who. Those that another node is at are left to it. */
export async function endLeases(session: Session): Promise<void> {
  await session.rows(
    `UPDATE open_deliveries SET due_at_ms = now_ms(), lease_ends_at_ms = NULL WHERE id = ANY (ARRAY(
       SELECT id FROM open_deliveries WHERE lease_ends_at_ms <= (SELECT now_ms()) FOR UPDATE SKIP LOCKED))`,
  );
}

/** `Store.lease`. A delivery that another node is about to lease is passed over, not waited for. */
export async function leaseDue(
  session: Session,
  rooms: ReadonlyMap<string, number>,
  leaseMs: number,
): Promise<Lease[]> {
  const rows = await session.rows(
    `WITH clock AS MATERIALIZED (SELECT now_ms() AS now_ms),
      room AS MATERIALIZED (
        SELECT * FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS r (webhook_id, room, place)),
      due AS MATERIALIZED (
        SELECT d.id, d.due_at_ms, r.place, now_ms FROM clock CROSS JOIN room r CROSS JOIN LATERAL (
          SELECT o.id, o.due_at_ms FROM open_deliveries o
          WHERE o.due_at_ms <= now_ms AND o.webhook_id = r.webhook_id
          ORDER BY o.due_at_ms, o.id LIMIT r.room FOR UPDATE SKIP LOCKED) d),
      leased AS (
        UPDATE open_deliveries o SET due_at_ms = NULL, lease_number = o.lease_number + 1, lease_ends_at_ms = d.now_ms + $3::bigint
        FROM due d WHERE o.id = d.id
        RETURNING o.id AS delivery_id, o.cdr_id, o.webhook_id, o.lease_number, o.attempts, o.rounds, d.place, d.due_at_ms)
     SELECT l.delivery_id, l.webhook_id, l.lease_number, l.attempts, l.rounds, ${CDR_COLUMNS}
     FROM leased l JOIN cdrs c ON c.id = l.cdr_id ORDER BY l.place, l.due_at_ms, l.delivery_id`,
    textArray([...rooms.keys()]),
    integerArray([...rooms.values()]),
    leaseMs,
  );
  return rows.map(toLease);
}

/** `Store.renew`. */
export async function renewLeases(
  session: Session,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<Lease[]> {
  const rows = await session.rows(
    `WITH found AS MATERIALIZED (SELECT * FROM open_deliveries WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE),
     held AS MATERIALIZED (
       SELECT o.id, now_ms() AS now_ms FROM found o
       JOIN unnest($1::text[], $2::bigint[]) AS l (id, lease_number) ON o.id = l.id AND o.lease_number = l.lease_number)
     UPDATE open_deliveries o SET due_at_ms = NULL, lease_ends_at_ms = h.now_ms + $3::bigint FROM held h WHERE o.id = h.id
     RETURNING o.id, o.lease_number`,
    textArray(leases.map(({ deliveryId }) => deliveryId)),
    integerArray(leases.map(({ number }) => number)),
    leaseMs,
  );
  const held = new Map(rows.map((row) => [text(row['id']), integer(row['lease_number'])]));
  return leases.filter(({ deliveryId, number }) => held.get(deliveryId) === number);
}
