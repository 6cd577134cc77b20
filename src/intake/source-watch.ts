import type { Store } from '../store/store.ts';
import { quietAtMs, type Expectation } from './expectation.ts';
import type { IntakeObserver } from './acceptance.ts';

/** How it stands with a source. */
export interface SourceState {
  readonly name: string;
  /** Epoch milliseconds; `undefined` when no CDR of it is known. */
  readonly lastReceivedAtMs: number | undefined;
  /** Since when it has sent less than it is expected to; `undefined` while it is not quiet, or nothing is expected of it. */
  readonly quietSinceMs: number | undefined;
}

/** Who wants to know of sources that go quiet. */
export interface SourceWatchObserver {
  /** A source has sent nothing for as long as it is expected to send something. */
  sourceQuiet(state: SourceState): void;
  /** A source that was quiet has sent something. */
  sourceHeard(state: SourceState): void;
}

/** What is watched. */
export interface WatchedSource {
  readonly name: string;
  readonly expectation?: Expectation | undefined;
}

/** What a watch needs. */
export interface SourceWatchOptions {
  readonly sources: Iterable<WatchedSource>;
  readonly store: Pick<Store, 'cdrs'>;
  readonly observer: SourceWatchObserver;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const CHECK_INTERVAL_MS = 10_000;

interface Watched extends WatchedSource {
  /** Whether the store has been asked when it was heard last. */
  isKnown: boolean;
  lastReceivedAtMs: number | undefined;
  quietSinceMs: number | undefined;
}

/**
 * Knows when each source was heard last, and which are quiet. What was received before a start, or by another router on the
 * same store, is looked up there: so a source that is quiet stays so over a restart.
 */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #startedAtMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock();
    const watched = [...options.sources].map(({ name, expectation }): [string, Watched] => [
      name,
      { name, expectation, isKnown: false, lastReceivedAtMs: undefined, quietSinceMs: undefined },
    ]);
    this.#watched = new Map(watched);
  }

  /** Begins to look for quiet sources. */
  start(): void {
    void this.check();
    this.#timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS);
  }

  /** Ends that. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** A source has sent a CDR, whether or not it was a duplicate. */
  heard(name: string, atMs: number): void {
    const source = this.#watched.get(name);
    if (source === undefined || atMs <= (source.lastReceivedAtMs ?? -Infinity)) return;
    source.lastReceivedAtMs = atMs;
    if (source.quietSinceMs === undefined) return;
    source.quietSinceMs = undefined;
    this.#options.observer.sourceHeard(stateOf(source));
  }

  /** Hears of every CDR that intake tells of, and passes all of it on. */
  hearing(observer: IntakeObserver): IntakeObserver {
    return {
      received: (cdr, accepted) => {
        this.heard(cdr.source, cdr.receivedAtMs);
        observer.received(cdr, accepted);
      },
      held: (leg, held) => {
        this.heard(leg.source, leg.receivedAtMs);
        observer.held(leg, held);
      },
      storeFailed: (error) => {
        observer.storeFailed(error);
      },
    };
  }

  /** Looks which sources are quiet. While the store cannot tell what it knows, none becomes so. */
  async check(): Promise<void> {
    for (const source of this.#watched.values()) {
      if (source.isKnown && !this.#isOverdue(source)) continue;
      try {
        await this.#ask(source);
      } catch {
        // The store's failure is told by whoever stores something; here it can wait for the next look.
        continue;
      }
      this.#judge(source);
    }
  }

  async #ask(source: Watched): Promise<void> {
    const [newest] = await this.#options.store.cdrs({ source: source.name, limit: 1 });
    source.isKnown = true;
    if (newest !== undefined) this.heard(source.name, newest.receivedAtMs);
  }

  #judge(source: Watched): void {
    if (source.quietSinceMs !== undefined || !this.#isOverdue(source)) return;
    source.quietSinceMs = this.#quietAtMs(source);
    this.#options.observer.sourceQuiet(stateOf(source));
  }

  #isOverdue(source: Watched): boolean {
    return this.#quietAtMs(source) <= this.#options.clock();
  }

  /** One that has never been heard gets its time from the start on. */
  #quietAtMs({ expectation, lastReceivedAtMs = this.#startedAtMs }: Watched): number {
    return expectation === undefined ? Infinity : quietAtMs(lastReceivedAtMs, expectation);
  }

  /** How it stands with every source, in the order of the configuration. */
  states(): SourceState[] {
    return [...this.#watched.values()].map(stateOf);
  }
}

function stateOf({ name, lastReceivedAtMs, quietSinceMs }: Watched): SourceState {
  return { name, lastReceivedAtMs, quietSinceMs };
}
