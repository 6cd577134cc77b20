import { newRunId } from '../identity.ts';
import { selectionText } from '../run-task.ts';
import type { Run, RunFilter, RunTask } from '../runs.ts';
import { integer } from '../sql/columns.ts';
import { afterStep, toRun, toRunRow, type RunRow, type Step } from '../sql/run-row.ts';
import type { Session } from './session.ts';
import { Where } from './where.ts';

/** The time of the database in epoch milliseconds. */
export async function readClock(session: Session): Promise<number> {
  const [row] = await session.rows('SELECT now_ms() AS now_ms');
  return integer(row?.['now_ms']);
}

/** Adds a run that is at its beginning; `undefined` when its key has begun one already. */
export async function insertRun(
  session: Session,
  task: RunTask,
  begun: { readonly total: number; readonly to: string; readonly idempotencyKey: string | undefined },
): Promise<Run | undefined> {
  const nowMs = await readClock(session);
  const [row] = await session.rows(
    `INSERT INTO runs (id, kind, selection, state, created_at_ms, total, done, made, skipped, idempotency_key, cursor, to_id)
     VALUES ($1, $2, $3, 'running', $4, $5, 0, 0, 0, $6, '', $7)
     ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING *`,
    newRunId(nowMs),
    task.kind,
    selectionText(task),
    nowMs,
    begun.total,
    begun.idempotencyKey,
    begun.to,
  );
  return row === undefined ? undefined : toRun(row);
}

export async function findRun(session: Session, id: string): Promise<RunRow | undefined> {
  const [row] = await session.rows('SELECT * FROM runs WHERE id = $1', id);
  return row === undefined ? undefined : toRunRow(row);
}

/** A running run, which nobody else changes until the transaction ends. */
export async function lockRunning(session: Session, id: string): Promise<RunRow | undefined> {
  const [row] = await session.rows(`SELECT * FROM runs WHERE id = $1 AND state = 'running' FOR UPDATE`, id);
  return row === undefined ? undefined : toRunRow(row);
}

export async function findRunByKey(session: Session, idempotencyKey: string): Promise<Run | undefined> {
  const [row] = await session.rows('SELECT * FROM runs WHERE idempotency_key = $1', idempotencyKey);
  return row === undefined ? undefined : toRun(row);
}

/** `RunStore.list`. */
export async function findRuns(session: Session, { state, beforeId, limit }: RunFilter): Promise<Run[]> {
  const where = new Where();
  where.and('state =', state);
  where.and('id <', beforeId);
  const limited = where.parameter(limit);
  const rows = await session.rows(
    `SELECT * FROM runs ${where.clause} ORDER BY id DESC LIMIT ${limited}::bigint`,
    ...where.values,
  );
  return rows.map(toRun);
}

/** Puts a step of a running run on record, and ends the run when it has come to its last id. */
export async function recordStep(session: Session, row: RunRow, step: Step, nowMs: number): Promise<Run> {
  const after = afterStep(row, step, nowMs);
  await session.rows(
    'UPDATE runs SET state = $1, finished_at_ms = $2, done = $3, made = $4, skipped = $5, cursor = $6 WHERE id = $7',
    after.state,
    after.finishedAtMs,
    after.done,
    after.made,
    after.skipped,
    step.upTo,
    after.id,
  );
  return after;
}

/** `RunStore.cancel`. */
export async function cancelRun(session: Session, id: string): Promise<Run | undefined> {
  await session.rows(
    `UPDATE runs SET state = 'cancelled', finished_at_ms = now_ms() WHERE id = $1 AND state = 'running'`,
    id,
  );
  return (await findRun(session, id))?.run;
}
