import { isDeepStrictEqual } from 'node:util';
import type { RateLimitSettings } from '../webhooks/connection.ts';
import { RateLimit } from './rate-limit.ts';

/** What may be under way at the same time, and begun within some time. */
export interface GateLimits {
  readonly concurrency?: number | undefined;
  readonly rateLimit?: RateLimitSettings | undefined;
}

/**
 * Counts the deliveries and requests of one webhook, or of all webhooks of one connection, against their limits. A
 * delivery is taken, begins its requests, and is released. A request counts against the rate limit from when it is begun;
 * before that room is kept for it: for a delivery's first from when it is taken. Reads no clock.
 */
export class Gate {
  #underWay = 0;
  /** Requests for which room is kept, and that are not begun. */
  #kept = 0;
  #settings: RateLimitSettings | undefined;
  #limit: RateLimit | undefined;

  /** Whether nothing is under way and nothing has to be remembered. */
  isIdle(nowMs: number): boolean {
    return this.#underWay === 0 && (this.#limit === undefined || this.#limit.isUnused(nowMs));
  }

  /** How many more deliveries may be taken. The limits may be others than the last time. */
  room({ concurrency = Number.POSITIVE_INFINITY, rateLimit }: GateLimits, nowMs: number): number {
    if (rateLimit !== this.#settings && !isDeepStrictEqual(rateLimit, this.#settings)) {
      this.#settings = rateLimit;
      this.#limit =
        rateLimit === undefined ? undefined : (this.#limit?.changed(rateLimit) ?? new RateLimit(rateLimit));
    }
    return Math.max(0, Math.min(concurrency - this.#underWay, this.#requests(nowMs)));
  }

  /** A delivery is taken. */
  take(): void {
    this.#underWay += 1;
    this.#kept += 1;
  }

  /** A request is begun, for which room was kept. */
  begin(nowMs: number): void {
    this.#kept -= 1;
    this.#limit?.begin(nowMs);
  }

  /** Whether a delivery under way may have one more request. */
  hasRoomToRepeat(nowMs: number): boolean {
    return this.#requests(nowMs) > 0;
  }

  /** Keeps room for one more request of a delivery under way. */
  keepRoom(): void {
    this.#kept += 1;
  }

  /** Room that was kept for a request is not used. */
  giveBackRoom(): void {
    this.#kept -= 1;
  }

  /** A delivery has ended. */
  release(): void {
    this.#underWay -= 1;
  }

  /** From when on there is room by the rate limit; `nowMs` when there is. */
  nextAtMs(nowMs: number): number {
    return this.#limit?.nextAtMs(nowMs) ?? nowMs;
  }

  /** How many more requests the rate limit allows. */
  #requests(nowMs: number): number {
    if (this.#limit === undefined) return Number.POSITIVE_INFINITY;
    return this.#limit.room(nowMs) - this.#kept;
  }
}
