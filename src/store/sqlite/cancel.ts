import type { Cancelled } from '../store.ts';
import { text, type Row } from '../sql/columns.ts';
import type { Statements } from './statements.ts';
import type { Transaction } from './transaction.ts';
import { endLeases } from './writes.ts';

/** `Store.cancel`. */
export function cancelDeliveries(transaction: Transaction, ids: readonly string[]): Cancelled {
  endLeases(transaction, transaction.nowMs);
  const rows = transaction.statements.all(
    `SELECT id, webhook_id, state FROM deliveries
     WHERE id IN (SELECT value FROM json_each(?)) AND state IN ('pending', 'delivering')`,
    JSON.stringify(ids),
  );
  const pending = rows.filter((row) => row['state'] === 'pending');
  for (const row of pending) cancelRow(transaction, row);
  return { cancelled: idsOf(pending), delivering: idsOf(rows.filter((row) => row['state'] !== 'pending')) };
}

/** Cancels up to `limit` waiting deliveries of a webhook, none of them newer than `newest`; gives how many. */
export function cancelWaiting(
  transaction: Transaction,
  webhookId: string,
  newest: string,
  limit: number,
): number {
  endLeases(transaction, transaction.nowMs);
  const rows = transaction.statements.all(
    `SELECT id, webhook_id FROM deliveries INDEXED BY deliveries_pending_by_webhook
     WHERE state = 'pending' AND webhook_id = ? AND id <= ? ORDER BY id LIMIT ?`,
    webhookId,
    newest,
    limit,
  );
  for (const row of rows) cancelRow(transaction, row);
  return rows.length;
}

function cancelRow({ statements, counters, nowMs }: Transaction, row: Row): void {
  statements.run(
    `UPDATE deliveries SET state = 'cancelled', due_at_ms = NULL, finished_at_ms = ? WHERE id = ?`,
    nowMs,
    text(row['id']),
  );
  counters.cancelled(text(row['webhook_id']));
}

/** The deliveries of a webhook that are under way. */
export function findDelivering(statements: Statements, webhookId: string): string[] {
  return idsOf(
    statements.all(
      `SELECT id FROM deliveries INDEXED BY deliveries_leased WHERE state = 'delivering' AND webhook_id = ?`,
      webhookId,
    ),
  );
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => text(row['id'])).sort();
}
