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

/** How long a call is left alone that could not be released, so that others get their turn. */
const SET_ASIDE_MS = 30_000;

/**
 * Releases calls whose legs have waited long enough: matches each once, as one CDR, and stores it. It keeps nothing: what
 * another router on the same store, or one before this, has held is released, too. A call that cannot be released holds up no
 * other.
 */
export class CallRelease {
  readonly #options: CallReleaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  /** Calls that could not be released, and until when they are left alone by `performance.now()`. */
  readonly #aside = new Map<string, number>();

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
   * Releases every call that is due, but for those that cannot be: they are told, and left alone for a while. When nothing can
   * be released, the others are left for the next time, so that a full disk is not asked without end.
   *
   * @throws StoreUnavailableError when it cannot be asked for calls.
   */
  async releaseDue(): Promise<void> {
    this.#endAside();
    for (;;) {
      const limit = CALLS_AT_ONCE + this.#aside.size;
      const due = await this.#options.store.calls.due(limit);
      const calls = due.filter((call) => !this.#aside.has(keyOf(call)));
      let released = 0;
      for (const call of calls) {
        if (this.#isStopping) return;
        if (await this.#tryRelease(call)) released += 1;
      }
      if (due.length < limit || released === 0) return;
    }
  }

  /** Whether a call could be released, here or by somebody else. */
  async #tryRelease(call: HeldCall): Promise<boolean> {
    try {
      await this.#release(call);
      return true;
    } catch (error) {
      this.#aside.set(keyOf(call), performance.now() + SET_ASIDE_MS);
      this.#options.observer.failed(notReleased(call, error));
      return false;
    }
  }

  async #release(call: HeldCall): Promise<void> {
    const { store, acceptance, clock } = this.#options;
    await acceptance.accept<Accepted | undefined>([this.#matched(call, clock())], async ([cdr]) => [
      cdr === undefined ? undefined : await store.calls.release(call, cdr),
    ]);
  }

  #endAside(): void {
    const nowMs = performance.now();
    for (const [key, untilMs] of this.#aside) if (untilMs <= nowMs) this.#aside.delete(key);
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

function keyOf({ source, groupKey }: HeldCall): string {
  return JSON.stringify([source, groupKey]);
}

function notReleased({ source, legs }: HeldCall, cause: unknown): Error {
  const call = `the call with the leg ${legs[0]?.id ?? ''} of the source "${source}"`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${call} could not be released, and is tried again in ${SET_ASIDE_MS / 1_000} s: ${why}`, {
    cause,
  });
}
