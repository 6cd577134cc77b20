import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import { burstWaitMs, outcomeOf } from '../../src/relay/retry-policy.ts';
import type { Verdict } from '../../src/relay/verdict.ts';

function attemptOf(verdict: Verdict): AttemptResult {
  return { startedAtMs: 0, durationMs: 1, verdict };
}

describe('what becomes of a delivery', () => {
  const retry = { scheduleSeconds: [5, 30, 300] };
  const busy = attemptOf('retry');

  test('a success or a final refusal ends it in any round', () => {
    for (const rounds of [0, 1, 3, 99]) {
      expect(outcomeOf(attemptOf('delivered'), rounds, retry, 0.5)).toEqual({ state: 'delivered' });
      expect(outcomeOf(attemptOf('failed'), rounds, retry, 0.5)).toEqual({ state: 'failed' });
    }
  });

  test('it is kept when the target is gone, however often that was found, and no round is counted', () => {
    for (const rounds of [0, 3, 99]) {
      const outcome = outcomeOf(attemptOf('gone'), rounds, retry, 0.5);
      expect(outcome).toEqual({ state: 'pending', delayMs: 60_000, countsAsRound: false });
    }
  });

  test('it waits as long as the schedule says for its round', () => {
    const delays = [0, 1, 2].map((rounds) => outcomeOf(busy, rounds, retry, 0.5));
    expect(delays).toEqual(
      [5_000, 30_000, 300_000].map((delayMs) => ({ state: 'pending', delayMs, countsAsRound: true })),
    );
  });

  test('it has failed when the schedule is at its end', () => {
    expect(outcomeOf(busy, 3, retry, 0.5)).toEqual({ state: 'failed' });
    expect(outcomeOf(busy, 0, { scheduleSeconds: [] }, 0.5)).toEqual({ state: 'failed' });
  });

  test('not even Retry-After gives it more rounds than the schedule has', () => {
    expect(outcomeOf({ ...busy, retryAfterMs: 1_000 }, 3, retry, 0.5)).toEqual({ state: 'failed' });
  });

  test('jitter keeps within a fifth and reaches both ends', () => {
    const schedule = fc.array(fc.integer({ min: 1, max: 604_800 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(schedule, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (waits, pick, random) => {
        const rounds = pick % waits.length;
        const plainMs = (waits[rounds] ?? 0) * 1_000;
        const outcome = outcomeOf(busy, rounds, { scheduleSeconds: waits }, random);
        const delayMs = outcome.state === 'pending' ? outcome.delayMs : Number.NaN;
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(plainMs * 0.8));
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(plainMs * 1.2));
      }),
    );
    expect(outcomeOf(busy, 0, retry, 0)).toMatchObject({ delayMs: 4_000 });
    expect(outcomeOf(busy, 0, retry, 1)).toMatchObject({ delayMs: 6_000 });
  });

  test('Retry-After is a floor and never shortens the wait', () => {
    expect(outcomeOf({ ...busy, retryAfterMs: 60_000 }, 0, retry, 0)).toMatchObject({ delayMs: 60_000 });
    expect(outcomeOf({ ...busy, retryAfterMs: 1_000 }, 0, retry, 0.5)).toMatchObject({ delayMs: 5_000 });
    expect(outcomeOf({ ...busy, retryAfterMs: 0 }, 0, retry, 0.5)).toMatchObject({ delayMs: 5_000 });
  });

  test('what waits for a Retry-After does not come back all at the same moment, nor after more than a day', () => {
    const asked = (retryAfterMs: number, random: number): unknown =>
      outcomeOf({ ...busy, retryAfterMs }, 0, retry, random);
    expect(asked(60_000, 0.5)).toMatchObject({ delayMs: 66_000 });
    expect(asked(60_000, 1)).toMatchObject({ delayMs: 72_000 });
    expect(asked(86_400_000, 1)).toMatchObject({ delayMs: 86_400_000 });
  });
});

describe('the next attempt of a burst', () => {
  const retry = { burst: 3 };
  const busy = attemptOf('retry');
  const failedBy = (code: string): AttemptResult => ({ ...busy, error: { code, message: '' } });

  test('waits half a second, doubling, and up to as much again by chance', () => {
    expect([0, 1, 2].map((repeats) => burstWaitMs(busy, repeats, retry, 0))).toEqual([500, 1_000, 2_000]);
    expect([0, 1, 2].map((repeats) => burstWaitMs(busy, repeats, retry, 1))).toEqual([1_000, 2_000, 4_000]);
  });

  test('is not made beyond what the webhook wants, nor after any other verdict', () => {
    expect(burstWaitMs(busy, 3, retry, 0)).toBeUndefined();
    for (const verdict of ['delivered', 'failed', 'gone'] as const)
      expect(burstWaitMs(attemptOf(verdict), 0, retry, 0)).toBeUndefined();
  });

  test('is not made when seconds will not mend what was wrong', () => {
    for (const code of ['ERR_TOKEN', 'MISSING_REFERENCE', 'ERR_ADDRESS_REFUSED', 'ERR_CUT_OFF'])
      expect(burstWaitMs(failedBy(code), 0, retry, 0)).toBeUndefined();
    expect(burstWaitMs(failedBy('ECONNREFUSED'), 0, retry, 0)).toBe(500);
  });

  test('is not made earlier than the target asks for, which ends the burst when it asks for more', () => {
    expect(burstWaitMs({ ...busy, retryAfterMs: 0 }, 0, retry, 0)).toBe(500);
    expect(burstWaitMs({ ...busy, retryAfterMs: 501 }, 0, retry, 0)).toBeUndefined();
    expect(burstWaitMs({ ...busy, retryAfterMs: 501 }, 1, retry, 0)).toBe(1_000);
  });
});
