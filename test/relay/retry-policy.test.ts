import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeOf, retryAfterMs, verdictOf, type AttemptResult } from '../../src/relay/retry-policy.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

function attemptWith(members: Partial<AttemptResult>): AttemptResult {
  return { startedAtMs: 0, durationMs: 1, ...members };
}

describe('the verdict on an attempt', () => {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);

  test('delivered is exactly 2xx', () => {
    const delivered = statuses.filter((status) => verdictOf(attemptWith({ status })) === 'delivered');
    expect(delivered).toEqual(statuses.filter((status) => status >= 200 && status <= 299));
  });

  test('worth another try is exactly 408, 425, 429 and 5xx', () => {
    const retried = statuses.filter((status) => verdictOf(attemptWith({ status })) === 'retry');
    expect(retried).toEqual([408, 425, 429, ...statuses.filter((status) => status >= 500)]);
  });

  test('every other status is final, redirects too', () => {
    const failed = statuses.filter((status) => verdictOf(attemptWith({ status })) === 'failed');
    expect(failed).toHaveLength(500 - 100 - 3 - 100);
    expect(failed).toEqual(expect.arrayContaining([301, 302, 303, 307, 308, 400, 401, 404, 410, 422]));
  });

  test('no answer is worth another try, whatever the error', () => {
    const error = { code: 'ECONNREFUSED', message: 'refused' };
    expect(verdictOf(attemptWith({ error }))).toBe('retry');
    expect(verdictOf(attemptWith({}))).toBe('retry');
  });

  test('an error after a good status is no success: the answer was not whole', () => {
    const error = { code: 'ECONNRESET', message: 'reset' };
    expect(verdictOf(attemptWith({ status: 200, error }))).toBe('retry');
  });
});

describe('what becomes of a delivery', () => {
  const retry = { burst: 2, scheduleSeconds: [5, 30, 300] };
  const busy = attemptWith({ status: 503 });

  test('a success or a final refusal ends it in any round', () => {
    for (const rounds of [0, 1, 3, 99]) {
      expect(outcomeOf(attemptWith({ status: 204 }), rounds, retry, 0.5)).toEqual({ state: 'delivered' });
      expect(outcomeOf(attemptWith({ status: 404 }), rounds, retry, 0.5)).toEqual({ state: 'failed' });
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
    expect(outcomeOf(busy, 0, { burst: 0, scheduleSeconds: [] }, 0.5)).toEqual({ state: 'failed' });
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
        const outcome = outcomeOf(busy, rounds, { burst: 0, scheduleSeconds: waits }, random);
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
    expect(outcomeOf({ ...busy, retryAfterMs: 60_000 }, 0, retry, 1)).toMatchObject({ delayMs: 60_000 });
    expect(outcomeOf({ ...busy, retryAfterMs: 1_000 }, 0, retry, 0.5)).toMatchObject({ delayMs: 5_000 });
    expect(outcomeOf({ ...busy, retryAfterMs: 0 }, 0, retry, 0.5)).toMatchObject({ delayMs: 5_000 });
  });
});

describe('a Retry-After header', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['0005', 5_000],
    ['86400', DAY_MS],
    ['86401', DAY_MS],
    ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['Sat, 21 Nov 2099 12:00:00 GMT', DAY_MS],
    // The two obsolete forms that RFC 9110 §5.6.7 still wants understood.
    ['Saturday, 21-Nov-26 12:01:00 GMT', 60_000],
  ])('%j means %d ms', (header, expected) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(expected);
  });

  test.each([undefined, '', '  ', 'soon', '120 seconds', '3600s', '1e3', '12 0'])(
    '%j says nothing',
    (header) => {
      expect(retryAfterMs(header, NOW_MS)).toBeUndefined();
    },
  );

  // Date.parse takes these for dates: "-5" for 1 May 2001, "-2099" and "Foo 2099" for a day in the year 2099.
  test.each(['-5', '-2099', '1.5', '+5', '5, 10', 'soon 3', 'Foo 2099'])(
    '%j is neither seconds nor an HTTP date and says nothing',
    (header) => {
      expect(retryAfterMs(header, NOW_MS)).toBeUndefined();
    },
  );

  test('more seconds than a number can hold are 24 hours too', () => {
    expect(retryAfterMs('9'.repeat(400), NOW_MS)).toBe(DAY_MS);
  });

  test('whatever it holds, the wait is from 0 to 24 hours', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.nat(), (header, nowMs) => {
        const waitMs = retryAfterMs(header, nowMs) ?? 0;
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(DAY_MS);
      }),
    );
  });
});
