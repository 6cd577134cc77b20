import { integer } from '../sql/columns.ts';
import type { Membership } from '../store.ts';
import type { Session } from './session.ts';

/** `Store.heartbeat`: writes until when a node is believed to live, and forgets the dead ones. */
export async function beat(session: Session, id: string, leaseMs: number): Promise<Membership> {
  const [row] = await session.rows(
    `WITH clock AS MATERIALIZED (SELECT now_ms() AS now_ms),
      dead AS (DELETE FROM nodes WHERE id IN (
        SELECT n.id FROM nodes n CROSS JOIN clock WHERE n.id <> $1 AND n.lives_until_ms <= now_ms FOR UPDATE OF n SKIP LOCKED)),
      this AS (
        INSERT INTO nodes (id, lives_until_ms) SELECT $1, now_ms + $2::bigint FROM clock
        ON CONFLICT (id) DO UPDATE SET lives_until_ms = excluded.lives_until_ms)
     SELECT count(*) AS others, count(*) FILTER (WHERE n.id < $1) AS before
     FROM nodes n CROSS JOIN clock WHERE n.id <> $1 AND n.lives_until_ms > now_ms`,
    id,
    leaseMs,
  );
  return { nodes: 1 + integer(row?.['others']), rank: integer(row?.['before']) };
}

/** A node goes: the others need not wait until it would be taken for dead. */
export async function leave(session: Session, id: string): Promise<void> {
  await session.rows('DELETE FROM nodes WHERE id = $1', id);
}
