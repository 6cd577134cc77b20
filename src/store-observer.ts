import { Counter, type Registry } from 'prom-client';
import { reasonOf, type Log } from './log.ts';

/** How often is told, at most, that it still lasts. */
const TOLD_AGAIN_MS = 60_000;
/** What fails again so soon after it was right belongs to the same trouble. */
const QUIET_MS = 5_000;

interface Trouble {
  readonly sinceMs: number;
  failures: number;
  lastFailedAtMs: number;
  toldAtMs: number;
}

/** Counts each time that the store did not take something, and makes a few log lines of it, however often that is. */
export class StoreObserver {
  readonly #log: Log;
  readonly #failures: Counter;
  #trouble: Trouble | undefined;

  /** @param registry where the figures go. */
  constructor(log: Log, registry: Registry) {
    this.#log = log;
    this.#failures = new Counter({
      name: 'hookswitch_store_failures_total',
      help: 'Times the store did not take something',
      registers: [registry],
    });
  }

  /** The store did not take something: told when that begins, and each minute while it lasts. */
  failed(error: unknown): void {
    const nowMs = Date.now();
    this.#failures.inc();
    const begun = { sinceMs: nowMs, failures: 0, lastFailedAtMs: nowMs, toldAtMs: -Infinity };
    const trouble = (this.#trouble ??= begun);
    trouble.failures += 1;
    trouble.lastFailedAtMs = nowMs;
    if (nowMs < trouble.toldAtMs + TOLD_AGAIN_MS) return;
    trouble.toldAtMs = nowMs;
    this.#log.error({ reason: reasonOf(error), ...extentOf(trouble) }, 'store.failed');
  }

  /** The store can do its work: told once, when nothing has failed for a moment. */
  answered(): void {
    const trouble = this.#trouble;
    if (trouble === undefined || Date.now() < trouble.lastFailedAtMs + QUIET_MS) return;
    this.#trouble = undefined;
    this.#log.info(extentOf(trouble), 'store.recovered');
  }
}

function extentOf({ sinceMs, lastFailedAtMs, failures }: Trouble) {
  return { failures, seconds: Math.round((lastFailedAtMs - sinceMs) / 1_000) };
}
