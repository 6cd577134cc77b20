import { cdrIdBoundary } from '../identity.ts';
import type { Attempt, Delivery, StoredCdr } from '../records.ts';
import { SEARCHED_CDRS, type CdrFilter } from '../store.ts';
import { CDR_COLUMNS, toAttempt, toCdr, toDelivery } from '../sql/rows.ts';
import type { Session } from './session.ts';
import { Where } from './where.ts';

/** `Store.cdr`. */
export async function findCdr(session: Session, id: string): Promise<StoredCdr | undefined> {
  const [row] = await session.rows(`SELECT ${CDR_COLUMNS} FROM cdrs c WHERE c.id = $1`, id);
  return row === undefined ? undefined : toCdr(row);
}

/** `Store.cdrs`. */
export async function findCdrs(session: Session, filter: CdrFilter): Promise<StoredCdr[]> {
  const where = new Where();
  where.and('c.source =', filter.source);
  where.and('c.vendor =', filter.vendor);
  where.and('c.identity =', filter.identity);
  if (filter.matched !== undefined) where.plain(filter.matched ? 'c.hits > 0' : 'c.hits = 0');
  where.and('c.id <', filter.beforeId);
  where.and('c.id >', filter.sinceMs === undefined ? undefined : cdrIdBoundary(filter.sinceMs));
  where.and('c.id <', filter.untilMs === undefined ? undefined : cdrIdBoundary(filter.untilMs));
  where.and('c.id >=', filter.idPrefix);
  where.and('c.id <', filter.idPrefix === undefined ? undefined : `${filter.idPrefix}\u{10ffff}`);
  if (filter.text !== undefined) {
    where.plain(`c.id >= ${OLDEST_SEARCHED}`);
    where.and('lower(c.raw COLLATE "C") LIKE', patternOf(filter.text));
  }
  const limit = where.parameter(filter.limit);
  const rows = await session.rows(
    `SELECT ${CDR_COLUMNS} FROM cdrs c ${where.clause} ORDER BY c.id DESC LIMIT ${limit}::bigint`,
    ...where.values,
  );
  return rows.map(toCdr);
}

/** SQL of the oldest CDR that a text is looked for in. */
const OLDEST_SEARCHED = `(SELECT min(id) FROM (SELECT id FROM cdrs ORDER BY id DESC LIMIT ${SEARCHED_CDRS}) newest)`;

/** For LIKE, whose escape is the backslash; with A to Z in lower case, as `lower` has it in the collation "C". */
function patternOf(text: string): string {
  const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `%${lower.replaceAll(/[%_\\]/g, '\\$&')}%`;
}

/** The columns of a delivery, whichever of the two tables it is in. */
export const DELIVERY_COLUMNS = {
  open_deliveries: `id, cdr_id, webhook_id, CASE WHEN due_at_ms IS NULL THEN 'delivering' ELSE 'pending' END AS state,
    attempts, created_at_ms, redelivery_of, run_id, due_at_ms, NULL::bigint AS finished_at_ms, last_status, last_error`,
  final_deliveries: `id, cdr_id, webhook_id, state, attempts, created_at_ms, redelivery_of, run_id,
    NULL::bigint AS due_at_ms, finished_at_ms, last_status, last_error`,
} as const;

/** `Store.delivery`. */
export async function findDelivery(
  session: Session,
  id: string,
): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
  const [row] = await session.rows(
    `SELECT ${DELIVERY_COLUMNS.open_deliveries} FROM open_deliveries WHERE id = $1
     UNION ALL SELECT ${DELIVERY_COLUMNS.final_deliveries} FROM final_deliveries WHERE id = $1`,
    id,
  );
  if (row === undefined) return undefined;
  const attempts = await session.rows('SELECT * FROM attempts WHERE delivery_id = $1 ORDER BY number', id);
  return { delivery: toDelivery(row), attempts: attempts.map(toAttempt) };
}
