import { deliveryIdBoundary } from '../identity.ts';
import type { Delivery, DeliveryState } from '../records.ts';
import type { DeliveryFilter, StatusClass } from '../store.ts';
import { toDelivery } from '../sql/rows.ts';
import { DELIVERY_COLUMNS } from './reads.ts';
import type { Session } from './session.ts';
import { Where } from './where.ts';

/** `Store.deliveries`: the newest of each of the two tables, and of these the newest. */
export async function findDeliveries(session: Session, filter: DeliveryFilter): Promise<Delivery[]> {
  const where = conditionsOf(filter);
  const limit = `ORDER BY id DESC LIMIT ${where.parameter(filter.limit)}::bigint`;
  const states = filter.state === undefined ? undefined : [filter.state].flat();
  const parts = [openPart(where, states), finalPart(where, states)].filter((part) => part !== undefined);
  if (parts.length === 0) return [];
  const newest = parts.map((part) => `SELECT * FROM (${part} ${limit}) part`).join(' UNION ALL ');
  const rows = await session.rows(`${newest} ${limit}`, ...where.values);
  return rows.map(toDelivery);
}

function conditionsOf(filter: DeliveryFilter): Where {
  const { webhookId, cdrId, runId, statusClass, sinceMs, untilMs, beforeId } = filter;
  const where = new Where();
  where.and('webhook_id =', webhookId);
  where.and('cdr_id =', cdrId);
  where.and('run_id =', runId);
  where.and('id >', sinceMs === undefined ? undefined : deliveryIdBoundary(sinceMs));
  where.and('id <', untilMs === undefined ? undefined : deliveryIdBoundary(untilMs));
  where.and('id <', beforeId);
  if (statusClass !== undefined) where.plain(statusCondition(statusClass));
  return where;
}

/** Written so that the planner sees which partial index holds the answer; most answers are 2xx, and have none. */
function statusCondition(statusClass: StatusClass): string {
  if (statusClass === 'none') return 'last_status IS NULL AND attempts > 0';
  const isClass = `last_status / 100 = ${Number.parseInt(statusClass, 10)}`;
  return statusClass === '2xx' ? isClass : `${isClass} AND last_status >= 300`;
}

type States = readonly DeliveryState[] | undefined;

/** The SELECT of those wanted that are not final; `undefined` when none is wanted. */
function openPart({ clause }: Where, states: States): string | undefined {
  const isPendingWanted = states?.includes('pending') ?? true;
  const isDeliveringWanted = states?.includes('delivering') ?? true;
  if (!isPendingWanted && !isDeliveringWanted) return undefined;
  const select = `SELECT ${DELIVERY_COLUMNS.open_deliveries} FROM open_deliveries ${clause}`;
  if (isPendingWanted && isDeliveringWanted) return select;
  return withCondition(
    select,
    clause,
    isPendingWanted ? 'due_at_ms IS NOT NULL' : 'lease_ends_at_ms IS NOT NULL',
  );
}

/** The SELECT of those wanted that are final; `undefined` when none is wanted. */
function finalPart({ clause }: Where, states: States): string | undefined {
  const select = `SELECT ${DELIVERY_COLUMNS.final_deliveries} FROM final_deliveries ${clause}`;
  if (states === undefined) return select;
  const wanted = FINAL_STATES.filter((state) => states.includes(state));
  if (wanted.length === 0) return undefined;
  return withCondition(select, clause, stateIn(wanted));
}

function withCondition(select: string, clause: string, condition: string): string {
  return `${select} ${clause === '' ? 'WHERE' : 'AND'} ${condition}`;
}

/** In the order in which statements name them, so that there are few statements. */
const FINAL_STATES = ['delivered', 'failed', 'cancelled'] as const;

/** Written out, so that the planner sees when a partial index holds the answer. */
export function stateIn(states: readonly (typeof FINAL_STATES)[number][]): string {
  const ordered = FINAL_STATES.filter((state) => states.includes(state));
  return `state IN (${ordered.map((state) => `'${state}'`).join(', ')})`;
}
