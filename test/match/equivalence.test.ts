import { expect, test } from 'vitest';
import { makeCdr } from '../../src/cdr/cdr.ts';
import { Matcher } from '../../src/match/matcher.ts';
import { compare, type Extent } from './differential.ts';

/** Few webhooks, so that most are alone where they stand; and many, so that buckets are split and split again. */
const EXTENTS: readonly Extent[] = [
  { seed: 1, rules: 12, steps: 1_200 },
  { seed: 2, rules: 60, steps: 450 },
  { seed: 3, rules: 150, steps: 180 },
  { seed: 4, rules: 700, steps: 60 },
];

test('the index gives what json-logic-js gives, in more than a million comparisons through edits', () => {
  const results = EXTENTS.map((extent) => compare({ Matcher, makeCdr }, extent));
  expect(results.flatMap(({ examples }) => examples)).toEqual([]);
  const total = (count: 'comparisons' | 'matches' | 'differences'): number =>
    results.reduce((sum, result) => sum + result[count], 0);
  expect(total('differences')).toBe(0);
  expect(total('comparisons')).toBeGreaterThan(1_000_000);
  // Rules that never matched, or always, would compare little.
  expect(total('matches') / total('comparisons')).toBeGreaterThan(0.05);
  expect(total('matches') / total('comparisons')).toBeLessThan(0.5);
}, 60_000);
