import type { Outcome } from '../store/records.ts';
import type { RetrySettings } from '../webhooks/webhook.ts';
import { kindOf } from './attempt-error.ts';
import type { AttemptResult } from './attempt-result.ts';
import { MAX_RETRY_AFTER_MS } from './retry-after.ts';

/** Give or take a fifth, so that deliveries that failed together do not come back together. */
const JITTER = 0.2;

/** Milliseconds before the second attempt of a burst; doubles each time, and up to as much again is added by chance. */
const BURST_WAIT_MS = 500;

/**
 * When a delivery may be tried again whose target is gone. Its webhook is disabled, which keeps it; this keeps a target
 * in peace when that cannot be done at once.
 */
const GONE_DELAY_MS = 60_000;

/**
 * How many milliseconds to wait before the next attempt of a burst; `undefined` when the burst is over: the webhook wants
 * no more, seconds will not mend what was wrong, or the target asks for more time than that.
 *
 * @param last the burst's last attempt.
 * @param repeats how often the burst has been repeated.
 * @param random a number from 0 to 1, for the jitter.
 */
export function burstWaitMs(
  last: AttemptResult,
  repeats: number,
  retry: Pick<RetrySettings, 'burst'>,
  random: number,
): number | undefined {
  const { verdict, error, retryAfterMs = 0 } = last;
  if (verdict !== 'retry' || repeats >= retry.burst) return undefined;
  if (error !== undefined && !kindOf(error.code).isWorthBurst) return undefined;
  const waitMs = Math.round(BURST_WAIT_MS * 2 ** repeats * (1 + random));
  return retryAfterMs <= waitMs ? waitMs : undefined;
}

/**
 * What becomes of a delivery after the attempts of one lease.
 *
 * @param last the lease's last attempt.
 * @param rounds how often the delivery has waited for another round before.
 * @param random a number from 0 to 1, for the jitter.
 */
export function outcomeOf(
  last: AttemptResult,
  rounds: number,
  retry: Pick<RetrySettings, 'scheduleSeconds'>,
  random: number,
): Outcome {
  const { verdict } = last;
  if (verdict === 'gone') return { state: 'pending', delayMs: GONE_DELAY_MS, countsAsRound: false };
  if (verdict !== 'retry') return { state: verdict };
  const waitSeconds = retry.scheduleSeconds[rounds];
  if (waitSeconds === undefined) return { state: 'failed' };
  const jitteredMs = waitSeconds * 1_000 * (1 - JITTER + 2 * JITTER * random);
  const delayMs = Math.round(Math.max(jitteredMs, askedMs(last, random)));
  return { state: 'pending', delayMs, countsAsRound: true };
}

/** What a target asks for is a floor, so jitter only adds to it: or all that wait for it would come at the same moment. */
function askedMs({ retryAfterMs = 0 }: AttemptResult, random: number): number {
  return Math.min(retryAfterMs * (1 + JITTER * random), MAX_RETRY_AFTER_MS);
}
