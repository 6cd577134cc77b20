import type { Delivery, NewAttempt, Settlement } from './records.ts';

/** What a settlement changes in its delivery. */
export type SettledPart = Pick<Delivery, 'state' | 'dueAtMs' | 'finishedAtMs' | 'lastStatus' | 'lastError'>;

/** What becomes of a delivery whose lease is still held. */
export function settle(
  before: Pick<SettledPart, 'lastStatus' | 'lastError'>,
  { attempts, outcome }: Settlement,
  nowMs: number,
): SettledPart {
  const last = attempts.at(-1);
  const answered = attempts.findLast(({ status }) => status !== undefined);
  const lastError = last === undefined ? before.lastError : failureOf(last);
  return {
    state: outcome.state,
    dueAtMs: outcome.state === 'pending' ? nowMs + outcome.delayMs : undefined,
    finishedAtMs: outcome.state === 'pending' ? undefined : nowMs,
    lastStatus: answered === undefined ? before.lastStatus : answered.status,
    lastError: outcome.state === 'delivered' ? undefined : lastError,
  };
}

/** Whether a settlement makes its delivery wait for another round. */
export function isRound({ outcome }: Settlement): boolean {
  return outcome.state === 'pending' && outcome.countsAsRound;
}

/** Why an attempt failed, as one short line. */
export function failureOf({ status, error }: NewAttempt): string {
  return error === undefined ? `HTTP ${status ?? 'without status'}` : error.message;
}
