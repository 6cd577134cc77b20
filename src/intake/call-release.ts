import type { Accepted } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Acceptance } from './acceptance.ts';
import { matchCall, type CallSurroundings } from './held-legs.ts';

/** What releasing calls needs. */
export interface CallReleaseOptions extends CallSurroundings {
  readonly store: Store;
  readonly acceptance: Acceptance;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Calls that are looked for at once; each may have many legs. */
const CALLS_AT_ONCE = 20;

const PAUSE_MS = 500;

/**
 * Releases calls whose legs have waited long enough: matches each once, as one CDR, and stores it. It keeps nothing: what
 * another router on the same store, or one before this, has held is released, too.
 */
export class CallRelease {
  readonly #options: CallReleaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isStopping = false;

  constructor(options: CallReleaseOptions) {
    this.#options = options;
  }

  /** Begins to look for calls. */
  start(): void {
    this.#timer = setTimeout(() => {
      // What the store refuses, it is asked for again; it has told who accepts CDRs.
      this.#work = this.releaseDue().catch(() => undefined);
      void this.#work.then(() => {
        if (!this.#isStopping) this.start();
      });
    }, PAUSE_MS);
  }

  /** Stops after the call that is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  /**
   * Releases every call that is due.
   *
   * @throws StoreUnavailableError
   */
  async releaseDue(): Promise<void> {
    const { store, acceptance, clock } = this.#options;
    for (;;) {
      const calls = await store.calls.due(CALLS_AT_ONCE);
      for (const call of calls) {
        if (this.#isStopping) return;
        await acceptance.accept<Accepted | undefined>(
          [matchCall(call, this.#options, clock())],
          async ([cdr]) => [cdr === undefined ? undefined : await store.calls.release(call, cdr)],
        );
      }
      if (calls.length < CALLS_AT_ONCE) return;
    }
  }
}
