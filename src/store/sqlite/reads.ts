import { WHOLE_ROUTER } from '../counters.ts';
import type { Attempt, Delivery, DeliveryState, HourlyCounts, StoredCdr, WebhookStats } from '../records.ts';
import type { CdrFilter, DeliveryFilter, DueWebhook } from '../store.ts';
import { CDR_COLUMNS, toAttempt, toCdr, toDelivery, toHourlyCounts, toStats } from './rows.ts';
import { integer, text, type Statements } from './statements.ts';

type Value = string | number | undefined;

/** A WHERE clause of those conditions whose value is given. */
function where(conditions: readonly (readonly [sql: string, value: Value])[]): {
  clause: string;
  values: Value[];
} {
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    clause: given.length === 0 ? '' : `WHERE ${given.map(([sql]) => sql).join(' AND ')}`,
    values: given.flatMap(([sql, value]) => (sql.includes('?') ? [value] : [])),
  };
}

export function findCdr(statements: Statements, id: string): StoredCdr | undefined {
  const row = statements.get(`SELECT ${CDR_COLUMNS} FROM cdrs c WHERE c.id = ?`, id);
  return row === undefined ? undefined : toCdr(row);
}

export function findCdrs(statements: Statements, filter: CdrFilter): StoredCdr[] {
  const { clause, values } = where([
    ['c.source = ?', filter.source],
    ['c.vendor = ?', filter.vendor],
    [filter.matched === true ? 'c.hits > 0' : 'c.hits = 0', filter.matched === undefined ? undefined : 1],
    ['c.id < ?', filter.beforeId],
  ]);
  return statements
    .all(`SELECT ${CDR_COLUMNS} FROM cdrs c ${clause} ORDER BY c.id DESC LIMIT ?`, ...values, filter.limit)
    .map(toCdr);
}

export function findDelivery(
  statements: Statements,
  id: string,
): { delivery: Delivery; attempts: Attempt[] } | undefined {
  const row = statements.get('SELECT * FROM deliveries WHERE id = ?', id);
  if (row === undefined) return undefined;
  const attempts = statements.all('SELECT * FROM attempts WHERE delivery_id = ? ORDER BY number', id);
  return { delivery: toDelivery(row), attempts: attempts.map(toAttempt) };
}

export function findDeliveries(statements: Statements, filter: DeliveryFilter): Delivery[] {
  const { clause, values } = where([
    // A CDR has few deliveries, a webhook many: the plus keeps SQLite from going through the webhook's.
    [filter.cdrId === undefined ? 'webhook_id = ?' : '+webhook_id = ?', filter.webhookId],
    ['cdr_id = ?', filter.cdrId],
    // Written out, so that SQLite sees that a partial index holds the answer.
    [`state = '${filter.state ?? ''}'`, filter.state],
    ['id < ?', filter.beforeId],
  ]);
  return statements
    .all(
      `SELECT * FROM deliveries ${indexFor(filter)} ${clause} ORDER BY id DESC LIMIT ?`,
      ...values,
      filter.limit,
    )
    .map(toDelivery);
}

/** In these states a webhook has few deliveries beside those delivered: the way to them is an index of theirs alone. */
const INDEX_BY_WEBHOOK: Readonly<Partial<Record<DeliveryState, string>>> = {
  pending: 'deliveries_pending_by_webhook',
  delivering: 'deliveries_leased',
  failed: 'deliveries_failed_by_webhook',
  cancelled: 'deliveries_cancelled',
};

function indexFor({ webhookId, cdrId, state }: DeliveryFilter): string {
  if (state === undefined || cdrId !== undefined) return '';
  // Leases are so few that those of all webhooks are put in order afterwards.
  if (webhookId === undefined && state !== 'delivering') return '';
  const index = INDEX_BY_WEBHOOK[state];
  return index === undefined ? '' : `INDEXED BY ${index}`;
}

/** Whether some lease has run out. */
export function hasEndedLease(statements: Statements, nowMs: number): boolean {
  const row = statements.get(
    `SELECT 1 FROM deliveries WHERE state = 'delivering' AND lease_ends_at_ms <= ? LIMIT 1`,
    nowMs,
  );
  return row !== undefined;
}

/** Goes from one webhook with waiting deliveries to the next by the index, never over the deliveries in between. */
export function findDue(
  statements: Statements,
  nowMs: number,
  after: string,
  limit: number,
): { webhooks: DueWebhook[]; next: string } {
  const webhooks: DueWebhook[] = [];
  let at = after;
  for (let seen = 0; seen < limit; seen += 1) {
    const row = statements.get(
      `SELECT webhook_id, due_at_ms FROM deliveries WHERE state = 'pending' AND webhook_id > ?
       ORDER BY webhook_id, due_at_ms LIMIT 1`,
      at,
    );
    if (row === undefined) return { webhooks, next: '' };
    at = text(row['webhook_id']);
    const overdueMs = nowMs - integer(row['due_at_ms']);
    if (overdueMs >= 0) webhooks.push({ webhookId: at, overdueMs });
  }
  return { webhooks, next: at };
}

export function findStats(statements: Statements, webhookIds: readonly string[]): Map<string, WebhookStats> {
  const rows = statements.all(
    'SELECT * FROM webhook_stats WHERE webhook_id IN (SELECT value FROM json_each(?))',
    JSON.stringify(webhookIds),
  );
  return new Map(rows.map((row) => [text(row['webhook_id']), toStats(row)]));
}

export function findHourly(
  statements: Statements,
  webhookId: string | undefined,
  sinceMs: number,
): HourlyCounts[] {
  return statements
    .all(
      'SELECT * FROM hourly_counts WHERE webhook_id = ? AND hour_ms >= ? ORDER BY hour_ms',
      webhookId ?? WHOLE_ROUTER,
      sinceMs,
    )
    .map(toHourlyCounts);
}

export function countPending(statements: Statements): number {
  return integer(
    statements.get('SELECT coalesce(sum(pending), 0) AS pending FROM webhook_stats')?.['pending'],
  );
}
