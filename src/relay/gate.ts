import { isDeepStrictEqual } from 'node:util';
import type { RateLimitSettings } from '../webhooks/connection.ts';
import { RateLimit } from './rate-limit.ts';

/** What may be under way at the same time, and begun within some time. */
export interface GateLimits {
  readonly concurrency?: number | undefined;
  readonly rateLimit?: RateLimitSettings | undefined;
}

/** Counts the requests of one webhook, or of all webhooks of one connection, against their limits. Reads no clock. */
export class Gate {
  #underWay = 0;
  #settings: RateLimitSettings | undefined;
  #limit: RateLimit | undefined;

  /** Whether nothing is under way and nothing has to be remembered. */
  isIdle(nowMs: number): boolean {
    return this.#underWay === 0 && (this.#limit === undefined || this.#limit.isUnused(nowMs));
  }

  /** How many more requests may be begun. The limits may be others than the last time. */
  room({ concurrency = Number.POSITIVE_INFINITY, rateLimit }: GateLimits, nowMs: number): number {
    if (rateLimit !== this.#settings && !isDeepStrictEqual(rateLimit, this.#settings)) {
      this.#settings = rateLimit;
      this.#limit =
        rateLimit === undefined ? undefined : (this.#limit?.changed(rateLimit) ?? new RateLimit(rateLimit));
    }
    const permits = this.#limit?.room(nowMs) ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(concurrency - this.#underWay, permits));
  }

  /** So many requests are begun; there is room for them, or nobody keeps to the limits any more. */
  take(count: number, nowMs: number): void {
    this.#underWay += count;
    if (this.#limit !== undefined) this.#limit.take(Math.min(count, this.#limit.room(nowMs)), nowMs);
  }

  /** One more request of a delivery that is under way. Whether there is room for it; then it is counted. */
  repeat(nowMs: number): boolean {
    if (this.#limit === undefined) return true;
    if (this.#limit.room(nowMs) < 1) return false;
    this.#limit.take(1, nowMs);
    return true;
  }

  /** So many deliveries have ended. */
  end(count: number): void {
    this.#underWay -= count;
  }

  /** So many that were taken have not been begun after all. */
  giveBack(count: number): void {
    this.#underWay -= count;
    this.#limit?.giveBack(count);
  }

  /** From when on there is room by the rate limit; `nowMs` when there is. */
  nextAtMs(nowMs: number): number {
    return this.#limit?.nextAtMs(nowMs) ?? nowMs;
  }
}
