import { expect, test } from 'vitest';
import { steadyClock } from '../../src/relay/steady-clock.ts';

/** A steady clock with what it is made of, and how much it has gone on in all. */
function bench() {
  const clocks = { wallMs: 1_000_000_000, monotonicMs: 5 };
  const clock = steadyClock(
    () => clocks.wallMs,
    () => clocks.monotonicMs,
  );
  const beganMs = clock();
  const pass = (wallMs: number, monotonicMs: number): number => {
    clocks.wallMs += wallMs;
    clocks.monotonicMs += monotonicMs;
    return clock() - beganMs;
  };
  return pass;
}

test('a steady clock goes on as the wall clock does', () => {
  const pass = bench();
  expect(pass(1_000, 1_000)).toBe(1_000);
  // They are rounded and drift, which adds up to nothing.
  for (let count = 0; count < 1_000; count += 1) pass(1, 0.4);
  for (let count = 0; count < 1_000; count += 1) pass(0, 0.6);
  expect(pass(0, 0)).toBe(2_000);
});

test('a steady clock goes on when the wall clock is set back, however often', () => {
  const pass = bench();
  expect(pass(-3_600_000, 500)).toBe(500);
  expect(pass(1_000, 1_000)).toBe(1_500);
  expect(pass(-7_200_000, 500)).toBe(2_000);
});

test('a steady clock knows how long the machine was suspended', () => {
  const pass = bench();
  expect(pass(3_600_000, 0)).toBe(3_600_000);
});
