import pRetry from 'p-retry';
import { makeCdr } from '../cdr/cdr.ts';
import type { JsonObject } from '../check/json-text.ts';
import type { ReadCdr, StoredCdr } from '../store/records.ts';
import type { Environment } from '../webhooks/references.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { kindOf } from './attempt-error.ts';
import { AttemptMaker } from './attempt.ts';
import { Authenticator } from './auth/authenticator.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { Transport } from './transport.ts';

/** Milliseconds before the second attempt of a burst; doubles each time, and up to as much again is added by chance. */
const BURST_WAIT_MS = 500;

/** What goes with the attempts of one lease. */
export interface Course {
  /** Told of each attempt as it ends. */
  readonly onAttempt: (attempt: AttemptResult) => void;
  /** Asked before each further attempt of a burst; no ends the burst. */
  readonly mayRepeat: () => boolean;
  /** Stops what is under way; an attempt cut off like that is on record as `ERR_CUT_OFF`. */
  readonly signal: AbortSignal;
}

/** Makes the attempts of one lease. */
export class Sender {
  readonly #attempts: AttemptMaker;
  readonly #authenticator: Authenticator;

  /** @param environment where `${NAME}` gets its value, looked at anew for each attempt. */
  constructor(
    transport: Transport,
    environment: Environment,
    authenticator: Authenticator = new Authenticator({ transport, environment }),
    readCdr: ReadCdr = readWithoutOverlay,
  ) {
    this.#attempts = new AttemptMaker(transport, environment, authenticator, readCdr);
    this.#authenticator = authenticator;
  }

  /**
   * Sends a CDR to a webhook, up to `retry.burst` times more while the target does not answer well and does not ask for
   * time, and once more with another token when the target refuses the one it was sent. What happens on the way is in the
   * attempts; it throws only what `onAttempt` throws.
   */
  async send(
    webhook: Webhook,
    cdr: StoredCdr,
    { onAttempt, mayRepeat, signal }: Course,
  ): Promise<AttemptResult[]> {
    const attempts: AttemptResult[] = [];
    let mayRenew = true;
    const attemptOnce = async (): Promise<void> => {
      const { attempt: made, token, details } = await this.#attempts.attempt(webhook, cdr, signal);
      const attempt = made.verdict === 'delivered' ? made : { ...made, ...details() };
      attempts.push(attempt);
      onAttempt(attempt);
      if (mayRenew && token !== undefined && isRefused(attempt)) {
        mayRenew = false;
        // Also when the router stops: the attempt is then cut off before it is sent, and the delivery has not failed.
        if (this.#authenticator.invalidate(webhook, token)) return attemptOnce();
      }
      if (attempt.verdict === 'retry') throw new FailedAttemptError(attempt);
    };
    try {
      await pRetry(attemptOnce, {
        retries: webhook.retry.burst,
        minTimeout: BURST_WAIT_MS,
        randomize: true,
        signal,
        shouldRetry: ({ error }) =>
          error instanceof FailedAttemptError && error.isWorthRepeating && mayRepeat(),
      });
    } catch (error) {
      if (!(error instanceof FailedAttemptError) && !signal.aborted) throw error;
    }
    return attempts;
  }

  /** Makes one attempt outside of any delivery, to try a webhook out; whatever comes of it, request and headers are in it. */
  async sendOnce(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<AttemptResult> {
    const { attempt, details } = await this.#attempts.attempt(webhook, cdr, signal);
    return { ...attempt, ...details() };
  }
}

/** For whoever has no vendors at hand. */
const readWithoutOverlay: ReadCdr = ({ raw, source, vendor, receivedAtMs }) =>
  makeCdr({ raw, record: JSON.parse(raw) as JsonObject }, source, vendor, new Date(receivedAtMs));

/** Whether the target did not take the credentials it was sent. */
function isRefused({ status, verdict }: AttemptResult): boolean {
  return status === 401 && verdict !== 'delivered';
}

/** Carries a failed attempt through p-retry, which speaks in exceptions. */
class FailedAttemptError extends Error {
  /** Not when the target asked for time, nor when the fault is ours and seconds will not mend it. */
  readonly isWorthRepeating: boolean;

  constructor(attempt: AttemptResult) {
    super('the attempt failed');
    this.isWorthRepeating =
      attempt.retryAfterMs === undefined && kindOf(attempt.error?.code ?? '').isWorthBurst;
  }
}
