import { optionalText } from '../sql/columns.ts';
import type { Transaction } from './transaction.ts';

/** The id of the same CDR or leg that came before, within the window for duplicates. */
export function findEarlier(
  { statements, settings }: Transaction,
  table: 'cdrs' | 'legs',
  fingerprint: Buffer,
  receivedAtMs: number,
): string | undefined {
  if (settings.dedupeWindowMs === 0) return undefined;
  const row = statements.get(
    `SELECT id FROM ${table} WHERE fingerprint = ? AND received_at_ms > ? ORDER BY received_at_ms DESC LIMIT 1`,
    fingerprint,
    receivedAtMs - settings.dedupeWindowMs,
  );
  return optionalText(row?.['id']);
}
