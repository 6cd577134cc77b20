import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { StoredCdr } from '../store/records.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { AttemptMaker, type AttemptMakerOptions } from './attempt.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { RequestPermit } from './permit.ts';
import { burstWaitMs } from './retry-policy.ts';

/** What a sender needs to work. */
export interface SenderOptions extends AttemptMakerOptions {
  /** A number from 0 to 1, another each time, for the jitter of bursts. */
  readonly random: () => number;
}

/** What goes with the attempts of one lease. */
export interface SendOptions {
  /** Told of each attempt as it ends. */
  readonly onAttempt: (attempt: AttemptResult) => void;
  /** Asked before each further request; a no ends the sending. */
  readonly permit: RequestPermit;
  /** Stops what is under way; an attempt cut off like that is on record as `ERR_CUT_OFF`. */
  readonly signal: AbortSignal;
}

/** The attempts of one lease, as far as they have come. */
interface Sending extends SendOptions {
  readonly webhook: Webhook;
  readonly cdr: StoredCdr;
  readonly attempts: AttemptResult[];
  /** Whether the target has refused a token and another was to be had. */
  isRenewed: boolean;
}

/** For requests outside of any delivery. */
const WITHOUT_LIMITS: RequestPermit = { mayRepeat: () => false, begin: () => undefined };

/** Tells p-retry, which speaks in exceptions, that an attempt was not the last. What happened is in the attempts. */
const NOT_THE_LAST = new Error('another attempt may follow');

/** Makes the attempts of one lease. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #authenticator: Authenticator;
  readonly #attempts: AttemptMaker;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#authenticator = options.authenticator;
    this.#attempts = new AttemptMaker(options);
  }

  /**
   * Sends a CDR to a webhook, up to `retry.burst` times more while the retry policy and the permit have it, and once more
   * with another token when the target refuses the one it was sent. What happens on the way is in the attempts; it throws
   * what `onAttempt` throws, and what only a mistake of ours can throw.
   */
  async send(webhook: Webhook, cdr: StoredCdr, options: SendOptions): Promise<AttemptResult[]> {
    const { permit, signal } = options;
    const sending: Sending = { webhook, cdr, ...options, attempts: [], isRenewed: false };
    let repeats = 0;
    const attempt = async (): Promise<void> => {
      // At once with another token, beside the burst.
      while (await this.#attempt(sending));
      if (sending.attempts.at(-1)?.verdict === 'retry') throw NOT_THE_LAST;
    };
    const waited = async (): Promise<boolean> => {
      const last = sending.attempts.at(-1);
      const waitMs = last && burstWaitMs(last, repeats, webhook.retry, this.#options.random());
      if (waitMs === undefined || !permit.mayRepeat()) return false;
      repeats += 1;
      await wait(waitMs, undefined, { signal });
      return permit.mayRepeat();
    };
    try {
      await pRetry(attempt, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 0,
        shouldRetry: waited,
        signal,
      });
    } catch (error) {
      if (error !== NOT_THE_LAST && !signal.aborted) throw error;
    }
    return sending.attempts;
  }

  /** Makes one attempt outside of any delivery, to try a webhook out; whatever comes of it, request and headers are in it. */
  async sendOnce(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<AttemptResult> {
    const { attempt, details } = await this.#attempts.attempt({
      webhook,
      cdr,
      permit: WITHOUT_LIMITS,
      signal,
    });
    return { ...attempt, ...details() };
  }

  /** Makes one attempt. Whether another is to be made at once, with another token. */
  async #attempt(sending: Sending): Promise<boolean> {
    const { webhook, attempts, permit, signal, onAttempt } = sending;
    const { attempt: made, token, details } = await this.#attempts.attempt(sending);
    const isRenewed =
      !sending.isRenewed &&
      token !== undefined &&
      isRefused(made) &&
      this.#authenticator.invalidate(webhook, token);
    sending.isRenewed ||= isRenewed;
    // With another token it may be taken: at once, or when the limits or the next start of the router let it.
    const verdict = isRenewed ? 'retry' : made.verdict;
    const attempt = verdict === 'delivered' ? made : { ...made, verdict, ...details() };
    attempts.push(attempt);
    onAttempt(attempt);
    return isRenewed && !signal.aborted && permit.mayRepeat();
  }
}

/** Whether the target did not take the credentials it was sent. */
function isRefused({ status, verdict }: AttemptResult): boolean {
  return status === 401 && verdict !== 'delivered';
}
