import { spanOf, type IdSpan } from '../run-task.ts';
import type { ReplayPage, ReplaySelection, Run } from '../runs.ts';
import { insertDelivery } from './insert-delivery.ts';
import type { CountedPart } from './redelivery.ts';
import { CDR_COLUMNS, toCdr } from '../sql/rows.ts';
import { findRunning, recordStep } from './run-rows.ts';
import { integer, optionalText, text } from '../sql/columns.ts';
import type { Statements, Value } from './statements.ts';
import type { Transaction } from './transaction.ts';

/** CDRs counted in one go. */
const COUNTED = 10_000;

/** The next CDRs of a selection, as `c`. */
function nextOf({ source }: ReplaySelection, after: string): string {
  const ofSource = source === undefined ? '' : 'c.source = ?4 AND';
  return `cdrs c WHERE ${ofSource} c.id ${after === '' ? '>=' : '>'} ?1 AND c.id <= ?2 ORDER BY c.id LIMIT ?3`;
}

function valuesOf({ source }: ReplaySelection, span: IdSpan, after: string, limit: number): Value[] {
  return [after === '' ? span.from : after, span.to, limit, ...(source === undefined ? [] : [source])];
}

/** Counts a selection in the next CDRs behind `after`, `''` for the beginning. */
export function countReplays(
  statements: Statements,
  selection: ReplaySelection,
  span: IdSpan,
  after: string,
): CountedPart {
  const row = statements.get(
    `SELECT count(*) AS total, max(id) AS last FROM (SELECT c.id FROM ${nextOf(selection, after)})`,
    ...valuesOf(selection, span, after, COUNTED),
  );
  const total = integer(row?.['total']);
  return { total, skipped: 0, next: total < COUNTED ? undefined : optionalText(row?.['last']) };
}

/** `RunStore.replayPage`. */
export function findReplayPage(statements: Statements, id: string, limit: number): ReplayPage | undefined {
  const row = findRunning(statements, id);
  if (row?.run.kind !== 'replay') return undefined;
  const { selection } = row.run;
  const cdrs = statements
    .all(
      `SELECT ${CDR_COLUMNS} FROM ${nextOf(selection, row.cursor)}`,
      ...valuesOf(selection, spanOf(row.run, row.to), row.cursor, limit),
    )
    .map(toCdr);
  return { runId: id, after: row.cursor, upTo: cdrs.at(limit - 1)?.id ?? row.to, cdrs };
}

/** `RunStore.replay`. */
export function replayNext(
  transaction: Transaction,
  page: ReplayPage,
  hits: ReadonlyMap<string, readonly string[]>,
): Run | undefined {
  const row = findRunning(transaction.statements, page.runId);
  if (row?.run.kind !== 'replay') return undefined;
  if (row.cursor !== page.after) return row.run;
  const again = row.run.selection.again === true;
  const all = page.cdrs.flatMap(({ id }) =>
    (hits.get(id) ?? []).map((webhookId) => ({ id, webhookId, runId: page.runId })),
  );
  const made = all.filter((hit) => replayHit(transaction, hit, again)).length;
  const step = { upTo: page.upTo, done: page.cdrs.length, made, skipped: all.length - made };
  return recordStep(transaction, row, step);
}

/** Makes the delivery of a replayed CDR to a webhook, unless that is to be skipped; whether it did. */
function replayHit(
  transaction: Transaction,
  { id, webhookId, runId }: { readonly id: string; readonly webhookId: string; readonly runId: string },
  again: boolean,
): boolean {
  const { statements, counters, nowMs } = transaction;
  const cdrRow = statements.get(`SELECT ${CDR_COLUMNS} FROM cdrs c WHERE c.id = ?`, id);
  if (cdrRow === undefined) return false;
  const earlier = statements.all(
    'SELECT id, state FROM deliveries WHERE cdr_id = ? AND +webhook_id = ? ORDER BY id',
    id,
    webhookId,
  );
  const covering = again ? ['pending', 'delivering'] : ['pending', 'delivering', 'delivered'];
  if (earlier.some((row) => covering.includes(text(row['state'])))) return false;
  const redeliveryOf = optionalText(earlier.at(-1)?.['id']);
  insertDelivery(transaction, {
    cdrId: id,
    webhookId,
    createdAtMs: nowMs,
    redeliveryOf,
    runId,
    lease: false,
  });
  if (redeliveryOf === undefined) {
    statements.run('UPDATE cdrs SET hits = hits + 1 WHERE id = ?', id);
    counters.replayed(webhookId, toCdr(cdrRow), nowMs);
  } else {
    counters.redelivered(webhookId, nowMs);
  }
  return true;
}
