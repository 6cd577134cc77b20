import type { NewAttempt } from '../store/records.ts';
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
