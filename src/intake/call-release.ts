import type { Accepted } from '../store/records.ts';
import type { HeldCall } from '../store/held-calls.ts';
import { StoreUnavailableError, type Store } from '../store/store.ts';
import type { Acceptance, MatchedCdr } from './acceptance.ts';
import { matchCall, unmatchedCall, type CallSurroundings } from './held-legs.ts';

/** What releasing calls needs. */
export interface CallReleaseOptions extends CallSurroundings {
  readonly store: Store;
  readonly acceptance: Acceptance;
  readonly observer: CallReleaseObserver;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Who wants to know what goes wrong when calls are released. */
export interface CallReleaseObserver {
  /** Something in Hookswitch itself went wrong. */
  failed(error: unknown): void;
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
      this.#work = this.releaseDue().catch((error: unknown) => {
        if (!(error instanceof StoreUnavailableError)) this.#options.observer.failed(error);
      });
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
        await acceptance.accept<Accepted | undefined>([this.#matched(call, clock())], async ([cdr]) => [
          cdr === undefined ? undefined : await store.calls.release(call, cdr),
        ]);
      }
      if (calls.length < CALLS_AT_ONCE) return;
    }
  }
  /** A call that cannot be matched is stored as one that hits nothing: those behind it are not to wait for it. */
  #matched(call: HeldCall, receivedAtMs: number): MatchedCdr {
    try {
      return matchCall(call, this.#options, receivedAtMs);
    } catch (error) {
      this.#options.observer.failed(error);
      return unmatchedCall(call, receivedAtMs);
    }
  }
}
