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
import { optionalText } from '../sql/columns.ts';
import type { Connections } from './connections.ts';
import { countRedeliveries, redeliverNext } from './redelivery.ts';
import { countReplays, findReplayPage, replayNext } from './replay.ts';
import { cancelRun, findRun, findRunByKey, findRuns, insertRun } from './run-rows.ts';

/** The runs of a PostgreSQL store. A step locks its run, so that nodes which take steps of one run do so in turn. */
export class PostgresRuns implements RunStore {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async plan(task: RunTask): Promise<Plan> {
    return this.#count(task, await this.#spanOf(task));
  }

  async start(task: RunTask, idempotencyKey?: string): Promise<Run> {
    const run = (await this.#known(idempotencyKey)) ?? (await this.#begin(task, idempotencyKey));
    if (idempotencyKey !== undefined && !isSameTask(run, task)) throw new IdempotencyKeyError(run);
    return run;
  }

  async #known(idempotencyKey: string | undefined): Promise<Run | undefined> {
    if (idempotencyKey === undefined) return undefined;
    return this.#connections.use((session) => findRunByKey(session, idempotencyKey));
  }

  /** Gives the run that another caller has begun with the key while this one counted, if there is one. */
  async #begin(task: RunTask, idempotencyKey: string | undefined): Promise<Run> {
    const span = await this.#spanOf(task);
    const { total } = await this.#count(task, span);
    const begun = { total, to: span.to, idempotencyKey };
    const run = await this.#connections.use((session) => insertRun(session, task, begun));
    // Its key was purged between the two statements, if it is in neither.
    return run ?? (await this.#known(idempotencyKey)) ?? this.#begin(task, idempotencyKey);
  }

  /** The ids that a task goes through if it begins now. */
  #spanOf(task: RunTask): Promise<IdSpan> {
    const newest =
      task.kind === 'replay'
        ? 'SELECT max(id) AS id FROM cdrs'
        : `SELECT greatest((SELECT max(id) FROM open_deliveries), (SELECT max(id) FROM final_deliveries)) AS id`;
    return this.#connections.use(async (session) => {
      const [row] = await session.rows(newest);
      return spanOf(task, optionalText(row?.['id']) ?? '');
    });
  }

  async #count(task: RunTask, span: IdSpan): Promise<Plan> {
    let total = 0;
    let skipped = 0;
    let next: string | undefined = '';
    while (next !== undefined) {
      const after: string = next;
      const part = await this.#connections.use((session) =>
        task.kind === 'replay'
          ? countReplays(session, task.selection, span, after)
          : countRedeliveries(session, task.selection, span, after),
      );
      total += part.total;
      skipped += part.skipped;
      next = part.next;
    }
    return { total, skipped };
  }

  find(id: string): Promise<Run | undefined> {
    return this.#connections.use(async (session) => (await findRun(session, id))?.run);
  }

  list(filter: RunFilter): Promise<Run[]> {
    return this.#connections.use((session) => findRuns(session, filter));
  }

  cancel(id: string): Promise<Run | undefined> {
    return this.#connections.use((session) => cancelRun(session, id));
  }

  redeliver(id: string, limit: number): Promise<Run | undefined> {
    return this.#connections.transaction((session) => redeliverNext(session, id, limit));
  }

  replayPage(id: string, limit: number): Promise<ReplayPage | undefined> {
    return this.#connections.use((session) => findReplayPage(session, id, limit));
  }

  replay(page: ReplayPage, hits: ReadonlyMap<string, readonly string[]>): Promise<Run | undefined> {
    return this.#connections.transaction((session) => replayNext(session, page, hits));
  }
}
