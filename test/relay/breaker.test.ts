import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  begun,
  CLOSED,
  ended,
  givenUp,
  healthOf,
  roomOf,
  type Breaker,
  type BreakerAttempt,
} from '../../src/relay/breaker.ts';

const NOW_MS = 1_000_000;

function attempt(members: Partial<BreakerAttempt>): BreakerAttempt {
  return { startedAtMs: NOW_MS, verdict: 'retry', ...members };
}

const busy = attempt({ status: 503 });
const good = attempt({ status: 200, verdict: 'delivered' });

function after(breaker: Breaker, attempts: readonly BreakerAttempt[], nowMs = NOW_MS): Breaker {
  return attempts.reduce((current, each) => ended(current, each, nowMs), breaker);
}

function times(count: number, each: BreakerAttempt): BreakerAttempt[] {
  return Array.from({ length: count }, () => each);
}

const OPEN = after(CLOSED, times(10, busy));

/** Lets the probe of an open breaker through when it is due, and have it fail. */
function afterFailedProbe(breaker: Breaker, members: Partial<BreakerAttempt> = {}): Breaker {
  const atMs = breaker.nextProbeAtMs ?? Number.NaN;
  return ended(begun(breaker, atMs), attempt({ status: 503, startedAtMs: atMs, ...members }), atMs);
}

function waitOf({ nextProbeAtMs = Number.NaN }: Breaker, sinceMs: number): number {
  return nextProbeAtMs - sinceMs;
}

describe('a target is', () => {
  test.each([500, 502, 503, 504, 599, 429])('in trouble when it answers %d', (status) => {
    expect(healthOf(attempt({ status }))).toBe('in trouble');
  });

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'ECONNRESET', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    'in trouble when there is no answer: %s',
    (code) => {
      expect(healthOf(attempt({ error: { code, message: '' } }))).toBe('in trouble');
      expect(healthOf(attempt({ error: { code, message: '' }, verdict: 'failed' }))).toBe('in trouble');
    },
  );

  test.each([301, 400, 401, 403, 404, 408, 409, 410, 422])('well when it answers %d', (status) => {
    expect(healthOf(attempt({ status, verdict: 'failed' }))).toBe('well');
  });

  test('well when what it answers is success, whatever the status', () => {
    expect(healthOf(attempt({ status: 503, verdict: 'delivered' }))).toBe('well');
  });

  test.each([
    'MISSING_REFERENCE',
    'ERR_ADDRESS_REFUSED',
    'ERR_CUT_OFF',
    'ERR_INVALID_URL',
    'ERR_NOT_SENT',
    'ERR_SIGNING_SECRET',
    'ERR_TEMPLATE',
    'ERR_TLS_FILES',
    'ERR_UNSUPPORTED_PROTOCOL',
  ])('not known to be either when the request was not made: %s', (code) => {
    expect(healthOf(attempt({ error: { code, message: '' } }))).toBe('unknown');
  });
});

describe('closed', () => {
  test('everything is sent', () => {
    expect(roomOf(CLOSED, NOW_MS)).toBe(Number.POSITIVE_INFINITY);
    expect(begun(CLOSED, NOW_MS)).toBe(CLOSED);
  });

  test('it opens after ten failures in a row', () => {
    expect(after(CLOSED, times(9, busy)).state).toBe('closed');
    expect(OPEN).toMatchObject({ state: 'open', openedAtMs: NOW_MS, nextProbeAtMs: NOW_MS + 10_000 });
  });

  test('anything that shows the target to be well begins the count anew', () => {
    for (const well of [good, attempt({ status: 404, verdict: 'failed' })])
      expect(after(CLOSED, [...times(9, busy), well, ...times(9, busy)]).state).toBe('closed');
  });

  test('what says nothing about the target neither counts nor begins anew', () => {
    const unknown = attempt({ error: { code: 'MISSING_REFERENCE', message: '' } });
    expect(after(CLOSED, times(50, unknown))).toEqual(CLOSED);
    expect(after(CLOSED, [...times(9, busy), unknown, busy]).state).toBe('open');
  });

  test('it opens at once when the target says that it is gone', () => {
    const gone = attempt({ status: 410, verdict: 'gone' });
    expect(after(CLOSED, [gone])).toMatchObject({ state: 'open', nextProbeAtMs: NOW_MS + 10_000 });
    expect(waitOf(afterFailedProbe(OPEN, { status: 410, verdict: 'gone' }), NOW_MS + 10_000)).toBe(20_000);
  });

  test('Retry-After of the last failure is a floor on the wait', () => {
    const open = (retryAfterMs: number): Breaker =>
      after(CLOSED, [...times(9, busy), attempt({ status: 429, retryAfterMs })]);
    expect(waitOf(open(3_600_000), NOW_MS)).toBe(3_600_000);
    expect(waitOf(open(1_000), NOW_MS)).toBe(10_000);
  });
});

describe('open', () => {
  test('nothing is sent until the probe is due', () => {
    expect(roomOf(OPEN, NOW_MS)).toBe(0);
    expect(roomOf(OPEN, NOW_MS + 9_999)).toBe(0);
    expect(roomOf(OPEN, NOW_MS + 10_000)).toBe(1);
  });

  test('a failure of what was begun before changes nothing', () => {
    expect(after(OPEN, times(50, busy), NOW_MS + 5_000)).toBe(OPEN);
  });

  test('a success of what was begun before closes it', () => {
    expect(ended(OPEN, good, NOW_MS + 5_000)).toEqual(CLOSED);
  });

  test('a clock that was put back does not make the wait longer', () => {
    expect(roomOf(OPEN, NOW_MS - 3_600_000)).toBe(1);
  });
});

describe('half-open', () => {
  const PROBE_MS = NOW_MS + 10_000;
  const halfOpen = begun(OPEN, PROBE_MS);
  const probe = attempt({ status: 503, startedAtMs: PROBE_MS });

  test('exactly one probe is let through', () => {
    expect(halfOpen).toMatchObject({ state: 'half-open', openedAtMs: NOW_MS, nextProbeAtMs: undefined });
    for (const laterMs of [0, 10_000, 3_600_000]) expect(roomOf(halfOpen, PROBE_MS + laterMs)).toBe(0);
  });

  test('a success closes it', () => {
    expect(ended(halfOpen, { ...good, startedAtMs: PROBE_MS }, PROBE_MS)).toEqual(CLOSED);
  });

  test('a failure opens it again, and it tells since when it has been open', () => {
    expect(ended(halfOpen, probe, PROBE_MS + 50)).toMatchObject({
      state: 'open',
      openedAtMs: NOW_MS,
      nextProbeAtMs: PROBE_MS + 50 + 20_000,
    });
  });

  test('waits double with each failed probe up to five minutes', () => {
    let breaker = OPEN;
    const waits: number[] = [];
    for (let probes = 0; probes < 8; probes += 1) {
      const atMs = breaker.nextProbeAtMs ?? Number.NaN;
      breaker = afterFailedProbe(breaker);
      waits.push(waitOf(breaker, atMs));
    }
    expect(waits).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000]);
  });

  test('after closing, waits begin anew', () => {
    const closed = ended(begun(afterFailedProbe(OPEN), NOW_MS), good, NOW_MS);
    expect(after(closed, times(10, busy))).toEqual(OPEN);
  });

  test('a failure of what was begun before the probe is not its own', () => {
    expect(ended(halfOpen, busy, PROBE_MS + 1)).toBe(halfOpen);
  });

  test('a probe that came to nothing lets another through at once', () => {
    const again = givenUp(halfOpen, PROBE_MS + 5);
    expect(again).toMatchObject({ state: 'open', openedAtMs: NOW_MS });
    expect(roomOf(again, PROBE_MS + 5)).toBe(1);
    const cutOff = attempt({ error: { code: 'ERR_CUT_OFF', message: '' }, startedAtMs: PROBE_MS });
    expect(ended(halfOpen, cutOff, PROBE_MS + 5)).toEqual(again);
    expect(waitOf(afterFailedProbe(again), PROBE_MS + 5)).toBe(20_000);
  });

  test('giving up is nothing where there is no probe', () => {
    for (const breaker of [CLOSED, OPEN]) expect(givenUp(breaker, NOW_MS)).toBe(breaker);
  });
});

test('whatever happens, never more than one is sent while it is not closed, and a probe is never far', () => {
  const step = fc.record({ waitMs: fc.nat(100_000), ok: fc.boolean(), retryAfterMs: fc.nat(200_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let breaker = CLOSED;
      let nowMs = NOW_MS;
      for (const { waitMs, ok, retryAfterMs } of steps) {
        nowMs += waitMs;
        if (roomOf(breaker, nowMs) === 0) {
          expect(breaker.state).toBe('open');
          expect((breaker.nextProbeAtMs ?? 0) - nowMs).toBeLessThanOrEqual(300_000);
          continue;
        }
        breaker = begun(breaker, nowMs);
        if (breaker.state !== 'closed') expect(roomOf(breaker, nowMs)).toBe(0);
        const status = ok ? 200 : 503;
        breaker = ended(breaker, attempt({ status, retryAfterMs, startedAtMs: nowMs }), nowMs);
        if (ok) expect(breaker).toEqual(CLOSED);
      }
    }),
  );
});
