import type { Vendors } from '../cdr/vendor.ts';
import type { ReadCdr, StoredCdr } from '../store/records.ts';
import type { ReplaySelection, Run } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';

/** Who wants to know how runs go. */
export interface RunObserver {
  /** A run has gone through everything. */
  runDone(run: Run): void;
  /** The store did not take a step; it is tried again. */
  storeFailed(error: unknown): void;
}

/** What a run worker needs to work. */
export interface RunWorkerOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly vendors: Vendors;
  readonly readCdr: ReadCdr;
  readonly observer: RunObserver;
}

/** Deliveries, or CDRs of a replay, in one step: a few milliseconds in which nothing is taken in. */
const STEP = { redeliver: 200, replay: 50 } as const;
/**
 * A run makes this many deliveries, then waits until no more than that many of its own wait. So the calls that come in
 * meanwhile, which are sent after what has been due for longer, wait behind twice as many at most.
 */
const WAITING = 1_000;
/** Runs that take turns. */
const RUNS_AT_ONCE = 100;
/** How long to wait before the next look. */
const PAUSE_MS = {
  /** After a step: what comes in goes first. */
  step: 20,
  /** While enough deliveries of every run wait. */
  full: 500,
  /** After the store has refused something. */
  failed: 1_000,
  /** While there is no run: one that another process has left behind is found, too. */
  idle: 10_000,
} as const;

/**
 * Drives the runs that are on record, one step of each in turn. It keeps nothing that a run needs: one that was under way
 * when the process died goes on where it was. The deliveries it makes are found by whoever looks for due ones.
 */
export class RunWorker {
  readonly #options: RunWorkerOptions;
  /** How many deliveries runs may make before those that wait are counted again, by the runs' ids. */
  readonly #room = new Map<string, number>();
  #isStopping = false;
  #isWoken = false;
  #endPause: () => void = () => undefined;
  #work: Promise<void> | undefined;

  constructor(options: RunWorkerOptions) {
    this.#options = options;
  }

  /** Begins to work, with what is on record. */
  start(): void {
    this.#work ??= this.#keepWorking();
  }

  /** Tells that a run has been started. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  /** Stops after the step that is under way. Runs stay on record as they are. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#work;
  }

  async #keepWorking(): Promise<void> {
    while (!this.#isStopping) {
      this.#isWoken = false;
      await this.#pause(await this.#round());
    }
  }

  /** Waits for so long, or until there is something to do. */
  #pause(ms: number): Promise<void> {
    if (this.#isWoken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Takes a step of every run, and tells how long to wait before the next. */
  async #round(): Promise<number> {
    const { store, observer } = this.#options;
    try {
      const runs = await store.runs.list({ state: 'running', limit: RUNS_AT_ONCE });
      this.#forgetOthers(runs);
      let stepped = false;
      for (const run of runs) {
        if (this.#isStopping) break;
        stepped = (await this.#advance(run)) || stepped;
      }
      if (runs.length === 0) return PAUSE_MS.idle;
      return stepped ? PAUSE_MS.step : PAUSE_MS.full;
    } catch (error) {
      observer.storeFailed(error);
      return PAUSE_MS.failed;
    }
  }

  #forgetOthers(runs: readonly Run[]): void {
    const ids = new Set(runs.map(({ id }) => id));
    for (const id of this.#room.keys()) if (!ids.has(id)) this.#room.delete(id);
  }

  /** Takes a run's next step, unless enough of its deliveries wait; whether it did. */
  async #advance(run: Run): Promise<boolean> {
    const room = this.#room.get(run.id) ?? 0;
    if (room <= 0 && (await this.#isFull(run))) return false;
    const after = await this.#step(run);
    const made = (after?.made ?? run.made) - run.made;
    this.#room.set(run.id, (room <= 0 ? WAITING : room) - made);
    if (after?.state === 'done') this.#options.observer.runDone(after);
    return true;
  }

  async #isFull({ id: runId }: Run): Promise<boolean> {
    const filter = { runId, state: ['pending', 'delivering'], limit: WAITING + 1 } as const;
    return (await this.#options.store.deliveries(filter)).length > WAITING;
  }

  async #step(run: Run): Promise<Run | undefined> {
    const { runs } = this.#options.store;
    if (run.kind === 'redeliver') return runs.redeliver(run.id, STEP.redeliver);
    const page = await runs.replayPage(run.id, STEP.replay);
    if (page === undefined) return undefined;
    const hits = new Map(page.cdrs.map((cdr) => [cdr.id, this.#hitsOf(cdr, run.selection)]));
    return runs.replay(page, hits);
  }

  /** What a stored CDR hits by the rules in force now. */
  #hitsOf(stored: StoredCdr, { webhookId }: ReplaySelection): string[] {
    const { readCdr, vendors, registry } = this.#options;
    const cdr = readCdr(stored);
    if (vendors.get(stored.vendor)?.ignores(cdr) !== undefined) return [];
    const { hits } = registry.match(cdr);
    return hits.filter((id) => webhookId === undefined || id === webhookId);
  }
}
