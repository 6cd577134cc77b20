import { spanOf, statesOf, type IdSpan } from '../run-task.ts';
import type { Plan, RedeliverySelection, Run } from '../runs.ts';
import { integer, optionalText, text, type Row } from '../sql/columns.ts';
import { textArray } from './arrays.ts';
import { stateIn } from './find-deliveries.ts';
import { lockCdrs, makeAgain } from './made-again.ts';
import { lockRunning, readClock, recordStep } from './run-rows.ts';
import type { Parameter, Session } from './session.ts';

/** Deliveries looked at in one go, wanted or not, so that a selection of few among many takes no long statement. */
const LOOKED_AT = 1_000;

/** SQL of whether the webhook has what delivery `d` brought, or is about to get it: see `RunStore.redeliver`. */
function isCovered({ states }: RedeliverySelection, to: string): string {
  return `(EXISTS (SELECT 1 FROM open_deliveries n WHERE n.cdr_id = d.cdr_id AND n.webhook_id = d.webhook_id)
    OR EXISTS (SELECT 1 FROM final_deliveries n WHERE n.cdr_id = d.cdr_id AND n.webhook_id = d.webhook_id AND n.id > d.id
      AND CASE WHEN n.${stateIn(statesOf(states))} THEN n.id <= ${to} ELSE n.state = 'delivered' END))`;
}

/** SQL of the next final deliveries that a selection may be about, as `d`. Its parameters are those of `valuesOf`. */
function nextOf({ states, webhookId }: RedeliverySelection, after: string): string {
  const ofWebhook = webhookId === undefined ? '' : 'AND webhook_id = $4';
  return `(SELECT id, cdr_id, webhook_id, run_id FROM final_deliveries
    WHERE ${stateIn(statesOf(states))} ${ofWebhook} AND id ${after === '' ? '>=' : '>'} $1 AND id <= $2 AND run_id IS DISTINCT FROM $3
    ORDER BY id LIMIT ${LOOKED_AT}) d`;
}

function valuesOf(
  { webhookId }: RedeliverySelection,
  span: IdSpan,
  after: string,
  runId: string,
): Parameter[] {
  const values = [after === '' ? span.from : after, span.to, runId];
  return webhookId === undefined ? values : [...values, webhookId];
}

/** A part of a plan. */
export interface CountedPart extends Plan {
  /** Where the next part begins; `undefined` after the last. */
  readonly next: string | undefined;
}

/** Counts a selection in the next deliveries behind `after`, `''` for the beginning. */
export async function countRedeliveries(
  session: Session,
  selection: RedeliverySelection,
  span: IdSpan,
  after: string,
): Promise<CountedPart> {
  const [row] = await session.rows(
    `SELECT count(*) AS total, max(d.id) AS last, count(*) FILTER (WHERE ${isCovered(selection, '$2')}) AS skipped
     FROM ${nextOf(selection, after)}`,
    ...valuesOf(selection, span, after, ''),
  );
  const total = integer(row?.['total']);
  return {
    total,
    skipped: integer(row?.['skipped']),
    next: total < LOOKED_AT ? undefined : optionalText(row?.['last']),
  };
}

/** `RunStore.redeliver`. */
export async function redeliverNext(session: Session, id: string, limit: number): Promise<Run | undefined> {
  const row = await lockRunning(session, id);
  if (row?.run.kind !== 'redeliver') return undefined;
  const { selection } = row.run;
  const span = spanOf(row.run, row.to);
  const size = Math.min(limit, LOOKED_AT);
  const page = await session.rows(
    `SELECT d.id, d.cdr_id, d.webhook_id FROM ${nextOf(selection, row.cursor)} ORDER BY d.id LIMIT ${size}`,
    ...valuesOf(selection, span, row.cursor, id),
  );
  const there = await lockCdrs(
    session,
    page.map((delivery) => text(delivery['cdr_id'])),
  );
  const wanted = (await withoutCovered(session, page, selection, span)).filter(({ cdrId }) =>
    there.has(cdrId),
  );
  const nowMs = await readClock(session);
  await makeAgain(session, wanted, { runId: id, nowMs });
  const last = page.at(size - 1);
  const step = {
    upTo: last === undefined ? row.to : text(last['id']),
    done: page.length,
    made: wanted.length,
  };
  return recordStep(session, row, { ...step, skipped: page.length - wanted.length }, nowMs);
}

/** Only now that their CDRs are locked: before, another run could have made one of them again unseen. */
async function withoutCovered(
  session: Session,
  page: readonly Row[],
  selection: RedeliverySelection,
  { to }: IdSpan,
): Promise<{ cdrId: string; webhookId: string; redeliveryOf: string }[]> {
  const rows = await session.rows(
    `SELECT d.id, d.cdr_id, d.webhook_id FROM final_deliveries d
     WHERE d.id = ANY($1::text[]) AND NOT ${isCovered(selection, '$2')} ORDER BY d.id`,
    textArray(page.map((delivery) => text(delivery['id']))),
    to,
  );
  return rows.map((delivery) => ({
    cdrId: text(delivery['cdr_id']),
    webhookId: text(delivery['webhook_id']),
    redeliveryOf: text(delivery['id']),
  }));
}
