import { newRunId } from '../identity.ts';
import { selectionText } from '../run-task.ts';
import type { Run, RunFilter, RunTask } from '../runs.ts';
import { afterStep, toRun, toRunRow, type RunRow, type Step } from '../sql/run-row.ts';
import { where, type Statements } from './statements.ts';
import type { Transaction } from './transaction.ts';

/** Adds a run that is at its beginning. */
export function insertRun(
  { statements, nowMs }: Transaction,
  task: RunTask,
  begun: { readonly total: number; readonly to: string; readonly idempotencyKey: string | undefined },
): Run {
  const { total, to, idempotencyKey } = begun;
  const id = newRunId(nowMs);
  statements.run(
    `INSERT INTO runs (id, kind, selection, state, created_at_ms, total, done, made, skipped, idempotency_key, cursor, to_id)
     VALUES (?, ?, ?, 'running', ?, ?, 0, 0, 0, ?, '', ?)`,
    id,
    task.kind,
    selectionText(task),
    nowMs,
    total,
    idempotencyKey,
    to,
  );
  const run = { ...task, id, state: 'running' as const, createdAtMs: nowMs, total, idempotencyKey };
  return { ...run, done: 0, made: 0, skipped: 0 };
}

export function findRun(statements: Statements, id: string): RunRow | undefined {
  const row = statements.get('SELECT * FROM runs WHERE id = ?', id);
  return row === undefined ? undefined : toRunRow(row);
}

export function findRunning(statements: Statements, id: string): RunRow | undefined {
  const row = findRun(statements, id);
  return row?.run.state === 'running' ? row : undefined;
}

export function findRunByKey(statements: Statements, idempotencyKey: string | undefined): Run | undefined {
  if (idempotencyKey === undefined) return undefined;
  const row = statements.get('SELECT * FROM runs WHERE idempotency_key = ?', idempotencyKey);
  return row === undefined ? undefined : toRun(row);
}

export function findRuns(statements: Statements, { state, beforeId, limit }: RunFilter): Run[] {
  const { clause, values } = where([
    ['state = ?', state],
    ['id < ?', beforeId],
  ]);
  return statements.all(`SELECT * FROM runs ${clause} ORDER BY id DESC LIMIT ?`, ...values, limit).map(toRun);
}

/** Puts a step of a running run on record, and ends the run when it has come to its last id. */
export function recordStep({ statements, nowMs }: Transaction, row: RunRow, step: Step): Run {
  const after = afterStep(row, step, nowMs);
  statements.run(
    'UPDATE runs SET state = ?, finished_at_ms = ?, done = ?, made = ?, skipped = ?, cursor = ? WHERE id = ?',
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
export function cancelRun({ statements, nowMs }: Transaction, id: string): Run | undefined {
  statements.run(
    `UPDATE runs SET state = 'cancelled', finished_at_ms = ? WHERE id = ? AND state = 'running'`,
    nowMs,
    id,
  );
  return findRun(statements, id)?.run;
}
