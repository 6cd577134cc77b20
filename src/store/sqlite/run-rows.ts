import { newRunId } from '../identity.ts';
import { selectionText } from '../run-task.ts';
import type { Run, RunFilter, RunState, RunTask } from '../runs.ts';
import {
  integer,
  optionalInteger,
  optionalText,
  text,
  where,
  type Row,
  type Statements,
} from './statements.ts';
import type { Transaction } from './transaction.ts';

/** A run with what only the store has to know. */
export interface RunRow {
  readonly run: Run;
  /** The id that it has come to; `''` at its beginning. */
  readonly cursor: string;
  /** The last id that it goes to. */
  readonly to: string;
}

/** What a step of a run has gone through, and the id it has come to. */
export interface Step extends Pick<Run, 'done' | 'made' | 'skipped'> {
  readonly upTo: string;
}

function toRun(row: Row): Run {
  // Written by insertRun, so kind and selection belong together.
  const task = {
    kind: text(row['kind']),
    selection: JSON.parse(text(row['selection'])) as unknown,
  } as RunTask;
  return {
    ...task,
    id: text(row['id']),
    state: text(row['state']) as RunState,
    createdAtMs: integer(row['created_at_ms']),
    finishedAtMs: optionalInteger(row['finished_at_ms']),
    total: integer(row['total']),
    done: integer(row['done']),
    made: integer(row['made']),
    skipped: integer(row['skipped']),
    idempotencyKey: optionalText(row['idempotency_key']),
  };
}

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
  if (row === undefined) return undefined;
  return { run: toRun(row), cursor: text(row['cursor']), to: text(row['to_id']) };
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
export function recordStep({ statements, nowMs }: Transaction, { run, to }: RunRow, step: Step): Run {
  const ended = step.upTo === to ? ({ state: 'done', finishedAtMs: nowMs } as const) : {};
  const after: Run = {
    ...run,
    ...ended,
    done: run.done + step.done,
    made: run.made + step.made,
    skipped: run.skipped + step.skipped,
  };
  statements.run(
    'UPDATE runs SET state = ?, finished_at_ms = ?, done = ?, made = ?, skipped = ?, cursor = ? WHERE id = ?',
    after.state,
    after.finishedAtMs,
    after.done,
    after.made,
    after.skipped,
    step.upTo,
    run.id,
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
