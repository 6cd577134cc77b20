import { spanOf, type IdSpan } from '../run-task.ts';
import type { ReplayPage, ReplaySelection, Run } from '../runs.ts';
import { integer, optionalText, text } from '../sql/columns.ts';
import { CDR_COLUMNS, toCdr } from '../sql/rows.ts';
import { textArray } from './arrays.ts';
import { lockCdrs, makeAgain, type MadeAgain } from './made-again.ts';
import type { CountedPart } from './redelivery.ts';
import { findRun, lockRunning, readClock, recordStep } from './run-rows.ts';
import type { Parameter, Session } from './session.ts';

/** CDRs counted in one go. */
const COUNTED = 10_000;

/** SQL of the next CDRs of a selection, as `c`. Its parameters are those of `valuesOf`. */
function nextOf({ source }: ReplaySelection, after: string): string {
  const ofSource = source === undefined ? '' : 'c.source = $4 AND';
  return `cdrs c WHERE ${ofSource} c.id ${after === '' ? '>=' : '>'} $1 AND c.id <= $2 ORDER BY c.id LIMIT $3::bigint`;
}

function valuesOf({ source }: ReplaySelection, span: IdSpan, after: string, limit: number): Parameter[] {
  return [after === '' ? span.from : after, span.to, limit, ...(source === undefined ? [] : [source])];
}

/** Counts a selection in the next CDRs behind `after`, `''` for the beginning. */
export async function countReplays(
  session: Session,
  selection: ReplaySelection,
  span: IdSpan,
  after: string,
): Promise<CountedPart> {
  const [row] = await session.rows(
    `SELECT count(*) AS total, max(id) AS last FROM (SELECT c.id FROM ${nextOf(selection, after)}) next`,
    ...valuesOf(selection, span, after, COUNTED),
  );
  const total = integer(row?.['total']);
  return { total, skipped: 0, next: total < COUNTED ? undefined : optionalText(row?.['last']) };
}

/** `RunStore.replayPage`. */
export async function findReplayPage(
  session: Session,
  id: string,
  limit: number,
): Promise<ReplayPage | undefined> {
  const row = await findRun(session, id);
  if (row?.run.kind !== 'replay' || row.run.state !== 'running') return undefined;
  const { selection } = row.run;
  const rows = await session.rows(
    `SELECT ${CDR_COLUMNS} FROM ${nextOf(selection, row.cursor)}`,
    ...valuesOf(selection, spanOf(row.run, row.to), row.cursor, limit),
  );
  const cdrs = rows.map(toCdr);
  return { runId: id, after: row.cursor, upTo: cdrs.at(limit - 1)?.id ?? row.to, cdrs };
}

/** `RunStore.replay`. */
export async function replayNext(
  session: Session,
  page: ReplayPage,
  hits: ReadonlyMap<string, readonly string[]>,
): Promise<Run | undefined> {
  const row = await lockRunning(session, page.runId);
  if (row?.run.kind !== 'replay') return undefined;
  if (row.cursor !== page.after) return row.run;
  const all = page.cdrs.flatMap(({ id }) =>
    (hits.get(id) ?? []).map((webhookId) => ({ cdrId: id, webhookId })),
  );
  const cdrIds = all.map(({ cdrId }) => cdrId);
  const there = await lockCdrs(session, cdrIds);
  const earlier = await findEarlier(session, cdrIds);
  const covering = row.run.selection.again === true ? OPEN : [...OPEN, 'delivered'];
  const made = all.flatMap(({ cdrId, webhookId }): MadeAgain[] => {
    const before = earlier.get(keyOf(cdrId, webhookId));
    const isCovered = before?.states.some((state) => covering.includes(state)) ?? false;
    return isCovered || !there.has(cdrId) ? [] : [{ cdrId, webhookId, redeliveryOf: before?.newestId }];
  });
  const nowMs = await readClock(session);
  await makeAgain(session, made, { runId: page.runId, nowMs });
  const skipped = all.length - made.length;
  const step = { upTo: page.upTo, done: page.cdrs.length, made: made.length, skipped };
  return recordStep(session, row, step, nowMs);
}

const OPEN = ['open'];

/** The deliveries that there have been of a CDR to a webhook. */
interface Earlier {
  readonly states: string[];
  newestId: string;
}

async function findEarlier(session: Session, cdrIds: readonly string[]): Promise<Map<string, Earlier>> {
  const rows = await session.rows(
    `SELECT id, cdr_id, webhook_id, 'open' AS state FROM open_deliveries WHERE cdr_id = ANY($1::text[])
     UNION ALL SELECT id, cdr_id, webhook_id, state FROM final_deliveries WHERE cdr_id = ANY($1::text[])
     ORDER BY id`,
    textArray([...new Set(cdrIds)]),
  );
  const earlier = new Map<string, Earlier>();
  for (const row of rows) {
    const key = keyOf(text(row['cdr_id']), text(row['webhook_id']));
    const id = text(row['id']);
    const known = earlier.get(key) ?? { states: [], newestId: id };
    known.states.push(text(row['state']));
    known.newestId = id;
    earlier.set(key, known);
  }
  return earlier;
}

function keyOf(cdrId: string, webhookId: string): string {
  return `${cdrId} ${webhookId}`;
}
