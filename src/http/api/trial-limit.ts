import type { Response } from 'express';
import { RateLimit } from '../../relay/rate-limit.ts';
import { HttpProblem } from '../problem.ts';

/** Enough for whoever tries a webhook out, too few to flood a target from here. */
const MOST = { requests: 30, perSeconds: 60 };

/** Limits how much is sent on trial: each token has a limit of its own, and without tokens this machine has one. */
export class TrialLimit {
  /** By the token's name, so there are no more than tokens. */
  readonly #limits = new Map<string, RateLimit>();
  readonly #clock: () => number;

  /** @param clock epoch milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * Counts one more, asked for by whoever gets the response.
   *
   * @throws HttpProblem 429 with the time to wait.
   */
  take({ locals }: Response): void {
    const caller = String(locals['caller']);
    const limit = this.#limits.get(caller) ?? new RateLimit(MOST);
    this.#limits.set(caller, limit);
    const nowMs = this.#clock();
    const waitMs = limit.nextAtMs(nowMs) - nowMs;
    if (waitMs > 0) {
      const detail = `more than ${MOST.requests} requests a minute are not sent on trial; try again later`;
      throw new HttpProblem('too-many-requests', detail, {
        headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
      });
    }
    limit.begin(nowMs);
  }
}
