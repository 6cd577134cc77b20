import type { Outcome } from '../store/records.ts';
import type { RetrySettings } from '../webhooks/webhook.ts';
import type { AttemptResult } from './attempt-result.ts';

/** Give or take a fifth, so that deliveries that failed together do not come back together. */
const JITTER = 0.2;

/**
 * When a delivery may be tried again whose target is gone. Its webhook is disabled, which keeps it; this keeps a target
 * in peace when that cannot be done at once.
 */
const GONE_DELAY_MS = 60_000;

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
  const jittered = waitSeconds * 1_000 * (1 - JITTER + 2 * JITTER * random);
  return {
    state: 'pending',
    delayMs: Math.round(Math.max(jittered, last.retryAfterMs ?? 0)),
    countsAsRound: true,
  };
}
