import type { RateLimitSettings } from '../webhooks/connection.ts';

/**
 * Counts requests against a limit: in no stretch of `perSeconds`, wherever it begins, are there more than `requests`. A
 * token bucket that lets as many go at once allows nearly twice that after a rest, and targets answer 429; so the times
 * themselves are kept, 80 kB for the largest limit.
 *
 * Reads no clock: all times are milliseconds of whichever clock its caller uses.
 */
export class RateLimit {
  readonly #windowMs: number;
  /** When the requests of the last window were begun: a ring, the oldest at `#oldest`. */
  readonly #times: Float64Array;
  #oldest = 0;
  #count = 0;

  constructor({ requests, perSeconds }: RateLimitSettings) {
    this.#times = new Float64Array(requests);
    this.#windowMs = perSeconds * 1_000;
  }

  /** A limit with other settings that counts what this one has counted, the newest requests if it holds fewer. */
  changed(settings: RateLimitSettings): RateLimit {
    const limit = new RateLimit(settings);
    const kept = Math.min(this.#count, settings.requests);
    for (let index = 0; index < kept; index += 1)
      limit.#times[index] = this.#timeOf(this.#count - kept + index);
    limit.#count = kept;
    return limit;
  }

  /** How many requests may be begun now. */
  room(nowMs: number): number {
    this.#forget(nowMs);
    return this.#times.length - this.#count;
  }

  /** A request is begun, which is counted also without room for it: the limit may have been lowered since it was let go. */
  begin(nowMs: number): void {
    if (this.#times.length === 0) return;
    if (this.room(nowMs) === 0) this.#forgetOldest();
    this.#times[this.#indexOf(this.#count)] = nowMs;
    this.#count += 1;
  }

  /** Whether no request of the last window is counted. */
  isUnused(nowMs: number): boolean {
    return this.room(nowMs) === this.#times.length;
  }

  /** From when on there is room for one more; `nowMs` when there already is, or never will be. */
  nextAtMs(nowMs: number): number {
    return this.#times.length === 0 || this.room(nowMs) > 0 ? nowMs : this.#timeOf(0) + this.#windowMs;
  }

  /** Forgets the requests that are out of the window. */
  #forget(nowMs: number): void {
    // A clock that was put back must not keep requests waiting until it has caught up.
    if (this.#count > 0 && this.#timeOf(this.#count - 1) > nowMs) {
      for (const [index, time] of this.#times.entries()) this.#times[index] = Math.min(time, nowMs);
    }
    while (this.#count > 0 && this.#timeOf(0) + this.#windowMs <= nowMs) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#oldest = this.#indexOf(1);
    this.#count -= 1;
  }

  /** @param age 0 is the oldest. */
  #timeOf(age: number): number {
    return this.#times[this.#indexOf(age)] ?? 0;
  }

  #indexOf(age: number): number {
    return (this.#oldest + age) % this.#times.length;
  }
}
