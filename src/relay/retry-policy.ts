import type { NewAttempt, Outcome } from '../store/records.ts';
import type { RetrySettings } from '../webhooks/webhook.ts';
import type { Verdict } from './verdict.ts';

/** An attempt with what follows from it. */
export interface AttemptResult extends NewAttempt {
  readonly verdict: Verdict;
  /** How long the target wants to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** What of an attempt goes on record. */
export function recordOf(attempt: AttemptResult): NewAttempt {
  const { startedAtMs, durationMs, status, excerpt, error, request, responseHeaders } = attempt;
  return { startedAtMs, durationMs, status, excerpt, error, request, responseHeaders };
}

/** Give or take a fifth, so that deliveries that failed together do not come back together. */
const JITTER = 0.2;

/** A target cannot put a delivery off for longer than this. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

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

/** The three forms an HTTP date may have (RFC 9110 §5.6.7); all are in UTC, also the last, which does not say so. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]*, .* GMT| .*\d)$/;

/**
 * A `Retry-After` header in milliseconds, 24 hours at most; `undefined` when it says nothing usable. It is a number of
 * seconds or an HTTP date (RFC 9110 §10.2.3).
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : httpDateMs(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

function httpDateMs(text: string): number {
  if (!HTTP_DATE.test(text)) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
}
