import type { Vendors } from '../cdr/vendor.ts';
import type { ReadCdr, StoredCdr } from '../store/records.ts';
import type { ReplayPage, ReplaySelection, Run } from '../store/runs.ts';
import { StoreUnavailableError, type Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';

/** Who wants to know how runs go. */
export interface RunObserver {
  /** A run has gone through everything. */
  runDone(run: Run): void;
  /** The store did not take a step; it is tried again. */
  storeFailed(error: unknown): void;
  /** Something in Hookswitch itself went wrong with one CDR or one run; the others go on. */
  failed(error: unknown): void;
}

/** What a run worker needs to work. */
export interface RunWorkerOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly vendors: Vendors;
  readonly readCdr: ReadCdr;
  readonly observer: RunObserver;
}

/**
 * Deliveries that are looked at or made in one step, and CDRs of a replay that are read for one: some milliseconds in which
 * nothing is taken in. A CDR is never divided, so one that hits more webhooks makes a larger step.
 */
const STEP = { deliveries: 200, cdrs: 50 } as const;
/**
 * A run makes this many deliveries and ends its step, then waits until no more than that many of its own wait. So the calls that
 * come in meanwhile, which are sent after what has been due for longer, wait behind twice as many and those of a step.
 */
const WAITING = 1_000;
/** Runs that are read at once; all of them take turns. */
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
  /** When a run with which something went wrong is tried again; milliseconds of `performance.now()`. */
  readonly #restingUntilMs = new Map<string, number>();
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
    try {
      const runs = await this.#running();
      this.#forgetOthers(runs);
      const steps: (keyof typeof PAUSE_MS)[] = [];
      for (const run of runs) {
        if (this.#isStopping) break;
        steps.push(await this.#advance(run));
      }
      const next = (['step', 'full', 'failed', 'idle'] as const).find((one) => steps.includes(one));
      return PAUSE_MS[next ?? 'idle'];
    } catch (error) {
      this.#options.observer.storeFailed(error);
      return PAUSE_MS.failed;
    }
  }

  /** All runs that are running: many that are full must not keep another from its turn. */
  async #running(): Promise<Run[]> {
    const runs: Run[] = [];
    for (;;) {
      const beforeId = runs.at(-1)?.id;
      const page = await this.#options.store.runs.list({ state: 'running', beforeId, limit: RUNS_AT_ONCE });
      runs.push(...page);
      if (page.length < RUNS_AT_ONCE) return runs;
    }
  }

  #forgetOthers(runs: readonly Run[]): void {
    const ids = new Set(runs.map(({ id }) => id));
    for (const known of [this.#room, this.#restingUntilMs]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
  }

  /** Takes a run's next step, unless enough of its deliveries wait. What goes wrong with this run alone is no other's harm. */
  async #advance(run: Run): Promise<'step' | 'full' | 'failed'> {
    if (performance.now() < (this.#restingUntilMs.get(run.id) ?? 0)) return 'failed';
    try {
      return (await this.#tryToAdvance(run)) ? 'step' : 'full';
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.#options.observer.failed(error);
      this.#restingUntilMs.set(run.id, performance.now() + PAUSE_MS.failed);
      return 'failed';
    }
  }

  async #tryToAdvance(run: Run): Promise<boolean> {
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
    if (run.kind === 'redeliver') return runs.redeliver(run.id, STEP.deliveries);
    const page = await runs.replayPage(run.id, STEP.cdrs);
    if (page === undefined) return undefined;
    const hits = this.#matched(page, run.selection);
    if (hits.size === page.cdrs.length) return runs.replay(page, hits);
    const part = await runs.replayPage(run.id, hits.size);
    if (part === undefined) return undefined;
    // CDRs purged meanwhile make room for others.
    for (const cdr of part.cdrs) if (!hits.has(cdr.id)) hits.set(cdr.id, this.#hitsOf(cdr, run.selection));
    return runs.replay(part, hits);
  }

  /** What the first CDRs of a page hit, as many of them as make a step. */
  #matched({ cdrs }: ReplayPage, selection: ReplaySelection): Map<string, string[]> {
    const hits = new Map<string, string[]>();
    let deliveries = 0;
    for (const cdr of cdrs) {
      const own = this.#hitsOf(cdr, selection);
      deliveries += own.length;
      if (hits.size > 0 && deliveries > STEP.deliveries) break;
      hits.set(cdr.id, own);
    }
    return hits;
  }

  /** What a stored CDR hits by the rules in force now; nothing, if it can no longer be read, so that those behind it are. */
  #hitsOf(stored: StoredCdr, selection: ReplaySelection): string[] {
    try {
      return this.#match(stored, selection);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.observer.failed(new Error(`${stored.id} cannot be matched: ${reason}`, { cause: error }));
      return [];
    }
  }

  #match(stored: StoredCdr, { webhookId }: ReplaySelection): string[] {
    const { readCdr, vendors, registry } = this.#options;
    const cdr = readCdr(stored);
    if (vendors.get(stored.vendor)?.ignores(cdr) !== undefined) return [];
    const { hits } = registry.match(cdr);
    return hits.filter((id) => webhookId === undefined || id === webhookId);
  }
}
