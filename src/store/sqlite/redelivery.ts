import { spanOf, statesOf, type IdSpan } from '../run-task.ts';
import type { Plan, RedeliverySelection, Run } from '../runs.ts';
import { insertDelivery } from './insert-delivery.ts';
import { findRunning, recordStep } from './run-rows.ts';
import { integer, optionalText, text, type Row } from '../sql/columns.ts';
import type { Statements, Value } from './statements.ts';
import type { Transaction } from './transaction.ts';

/** Deliveries looked at in one go, wanted or not, so that a selection of few among many takes no long transaction. */
const LOOKED_AT = 1_000;

/** Whether the webhook has what delivery `d` brought, or is about to get it: see `RunStore.redeliver`. */
const IS_COVERED = `EXISTS (
  SELECT 1 FROM deliveries n WHERE n.cdr_id = d.cdr_id AND +n.webhook_id = d.webhook_id AND (
    n.state IN ('pending', 'delivering')
    OR n.id > d.id AND iif(n.state IN (SELECT value FROM json_each(?1)), n.id <= ?2, n.state = 'delivered')))`;

/** Whether delivery `d` is in the selection and not of the run itself. */
const IS_WANTED = `d.state IN (SELECT value FROM json_each(?1)) AND (?3 IS NULL OR d.webhook_id = ?3) AND d.run_id IS NOT ?4`;

/** The index that passes over the fewest deliveries of no interest, and its condition. */
function wayTo({ webhookId, states }: RedeliverySelection): readonly [index: string, condition: string] {
  const only = states?.length === 1 ? states[0] : undefined;
  if (only === 'failed' && webhookId !== undefined)
    return ['INDEXED BY deliveries_failed_by_webhook', `state = 'failed' AND webhook_id = ?3`];
  if (only === 'failed' || only === 'cancelled')
    return [`INDEXED BY deliveries_${only}`, `state = '${only}'`];
  if (webhookId !== undefined) return ['INDEXED BY deliveries_by_webhook', 'webhook_id = ?3'];
  return ['', 'true'];
}

/** The next deliveries that a selection may be about, as `d`. */
function nextOf(selection: RedeliverySelection, after: string): string {
  const [index, condition] = wayTo(selection);
  return `(SELECT id, cdr_id, webhook_id, state, run_id FROM deliveries ${index}
           WHERE ${condition} AND id ${after === '' ? '>=' : '>'} ?5 AND id <= ?2 ORDER BY id LIMIT ${LOOKED_AT}) d`;
}

/** What the numbers of parameters stand for, in their order. */
function valuesOf(selection: RedeliverySelection, span: IdSpan, after: string, runId = ''): Value[] {
  const states = JSON.stringify(statesOf(selection.states));
  return [states, span.to, selection.webhookId, runId, after === '' ? span.from : after];
}

/** A part of a plan. */
export interface CountedPart extends Plan {
  /** Where the next part begins; `undefined` after the last. */
  readonly next: string | undefined;
}

/** Counts a selection in the next deliveries behind `after`, `''` for the beginning. */
export function countRedeliveries(
  statements: Statements,
  selection: RedeliverySelection,
  span: IdSpan,
  after: string,
): CountedPart {
  const row = statements.get(
    `SELECT count(*) AS looked_at, max(d.id) AS last, count(*) FILTER (WHERE ${IS_WANTED}) AS total,
       count(*) FILTER (WHERE CASE WHEN ${IS_WANTED} THEN ${IS_COVERED} END) AS skipped
     FROM ${nextOf(selection, after)}`,
    ...valuesOf(selection, span, after),
  );
  return {
    total: integer(row?.['total']),
    skipped: integer(row?.['skipped']),
    next: lastOfFull(row),
  };
}

/** `RunStore.redeliver`. */
export function redeliverNext(transaction: Transaction, id: string, limit: number): Run | undefined {
  const { statements, counters, nowMs } = transaction;
  const row = findRunning(statements, id);
  if (row?.run.kind !== 'redeliver') return undefined;
  const { selection } = row.run;
  const span = spanOf(row.run, row.to);
  const page = statements.all(
    `SELECT d.id, d.cdr_id, d.webhook_id, ${IS_COVERED} AS covered FROM ${nextOf(selection, row.cursor)}
     WHERE ${IS_WANTED} LIMIT ?6`,
    ...valuesOf(selection, span, row.cursor, id),
    limit,
  );
  const last = page.at(limit - 1);
  // Before anything is made: with the clock set back, that could come to lie among what was looked at.
  const upTo = last === undefined ? endOfLook(statements, selection, span, row.cursor) : text(last['id']);
  const wanted = page.filter((delivery) => delivery['covered'] === 0);
  for (const delivery of wanted) {
    const webhookId = text(delivery['webhook_id']);
    insertDelivery(transaction, {
      cdrId: text(delivery['cdr_id']),
      webhookId,
      createdAtMs: nowMs,
      redeliveryOf: text(delivery['id']),
      runId: id,
      lease: false,
    });
    counters.redelivered(webhookId, nowMs);
  }
  const made = wanted.length;
  return recordStep(transaction, row, { upTo, done: page.length, made, skipped: page.length - made });
}

/** The last of the deliveries looked at, or the last id of the run when there are no more. */
function endOfLook(
  statements: Statements,
  selection: RedeliverySelection,
  span: IdSpan,
  after: string,
): string {
  const row = statements.get(
    `SELECT count(*) AS looked_at, max(d.id) AS last FROM ${nextOf(selection, after)}`,
    ...valuesOf(selection, span, after),
  );
  return lastOfFull(row) ?? span.to;
}

function lastOfFull(row: Row | undefined): string | undefined {
  return integer(row?.['looked_at']) < LOOKED_AT ? undefined : optionalText(row?.['last']);
}
