import { deliveryIdBoundary } from '../identity.ts';
import { DELIVERY_STATES, type Delivery, type DeliveryState } from '../records.ts';
import type { DeliveryFilter } from '../store.ts';
import { toDelivery } from '../sql/rows.ts';
import { where, type Statements } from './statements.ts';

/** A filter with one state at most. */
type OneState = Omit<DeliveryFilter, 'state'> & { readonly state?: DeliveryState | undefined };

/** `Store.deliveries`. Of several states each is asked for by itself, because each has a stretch of an index of its own. */
export function findDeliveries(statements: Statements, filter: DeliveryFilter): Delivery[] {
  return [...new Set(statesOf(filter))]
    .flatMap((one) => findOfOneState(statements, { ...filter, state: one }))
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, filter.limit);
}

/** The states to ask for; `undefined` stands for all at once. */
function statesOf({ state, cdrId, runId }: DeliveryFilter): readonly (DeliveryState | undefined)[] {
  if (typeof state === 'string') return [state];
  const isByRun = runId !== undefined && cdrId === undefined;
  return state ?? (isByRun ? DELIVERY_STATES : [undefined]);
}

function findOfOneState(statements: Statements, filter: OneState): Delivery[] {
  const { webhookId, cdrId, runId, state, sinceMs, untilMs, beforeId, limit } = filter;
  const until = untilMs === undefined ? undefined : deliveryIdBoundary(untilMs);
  const ends = [beforeId, until].filter((end) => end !== undefined).sort();
  const { clause, values } = where([
    // A CDR has few deliveries, a webhook many: the plus keeps SQLite from going through the webhook's.
    [cdrId === undefined && runId === undefined ? 'webhook_id = ?' : '+webhook_id = ?', webhookId],
    ['cdr_id = ?', cdrId],
    [cdrId === undefined ? 'run_id = ?' : '+run_id = ?', runId],
    // Written out, so that SQLite sees that a partial index holds the answer.
    [`state = '${state ?? ''}'`, state],
    ['id > ?', sinceMs === undefined ? undefined : deliveryIdBoundary(sinceMs)],
    ['id < ?', ends[0]],
    [
      statusCondition(filter),
      filter.statusClass === undefined ? undefined : parseInt(filter.statusClass, 10),
    ],
  ]);
  return statements
    .all(`SELECT * FROM deliveries ${indexFor(filter)} ${clause} ORDER BY id DESC LIMIT ?`, ...values, limit)
    .map(toDelivery);
}

/** Written so that SQLite sees which partial index holds the answer; most answers are 2xx, and have none. */
function statusCondition({ statusClass }: OneState): string {
  if (statusClass === 'none') return 'last_status IS NULL AND attempts > 0';
  return statusClass === '2xx' ? 'last_status / 100 = ?' : 'last_status / 100 = ? AND last_status >= 300';
}

function indexByStatus({ statusClass }: OneState): string {
  if (statusClass === undefined || statusClass === '2xx') return '';
  return `INDEXED BY ${statusClass === 'none' ? 'deliveries_unanswered' : 'deliveries_by_status'}`;
}

/** In these states a webhook has few deliveries beside those delivered: the way to them is an index of theirs alone. */
const INDEX_BY_WEBHOOK: Readonly<Partial<Record<DeliveryState, string>>> = {
  pending: 'deliveries_pending_by_webhook',
  delivering: 'deliveries_leased',
  failed: 'deliveries_failed_by_webhook',
  cancelled: 'deliveries_cancelled_by_webhook',
};

function indexFor(filter: OneState): string {
  const { webhookId, cdrId, runId, state } = filter;
  if (cdrId !== undefined) return '';
  if (runId !== undefined) return 'INDEXED BY deliveries_by_run';
  const byStatus = indexByStatus(filter);
  if (byStatus !== '') return byStatus;
  // Leases are so few that those of all webhooks are put in order afterwards.
  if (state === undefined || (webhookId === undefined && state !== 'delivering')) return '';
  const index = INDEX_BY_WEBHOOK[state];
  return index === undefined ? '' : `INDEXED BY ${index}`;
}
