import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../src/relay/retry-after.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

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
