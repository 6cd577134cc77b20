import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSameTask, spanOf, type IdSpan } from '../run-task.ts';
import {
  IdempotencyKeyError,
  type Plan,
  type ReplayPage,
  type Run,
  type RunFilter,
  type RunStore,
  type RunTask,
} from '../runs.ts';
import { countRedeliveries, redeliverNext, type CountedPart } from './redelivery.ts';
import { countReplays, findReplayPage, replayNext } from './replay.ts';
import { cancelRun, findRun, findRunByKey, findRuns, insertRun } from './run-rows.ts';
import { optionalText } from '../sql/columns.ts';
import type { Access } from './transaction.ts';

/** The runs of an SQLite store. */
export class SqliteRuns implements RunStore {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async plan(task: RunTask): Promise<Plan> {
    return this.#count(task, await this.#spanOf(task));
  }

  async start(task: RunTask, idempotencyKey?: string): Promise<Run> {
    const known = await this.#access.read((statements) => findRunByKey(statements, idempotencyKey));
    const run = known ?? (await this.#begin(task, idempotencyKey));
    if (idempotencyKey !== undefined && !isSameTask(run, task)) throw new IdempotencyKeyError(run);
    return run;
  }

  /** Gives the run that another caller has begun with the key while this one counted, if there is one. */
  async #begin(task: RunTask, idempotencyKey: string | undefined): Promise<Run> {
    const span = await this.#spanOf(task);
    const { total } = await this.#count(task, span);
    return this.#access.write(
      (transaction) =>
        findRunByKey(transaction.statements, idempotencyKey) ??
        insertRun(transaction, task, { total, to: span.to, idempotencyKey }),
    );
  }

  /** The ids that a task goes through if it begins now. */
  #spanOf(task: RunTask): Promise<IdSpan> {
    const table = task.kind === 'replay' ? 'cdrs' : 'deliveries';
    return this.#access.read((statements) => {
      const newest = statements.get(`SELECT max(id) AS id FROM ${table}`);
      return spanOf(task, optionalText(newest?.['id']) ?? '');
    });
  }

  async #count(task: RunTask, span: IdSpan): Promise<Plan> {
    let total = 0;
    let skipped = 0;
    let next: string | undefined = '';
    while (next !== undefined) {
      const after: string = next;
      const part: CountedPart = await this.#access.read((statements) =>
        task.kind === 'replay'
          ? countReplays(statements, task.selection, span, after)
          : countRedeliveries(statements, task.selection, span, after),
      );
      total += part.total;
      skipped += part.skipped;
      next = part.next;
      await nextTurn();
    }
    return { total, skipped };
  }

  find(id: string): Promise<Run | undefined> {
    return this.#access.read((statements) => findRun(statements, id)?.run);
  }

  list(filter: RunFilter): Promise<Run[]> {
    return this.#access.read((statements) => findRuns(statements, filter));
  }

  cancel(id: string): Promise<Run | undefined> {
    return this.#access.write((transaction) => cancelRun(transaction, id));
  }

  redeliver(id: string, limit: number): Promise<Run | undefined> {
    return this.#access.write((transaction) => redeliverNext(transaction, id, limit));
  }

  replayPage(id: string, limit: number): Promise<ReplayPage | undefined> {
    return this.#access.read((statements) => findReplayPage(statements, id, limit));
  }

  replay(page: ReplayPage, hits: ReadonlyMap<string, readonly string[]>): Promise<Run | undefined> {
    return this.#access.write((transaction) => replayNext(transaction, page, hits));
  }
}
