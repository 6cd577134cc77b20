import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimit } from '../../src/relay/rate-limit.ts';

const NOW_MS = 1_000_000;

/** Begins so many requests. */
function begin(limit: RateLimit, count: number, nowMs: number): void {
  for (let begun = 0; begun < count; begun += 1) limit.begin(nowMs);
}

describe('a rate limit', () => {
  test('lets as many go at once as it allows, and then none', () => {
    const limit = new RateLimit({ requests: 3, perSeconds: 10 });
    expect(limit.room(NOW_MS)).toBe(3);
    expect(limit.nextAtMs(NOW_MS)).toBe(NOW_MS);
    begin(limit, 3, NOW_MS);
    expect(limit.room(NOW_MS)).toBe(0);
    expect(limit.nextAtMs(NOW_MS)).toBe(NOW_MS + 10_000);
    expect(limit.room(NOW_MS + 9_999)).toBe(0);
    expect(limit.room(NOW_MS + 10_000)).toBe(3);
  });

  test('gives room back one by one, as each request leaves the window', () => {
    const limit = new RateLimit({ requests: 2, perSeconds: 1 });
    begin(limit, 1, NOW_MS);
    begin(limit, 1, NOW_MS + 400);
    expect(limit.nextAtMs(NOW_MS + 400)).toBe(NOW_MS + 1_000);
    expect(limit.room(NOW_MS + 1_000)).toBe(1);
    begin(limit, 1, NOW_MS + 1_000);
    expect(limit.nextAtMs(NOW_MS + 1_000)).toBe(NOW_MS + 1_400);
  });

  test('may be of parts of a second', () => {
    const limit = new RateLimit({ requests: 1, perSeconds: 0.25 });
    begin(limit, 1, NOW_MS);
    expect(limit.nextAtMs(NOW_MS + 100)).toBe(NOW_MS + 250);
  });

  test('counts what is begun without room in the place of the oldest', () => {
    const limit = new RateLimit({ requests: 2, perSeconds: 1 });
    begin(limit, 2, NOW_MS);
    begin(limit, 1, NOW_MS + 100);
    expect(limit.nextAtMs(NOW_MS + 100)).toBe(NOW_MS + 1_000);
    expect(limit.room(NOW_MS + 1_000)).toBe(1);
    expect(limit.room(NOW_MS + 1_100)).toBe(2);
  });

  test('waits no longer than its window when the clock is put back', () => {
    const limit = new RateLimit({ requests: 2, perSeconds: 10 });
    begin(limit, 2, NOW_MS);
    const backMs = NOW_MS - 3_600_000;
    expect(limit.room(backMs)).toBe(0);
    expect(limit.nextAtMs(backMs)).toBe(backMs + 10_000);
    expect(limit.room(backMs + 10_000)).toBe(2);
  });
});

describe('a rate limit that is changed', () => {
  test('still counts what was begun before', () => {
    const limit = new RateLimit({ requests: 4, perSeconds: 10 });
    begin(limit, 3, NOW_MS);
    const changed = limit.changed({ requests: 5, perSeconds: 10 });
    expect(changed.room(NOW_MS)).toBe(2);
    expect(changed.room(NOW_MS + 10_000)).toBe(5);
  });

  test('to a smaller one has room when the newest of them are over', () => {
    const limit = new RateLimit({ requests: 4, perSeconds: 10 });
    begin(limit, 2, NOW_MS);
    begin(limit, 2, NOW_MS + 1_000);
    const changed = limit.changed({ requests: 2, perSeconds: 10 });
    expect(changed.room(NOW_MS + 10_000)).toBe(0);
    expect(changed.room(NOW_MS + 11_000)).toBe(2);
  });

  test('to none has never room, and is not waited for', () => {
    const none = new RateLimit({ requests: 1, perSeconds: 10 }).changed({ requests: 0, perSeconds: 10 });
    expect(none.room(NOW_MS)).toBe(0);
    expect(none.nextAtMs(NOW_MS)).toBe(NOW_MS);
  });
});

test('however it is used, no stretch of the window holds more than it allows, and it never waits without need', () => {
  const step = fc.record({ waitMs: fc.nat(3_000), wanted: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 100 }),
      (requests, perSeconds, steps) => {
        const limit = new RateLimit({ requests, perSeconds });
        const sent: number[] = [];
        let nowMs = NOW_MS;
        for (const { waitMs, wanted } of steps) {
          nowMs += waitMs;
          const inWindow = sent.filter((atMs) => atMs > nowMs - perSeconds * 1_000);
          expect(limit.room(nowMs)).toBe(requests - inWindow.length);
          const nextAtMs = limit.nextAtMs(nowMs);
          expect(limit.room(nextAtMs)).toBeGreaterThan(0);
          expect(nextAtMs).toBe(inWindow.length < requests ? nowMs : (inWindow[0] ?? 0) + perSeconds * 1_000);
          nowMs = nextAtMs;
          const count = Math.min(wanted, limit.room(nowMs));
          begin(limit, count, nowMs);
          for (let taken = 0; taken < count; taken += 1) sent.push(nowMs);
        }
      },
    ),
  );
});
