import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { Matcher } from '../../src/match/matcher.ts';
import { digits, endsWith, startsWith, TELEPHONY_OPERATIONS } from '../../src/match/telephony.ts';
import { cdrOf } from '../support/cdrs.ts';

describe('starts_with and ends_with', () => {
  test.each<[unknown, unknown, boolean, boolean]>([
    ['+4930123', '+49', true, false],
    ['+4930123', '123', false, true],
    ['+4930123', ['0049', '+49'], true, false],
    ['+4930123', ['99', '23'], false, true],
    [4930123, '49', true, false],
    [4930123, 123, false, true],
    ['49', '4949', false, false],
    ['49', '49', true, true],
    ['abc', [], false, false],
    ['abc', [null, {}, ['a']], false, false],
    [null, '', false, false],
    [undefined, 'a', false, false],
    [true, 't', false, false],
    [['49'], '49', false, false],
    [{ toString: 1 }, '4', false, false],
  ])('%j with %j', (value, affix, starts, ends) => {
    expect([startsWith(value, affix), endsWith(value, affix)]).toEqual([starts, ends]);
  });
});

test.each([
  ['+49 (30) 123-45', '4930123' + '45'],
  ['0049/30.12 ext 7', '004930127'],
  [4930, '4930'],
  ['', ''],
  ['٣', ''],
  [null, ''],
  [{ toString: 1 }, ''],
])('the digits of %j are %j', (value, expected) => {
  expect(digits(value)).toBe(expected);
});

test('no operator of ours ever throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(TELEPHONY_OPERATIONS)),
      fc.array(fc.anything()),
      (apply, args) => {
        apply(...args);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('webhooks that ask for prefixes, suffixes and digits are found', () => {
  const number = { var: 'from' };
  const matcher = new Matcher([
    { id: 'germany', conditions: [{ starts_with: [number, ['+49', '0049']] }] },
    { id: 'long-prefix', conditions: [{ starts_with: [number, '+4930'] }] },
    { id: 'extension', conditions: [{ ends_with: [number, '45'] }] },
    { id: 'exact', conditions: [{ '==': [{ digits: number }, '493012345'] }] },
  ]);
  const hits = (from: JsonValue): readonly string[] => matcher.match(cdrOf({ from })).hits;
  expect(hits('+49 30 123-45')).toEqual(['germany', 'extension', 'exact']);
  expect(hits('+4930')).toEqual(['germany', 'long-prefix']);
  expect(hits(493012345)).toEqual(['extension', 'exact']);
  expect(hits('')).toEqual([]);
});

describe('the check', () => {
  const problems = (condition: object): string[] =>
    checkConditions([condition], '/c')
      .filter(({ severity }) => severity === 'error')
      .map(({ pointer, message }) => `${pointer} ${message}`);

  test('takes texts, numbers, lists and fields for prefixes', () => {
    for (const affix of ['49', 49, ['49', 49], { var: 'prefix' }]) {
      expect(problems({ starts_with: [{ var: 'from' }, affix] })).toEqual([]);
    }
  });

  test.each([[true], [null], [[]], [['49', null]]])('refuses %j', (affix) => {
    expect(problems({ ends_with: [{ var: 'from' }, affix] })).toEqual([
      '/c/0/ends_with/1 must be a text or number, or a list of them',
    ]);
  });

  test('refuses an empty prefix, which every text has', () => {
    expect(problems({ starts_with: [{ var: 'from' }, ['49', '']] })[0]).toMatch(/every text/);
  });
});
