import { expect, test } from 'vitest';
import { cdrIdBoundary, newCdrId } from '../../src/store/identity.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const HOUR_MS = 3_600_000;

test.each([
  ['set back', []],
  ['set back after what is no time', [Number.NaN]],
])('an id holds its time, also when the clock was %s', (_what, between) => {
  for (const timeMs of [NOON, ...between]) newCdrId(timeMs);
  const id = newCdrId(NOON - HOUR_MS);
  expect(id > cdrIdBoundary(NOON - HOUR_MS)).toBe(true);
  expect(id < cdrIdBoundary(NOON - HOUR_MS + 1)).toBe(true);
});
