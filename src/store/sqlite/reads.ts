import { WHOLE_ROUTER } from '../counters.ts';
import type { Attempt, Delivery, HourlyCounts, StoredCdr, WebhookStats } from '../records.ts';
import { cdrIdBoundary } from '../identity.ts';
import { SEARCHED_CDRS, type CdrFilter, type DueWebhook } from '../store.ts';
import { CDR_COLUMNS, toAttempt, toCdr, toDelivery, toHourlyCounts, toStats } from '../sql/rows.ts';
import { integer, text } from '../sql/columns.ts';
import { where, type Statements } from './statements.ts';

export function findCdr(statements: Statements, id: string): StoredCdr | undefined {
  const row = statements.get(`SELECT ${CDR_COLUMNS} FROM cdrs c WHERE c.id = ?`, id);
  return row === undefined ? undefined : toCdr(row);
}

export function findCdrs(statements: Statements, filter: CdrFilter): StoredCdr[] {
  const { clause, values } = where([
    ['c.source = ?', filter.source],
    ['c.vendor = ?', filter.vendor],
    ['c.identity = ?', filter.identity],
    [filter.matched === true ? 'c.hits > 0' : 'c.hits = 0', filter.matched === undefined ? undefined : 1],
    ['c.id < ?', filter.beforeId],
    ['c.id > ?', filter.sinceMs === undefined ? undefined : cdrIdBoundary(filter.sinceMs)],
    ['c.id < ?', filter.untilMs === undefined ? undefined : cdrIdBoundary(filter.untilMs)],
    ['c.id >= ?', filter.idPrefix],
    ['c.id < ?', filter.idPrefix === undefined ? undefined : `${filter.idPrefix}\u{10ffff}`],
    [`c.id >= ${OLDEST_SEARCHED}`, filter.text === undefined ? undefined : 1],
    [`c.raw LIKE ? ESCAPE '\\'`, filter.text === undefined ? undefined : patternOf(filter.text)],
  ]);
  return statements
    .all(`SELECT ${CDR_COLUMNS} FROM cdrs c ${clause} ORDER BY c.id DESC LIMIT ?`, ...values, filter.limit)
    .map(toCdr);
}

const OLDEST_SEARCHED = `(SELECT min(id) FROM (SELECT id FROM cdrs ORDER BY id DESC LIMIT ${SEARCHED_CDRS}))`;

function patternOf(text: string): string {
  return `%${text.replaceAll(/[%_\\]/g, '\\$&')}%`;
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

/** One look into the index for each webhook, not for each hour. */
export function findHourlyOf(
  statements: Statements,
  webhookIds: readonly string[],
  sinceMs: number,
): Map<string, HourlyCounts[]> {
  const rows = statements.all(
    `SELECT h.* FROM json_each(?) JOIN hourly_counts h ON h.webhook_id = value AND h.hour_ms >= ?
     ORDER BY h.webhook_id, h.hour_ms`,
    JSON.stringify(webhookIds),
    sinceMs,
  );
  const found = new Map<string, HourlyCounts[]>();
  for (const row of rows) {
    const id = text(row['webhook_id']);
    const hours = found.get(id) ?? [];
    hours.push(toHourlyCounts(row));
    found.set(id, hours);
  }
  return found;
}

export function countPending(statements: Statements): number {
  return integer(
    statements.get('SELECT coalesce(sum(pending), 0) AS pending FROM webhook_stats')?.['pending'],
  );
}
