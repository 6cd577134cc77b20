import { newRunId } from '../identity.ts';
import type { Delivery, StoredCdr } from '../records.ts';
import { isSameTask, spanOf, statesOf, type IdSpan } from '../run-task.ts';
import {
  IdempotencyKeyError,
  type Plan,
  type RedeliverySelection,
  type ReplayPage,
  type ReplaySelection,
  type Run,
  type RunFilter,
  type RunStore,
  type RunTask,
} from '../runs.ts';
import { byId, isOpen, isWanted, type RunRow, type Tables } from './tables.ts';

/** What a step of a run has gone through. */
type Step = Pick<Run, 'done' | 'made' | 'skipped'>;

/** The runs of a memory store. */
export class MemoryRuns implements RunStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  plan(task: RunTask): Promise<Plan> {
    return Promise.resolve(this.#planned(task));
  }

  #planned(task: RunTask): Plan {
    const span = this.#spanOf(task);
    if (task.kind === 'replay') return { total: this.#cdrs(task.selection, span).length, skipped: 0 };
    const selected = this.#selected(task.selection, span);
    const skipped = selected.filter((delivery) => this.#isCovered(delivery, task.selection, span));
    return { total: selected.length, skipped: skipped.length };
  }

  start(task: RunTask, idempotencyKey?: string): Promise<Run> {
    const known = [...this.#tables.runs.values()].find(
      ({ run }) => idempotencyKey !== undefined && run.idempotencyKey === idempotencyKey,
    );
    if (known !== undefined && idempotencyKey !== undefined) {
      if (isSameTask(known.run, task)) return Promise.resolve(known.run);
      return Promise.reject(new IdempotencyKeyError(known.run));
    }
    const createdAtMs = this.#tables.clock();
    const { total } = this.#planned(task);
    const id = newRunId(createdAtMs);
    const run = { ...task, id, state: 'running' as const, createdAtMs, total, ...NOTHING, idempotencyKey };
    this.#tables.runs.set(id, { run, cursor: '', to: this.#spanOf(task).to });
    return Promise.resolve(run);
  }

  find(id: string): Promise<Run | undefined> {
    return Promise.resolve(this.#tables.runs.get(id)?.run);
  }

  list({ state, beforeId, limit }: RunFilter): Promise<Run[]> {
    const found = [...this.#tables.runs.values()]
      .map(({ run }) => run)
      .filter((run) => isWanted(state, run.state) && (beforeId === undefined || run.id < beforeId))
      .sort((a, b) => byId(b, a));
    return Promise.resolve(found.slice(0, limit));
  }

  cancel(id: string): Promise<Run | undefined> {
    const row = this.#tables.runs.get(id);
    if (row?.run.state === 'running') {
      row.run = { ...row.run, state: 'cancelled', finishedAtMs: this.#tables.clock() };
    }
    return Promise.resolve(row?.run);
  }

  redeliver(id: string, limit: number): Promise<Run | undefined> {
    const row = this.#running(id);
    if (row?.run.kind !== 'redeliver') return Promise.resolve(undefined);
    const { selection } = row.run;
    const span = spanOf(row.run, row.to);
    const page = this.#selected(selection, span)
      .filter((delivery) => delivery.id > row.cursor && delivery.runId !== id)
      .slice(0, limit);
    const wanted = page.filter((delivery) => !this.#isCovered(delivery, selection, span));
    for (const { cdrId, webhookId, id: redeliveryOf } of wanted) {
      this.#make({ cdrId, webhookId, redeliveryOf, runId: id });
      this.#tables.counters.redelivered(webhookId, this.#tables.clock());
    }
    const upTo = endOf(page, limit, row.to);
    const step = { done: page.length, made: wanted.length, skipped: page.length - wanted.length };
    return Promise.resolve(this.#advance(row, upTo, step));
  }

  replayPage(id: string, limit: number): Promise<ReplayPage | undefined> {
    const row = this.#running(id);
    if (row?.run.kind !== 'replay') return Promise.resolve(undefined);
    const span = spanOf(row.run, row.to);
    const cdrs = this.#cdrs(row.run.selection, span)
      .filter((cdr) => cdr.id > row.cursor)
      .slice(0, limit);
    return Promise.resolve({ runId: id, after: row.cursor, upTo: endOf(cdrs, limit, row.to), cdrs });
  }

  replay(page: ReplayPage, hits: ReadonlyMap<string, readonly string[]>): Promise<Run | undefined> {
    const row = this.#running(page.runId);
    if (row?.run.kind !== 'replay') return Promise.resolve(undefined);
    if (row.cursor !== page.after) return Promise.resolve(row.run);
    const { selection } = row.run;
    const all = page.cdrs.flatMap(({ id }) => (hits.get(id) ?? []).map((webhookId) => ({ id, webhookId })));
    const made = all.filter(({ id, webhookId }) => this.#replayHit(row.run.id, selection, id, webhookId));
    const step = { done: page.cdrs.length, made: made.length, skipped: all.length - made.length };
    return Promise.resolve(this.#advance(row, page.upTo, step));
  }

  /** Makes the delivery of a replayed CDR to a webhook, unless that is to be skipped; whether it did. */
  #replayHit(runId: string, { again }: ReplaySelection, cdrId: string, webhookId: string): boolean {
    const cdr = this.#tables.cdrs.get(cdrId);
    const earlier = this.#tables.deliveriesOf(cdrId, webhookId);
    const hasIt = again !== true && earlier.some(({ state }) => state === 'delivered');
    if (cdr === undefined || hasIt || earlier.some(isOpen)) return false;
    const redeliveryOf = earlier.at(-1)?.id;
    this.#make({ cdrId, webhookId, redeliveryOf, runId });
    if (redeliveryOf === undefined) this.#firstHit(cdr, webhookId);
    else this.#tables.counters.redelivered(webhookId, this.#tables.clock());
    return true;
  }

  #firstHit(cdr: StoredCdr, webhookId: string): void {
    this.#tables.counters.replayed(webhookId, cdr, this.#tables.clock());
    this.#tables.cdrs.set(cdr.id, { ...cdr, hits: cdr.hits + 1 });
  }

  #make(made: Pick<Delivery, 'cdrId' | 'webhookId' | 'redeliveryOf' | 'runId'>): void {
    this.#tables.addDelivery({ ...made, createdAtMs: this.#tables.clock() });
  }

  #running(id: string): RunRow | undefined {
    const row = this.#tables.runs.get(id);
    return row?.run.state === 'running' ? row : undefined;
  }

  #advance(row: RunRow, upTo: string, step: Step): Run {
    const { run } = row;
    row.cursor = upTo;
    row.run = {
      ...run,
      ...(upTo === row.to ? { state: 'done' as const, finishedAtMs: this.#tables.clock() } : {}),
      done: run.done + step.done,
      made: run.made + step.made,
      skipped: run.skipped + step.skipped,
    };
    return row.run;
  }

  /** The ids that a task goes through if it begins now. */
  #spanOf(task: RunTask): IdSpan {
    const ids = task.kind === 'replay' ? this.#tables.cdrs.keys() : this.#tables.rows.keys();
    return spanOf(task, [...ids].sort().at(-1) ?? '');
  }

  #selected({ states, webhookId }: RedeliverySelection, { from, to }: IdSpan): Delivery[] {
    const wanted: readonly string[] = statesOf(states);
    return [...this.#tables.rows.values()]
      .map(({ delivery }) => delivery)
      .filter(({ id, state }) => id >= from && id <= to && wanted.includes(state))
      .filter((delivery) => isWanted(webhookId, delivery.webhookId))
      .sort(byId);
  }

  /** Whether the webhook has what a delivery brought, or is about to get it. */
  #isCovered({ id, cdrId, webhookId }: Delivery, { states }: RedeliverySelection, { to }: IdSpan): boolean {
    const wanted: readonly string[] = statesOf(states);
    return this.#tables.deliveriesOf(cdrId, webhookId).some((other) => {
      if (isOpen(other)) return true;
      if (other.id <= id) return false;
      if (!wanted.includes(other.state)) return other.state === 'delivered';
      return other.id <= to;
    });
  }

  #cdrs({ source }: ReplaySelection, { from, to }: IdSpan): StoredCdr[] {
    return [...this.#tables.cdrs.values()]
      .filter((cdr) => cdr.id >= from && cdr.id <= to && isWanted(source, cdr.source))
      .sort(byId);
  }
}

const NOTHING: Step = { done: 0, made: 0, skipped: 0 };

/** The id that a run has behind it after a page. */
function endOf(page: readonly { readonly id: string }[], limit: number, to: string): string {
  const last = page.at(limit - 1);
  return last === undefined ? to : last.id;
}
