import type { Lease, NewAttempt, NewHit, Outcome, Settlement } from '../../src/store/records.ts';

/** The one item of a list; fails when there is none or more than one. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`expected one item and got ${items.length}`);
  return item;
}

/** Calls a function for 0, 1, 2 … one after the other, each when the one before has ended. */
export async function inTurn<Result>(
  count: number,
  call: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let index = 0; index < count; index += 1) results.push(await call(index));
  return results;
}

/** Hits whose deliveries wait to be leased. */
export function waiting(...webhookIds: string[]): NewHit[] {
  return webhookIds.map((webhookId) => ({ webhookId, lease: false }));
}

/** Hits whose deliveries are leased at once. */
export function leased(...webhookIds: string[]): NewHit[] {
  return webhookIds.map((webhookId) => ({ webhookId, lease: true }));
}

/** An attempt that was answered. */
export function answered(status: number, more: Partial<NewAttempt> = {}): NewAttempt {
  return { startedAtMs: 1_700_000_000_000, durationMs: 12, status, excerpt: `answer ${status}`, ...more };
}

/** An attempt without an answer. */
export function unanswered(code = 'ECONNREFUSED'): NewAttempt {
  return { startedAtMs: 1_700_000_000_000, durationMs: 3, error: { code, message: `no answer: ${code}` } };
}

/** Waits for another round. */
export function retryIn(delayMs: number): Outcome {
  return { state: 'pending', delayMs, countsAsRound: true };
}

/** Gives a lease back, not counted as a round. */
export function giveBack(delayMs = 0): Outcome {
  return { state: 'pending', delayMs, countsAsRound: false };
}

/** A lease's end as delivered, by default after one good attempt. */
export function delivered(lease: Lease, attempts: readonly NewAttempt[] = [answered(200)]): Settlement {
  return { lease, attempts, outcome: { state: 'delivered' } };
}

/** A lease's end as failed, by default after one bad attempt. */
export function failed(lease: Lease, attempts: readonly NewAttempt[] = [answered(400)]): Settlement {
  return { lease, attempts, outcome: { state: 'failed' } };
}

/** A lease's end as cancelled, without an attempt. */
export function cancelled(lease: Lease): Settlement {
  return { lease, attempts: [], outcome: { state: 'cancelled' } };
}

/** A lease's end as a failed round, by default after one bad attempt. */
export function retried(
  lease: Lease,
  delayMs: number,
  attempts: readonly NewAttempt[] = [answered(503)],
): Settlement {
  return { lease, attempts, outcome: retryIn(delayMs) };
}
