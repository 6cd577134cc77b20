import { kindOf } from './attempt-error.ts';
import type { AttemptResult } from './attempt-result.ts';

/**
 * How it stands with the target of one webhook. `closed`: all is sent. `open`: nothing is sent. `half-open`: one probe is
 * under way, and nothing else is sent.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A circuit breaker at one moment. Never changed; each event gives another. All times are epoch milliseconds. */
export interface Breaker {
  readonly state: BreakerState;
  /** Failures in a row while closed. */
  readonly failures: number;
  /** When it opened after it was last closed; `undefined` while closed. */
  readonly openedAtMs: number | undefined;
  /** From when on a probe may be sent; `undefined` unless open. */
  readonly nextProbeAtMs: number | undefined;
  /** Probes that failed since it opened. */
  readonly failedProbes: number;
  /** When the probe under way began; `undefined` unless half-open. */
  readonly probeSinceMs: number | undefined;
}

/** Where every webhook begins. */
export const CLOSED: Breaker = {
  state: 'closed',
  failures: 0,
  openedAtMs: undefined,
  nextProbeAtMs: undefined,
  failedProbes: 0,
  probeSinceMs: undefined,
};

/** Failures in a row that open it: more than one delivery with its burst, so that one bad CDR opens nothing. */
const OPENS_AFTER = 10;
/** The wait before the first probe; it doubles with each one that fails. */
const FIRST_WAIT_MS = 10_000;
/** It grows no longer than this: so late at most is it found that a target is back that asks for no longer itself. */
const MAX_WAIT_MS = 300_000;

/** What of an attempt a breaker looks at. */
export type BreakerAttempt = Pick<
  AttemptResult,
  'status' | 'error' | 'verdict' | 'retryAfterMs' | 'startedAtMs'
>;

/** What an attempt says about the target itself, whatever becomes of the delivery. */
export type Health = 'well' | 'in trouble' | 'gone' | 'unknown';

/**
 * What an attempt says about the target. In trouble is one that gives no answer, answers 5xx, or answers 429: it cannot
 * take what is sent now, and sending more makes it worse. Any other answer, a refusal too, comes from a target that is
 * well: it is this CDR it does not want. Gone is one that says it wants nothing any more.
 */
export function healthOf({ status, error, verdict }: BreakerAttempt): Health {
  if (verdict === 'delivered') return 'well';
  if (verdict === 'gone') return 'gone';
  if (status === undefined) return kindOf(error?.code ?? '').isTargets ? 'in trouble' : 'unknown';
  return status >= 500 || status === 429 ? 'in trouble' : 'well';
}

/** How many more requests may be begun now: any number, the one probe, or none. */
export function roomOf({ state, nextProbeAtMs, openedAtMs }: Breaker, nowMs: number): number {
  if (state === 'closed') return Number.POSITIVE_INFINITY;
  // A clock that was put back must not make the wait longer than it was meant.
  const isDue = nowMs >= (nextProbeAtMs ?? 0) || nowMs < (openedAtMs ?? 0);
  return state === 'open' && isDue ? 1 : 0;
}

/** A request is begun, for which there was room. */
export function begun(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state !== 'open') return breaker;
  return { ...breaker, state: 'half-open', probeSinceMs: nowMs, nextProbeAtMs: undefined };
}

/**
 * An attempt has ended. Whatever shows that the target is well closes the breaker. A failure counts while it is closed
 * and, half-open, when it is the probe's own; of what was begun before that, it is no news. A target that is gone opens it
 * at once: its webhook is going to be disabled, and where that cannot be done it is not asked over and over.
 */
export function ended(breaker: Breaker, attempt: BreakerAttempt, nowMs: number): Breaker {
  const health = healthOf(attempt);
  if (health === 'well') return CLOSED;
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'half-open') return endedHalfOpen(breaker, attempt, nowMs);
  if (health === 'unknown') return breaker;
  const counted = { ...breaker, failures: breaker.failures + 1 };
  const opens = health === 'gone' || counted.failures >= OPENS_AFTER;
  return opens ? opened(counted, attempt, nowMs) : counted;
}

/** An attempt has ended that does not show the target to be well, while a probe is under way. */
function endedHalfOpen(breaker: Breaker, attempt: BreakerAttempt, nowMs: number): Breaker {
  const isProbe = attempt.startedAtMs >= (breaker.probeSinceMs ?? 0);
  if (!isProbe) return breaker;
  if (healthOf(attempt) === 'unknown') return givenUp(breaker, nowMs);
  return opened({ ...breaker, failedProbes: breaker.failedProbes + 1 }, attempt, nowMs);
}

/** The probe ended without an attempt, such as when there was nothing to send: another may be sent at once. */
export function givenUp(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state !== 'half-open') return breaker;
  return { ...breaker, state: 'open', nextProbeAtMs: nowMs, probeSinceMs: undefined };
}

/** `Retry-After` is a floor here as it is for the delivery itself: sending meanwhile is what the target asked not to do. */
function opened(breaker: Breaker, { retryAfterMs = 0 }: BreakerAttempt, nowMs: number): Breaker {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** breaker.failedProbes, MAX_WAIT_MS);
  return {
    ...breaker,
    state: 'open',
    openedAtMs: breaker.openedAtMs ?? nowMs,
    nextProbeAtMs: nowMs + Math.max(waitMs, retryAfterMs),
    probeSinceMs: undefined,
  };
}
