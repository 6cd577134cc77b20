import type { Run, RunState, RunTask } from '../runs.ts';
import { integer, optionalInteger, optionalText, text, type Row } from './columns.ts';

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

/** Needs all columns of `runs`. */
export function toRunRow(row: Row): RunRow {
  return { run: toRun(row), cursor: text(row['cursor']), to: text(row['to_id']) };
}

/** Needs all columns of `runs`. */
export function toRun(row: Row): Run {
  // Written when the run began, so kind and selection belong together.
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

/** A running run after a step; it has ended when it has come to its last id. */
export function afterStep({ run, to }: RunRow, step: Step, nowMs: number): Run {
  const ended = step.upTo === to ? ({ state: 'done', finishedAtMs: nowMs } as const) : {};
  return {
    ...run,
    ...ended,
    done: run.done + step.done,
    made: run.made + step.made,
    skipped: run.skipped + step.skipped,
  };
}
