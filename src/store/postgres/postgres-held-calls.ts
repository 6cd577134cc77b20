import {
  dueWithLeg,
  type Held,
  type HeldCall,
  type HeldCallStore,
  type NewLeg,
  type WaitingCall,
} from '../held-calls.ts';
import { fingerprintOf, newLegId } from '../identity.ts';
import type { Accepted, NewCdr } from '../records.ts';
import { integer, optionalInteger, text } from '../sql/columns.ts';
import { toLeg, toWaitingCall } from '../sql/rows.ts';
import { acceptCdrs, prepareCdr, type AcceptOptions } from './accept.ts';
import type { Connections } from './connections.ts';
import type { Session } from './session.ts';

/** The held calls of a PostgreSQL store. Whoever changes a call locks its row, so that nodes do so in turn. */
export class PostgresHeldCalls implements HeldCallStore {
  readonly #connections: Connections;
  readonly #options: AcceptOptions;

  constructor(connections: Connections, options: AcceptOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  hold(legs: readonly NewLeg[]): Promise<Held[]> {
    return this.#connections.transaction(async (session) => {
      await lockCalls(session, legs);
      const held: Held[] = [];
      for (const leg of legs) held.push(await holdLeg(session, leg, this.#options.settings.dedupeWindowMs));
      // Those that were made only to be locked.
      await session.rows('DELETE FROM held_calls WHERE legs = 0 RETURNING 1 AS one');
      return held;
    });
  }

  due(limit: number): Promise<HeldCall[]> {
    return this.#connections.use(async (session) => {
      const rows = await session.rows(
        `SELECT c.source, c.group_key, l.id, l.vendor, l.received_at_ms, l.violation, l.raw
         FROM (SELECT * FROM held_calls WHERE due_at_ms <= now_ms() ORDER BY due_at_ms LIMIT $1::bigint) c
         JOIN legs l ON l.source = c.source AND l.group_key = c.group_key AND l.cdr_id IS NULL
         ORDER BY c.due_at_ms, c.source, c.group_key, l.number`,
        limit,
      );
      const calls = Map.groupBy(rows, (row) => JSON.stringify([row['source'], row['group_key']]));
      return [...calls.values()].map((legs) => ({
        source: text(legs[0]?.['source']),
        groupKey: text(legs[0]?.['group_key']),
        legs: legs.map(toLeg),
      }));
    });
  }

  waiting(limit: number): Promise<WaitingCall[]> {
    return this.#connections.use(async (session) => {
      const rows = await session.rows(
        'SELECT source, group_key, due_at_ms, legs FROM held_calls WHERE legs > 0 ORDER BY due_at_ms LIMIT $1::bigint',
        limit,
      );
      return rows.map(toWaitingCall);
    });
  }

  count(): Promise<number> {
    return this.#connections.use(async (session) => {
      const [row] = await session.rows('SELECT count(*) AS held FROM held_calls WHERE legs > 0');
      return integer(row?.['held']);
    });
  }

  release(call: HeldCall, cdr: NewCdr): Promise<Accepted | undefined> {
    return this.#connections.transaction((session) => releaseCall(session, call, cdr, this.#options));
  }
}

/** Locks the calls of legs, all in the same order, and makes those that are new. */
async function lockCalls(session: Session, legs: readonly NewLeg[]): Promise<void> {
  const calls = new Map(legs.map((leg) => [JSON.stringify([leg.source, leg.groupKey]), leg]));
  for (const key of [...calls.keys()].sort()) {
    const leg = calls.get(key);
    await session.rows(
      `INSERT INTO held_calls AS c (source, group_key, legs) VALUES ($1, $2, 0)
       ON CONFLICT (source, group_key) DO UPDATE SET legs = c.legs RETURNING 1 AS one`,
      leg?.source,
      leg?.groupKey,
    );
  }
}

async function holdLeg(session: Session, leg: NewLeg, dedupeWindowMs: number): Promise<Held> {
  const { source, groupKey, vendor, receivedAtMs, violation, raw } = leg;
  const fingerprint = fingerprintOf(leg);
  const [earlier] = await session.rows(
    'SELECT id FROM legs WHERE fingerprint = $1 AND received_at_ms > $2::bigint ORDER BY number DESC LIMIT 1',
    fingerprint,
    dedupeWindowMs === 0 ? Number.MAX_SAFE_INTEGER : receivedAtMs - dedupeWindowMs,
  );
  if (earlier !== undefined) return { id: text(earlier['id']), duplicate: true };
  const id = newLegId(receivedAtMs);
  await session.rows(
    `INSERT INTO legs (id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING 1 AS one`,
    id,
    source,
    groupKey,
    vendor,
    receivedAtMs,
    fingerprint,
    violation,
    raw,
  );
  const [call] = await session.rows(
    `UPDATE held_calls SET legs = legs + 1 WHERE source = $1 AND group_key = $2
     RETURNING due_at_ms, legs, now_ms() AS now_ms`,
    source,
    groupKey,
  );
  const dueBefore = optionalInteger(call?.['due_at_ms']);
  await session.rows(
    'UPDATE held_calls SET due_at_ms = $3::bigint WHERE source = $1 AND group_key = $2 RETURNING 1 AS one',
    source,
    groupKey,
    dueWithLeg(dueBefore, integer(call?.['legs']), leg, integer(call?.['now_ms'])),
  );
  return { id, duplicate: false };
}

async function releaseCall(
  session: Session,
  { source, groupKey, legs }: HeldCall,
  cdr: NewCdr,
  options: AcceptOptions,
): Promise<Accepted | undefined> {
  await session.rows(
    'SELECT 1 AS one FROM held_calls WHERE source = $1 AND group_key = $2 FOR UPDATE',
    source,
    groupKey,
  );
  const held = await session.rows(
    'SELECT id FROM legs WHERE source = $1 AND group_key = $2 AND cdr_id IS NULL ORDER BY number',
    source,
    groupKey,
  );
  const isSame = held.length > 0 && held.map((row) => row['id']).join() === legs.map(({ id }) => id).join();
  if (!isSame) return undefined;
  const [accepted] = await acceptCdrs(session, [prepareCdr(cdr)], options);
  await session.rows(
    `WITH gone AS (DELETE FROM held_calls WHERE source = $1 AND group_key = $2)
     UPDATE legs SET cdr_id = $3, raw = NULL WHERE source = $1 AND group_key = $2 AND cdr_id IS NULL RETURNING 1 AS one`,
    source,
    groupKey,
    accepted?.id,
  );
  return accepted;
}
