import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/check/problem.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { OPERATORS } from '../../src/match/operators.ts';

const x = { var: 'x' };

function errorsOf(...conditions: readonly unknown[]): Problem[] {
  return checkConditions(conditions, '/conditions').filter(({ severity }) => severity === 'error');
}

/** `place message` of each error of one condition. */
function told(condition: unknown): string[] {
  return errorsOf(condition).map(({ pointer, message }) => `${pointer} ${message}`);
}

/** A condition as only JSON text can write it. */
function parsed(text: string): unknown {
  return JSON.parse(text);
}

describe('a condition may be', () => {
  test.each<[string, unknown]>([
    ['a comparison', { '==': [x, 'missed'] }],
    ['a field alone', x],
    ['one argument without its brackets', { '!': x }],
    ['several, in one another', { and: [{ or: [x, { '!!': [x] }] }, { in: [x, ['a', null, true]] }] }],
    ['about elements', { some: [{ var: 'legs' }, { '==': [{ var: 'n' }, 1] }] }],
    ['about fields that are missing', { missing_some: [1, ['a', 'b']] }],
    ['a field with a default', { '<': [{ var: ['x', 99] }, 10] }],
  ])('%s', (_what, condition) => {
    expect(errorsOf(condition)).toEqual([]);
  });
});

describe('a condition may not be', () => {
  test.each<[string, unknown]>([
    ['a text', 'oops'],
    ['a number', 1],
    ['true', true],
    ['null', null],
    ['a list', [{ '==': [x, 1] }]],
    ['an empty object, which would hold for every CDR', {}],
    ['two operators, which would hold for every CDR', { '==': [x, 1], '!': [x] }],
  ])('%s', (_what, condition) => {
    expect(told(condition)).toEqual([
      expect.stringMatching(/^\/conditions\/0 a condition is an object with exactly one operator/),
    ]);
  });
});

test('each error tells which condition it is in', () => {
  const errors = errorsOf({ '==': [x, 1] }, 'oops', { '!': [{}] });
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/conditions/1', '/conditions/2/!/0']);
});

describe('an object inside a condition', () => {
  test.each<[string, unknown, number]>([
    ['without an operator', { '==': [x, {}] }, 0],
    ['with two operators', { '==': [x, { '+': [1], '-': [1] }] }, 2],
  ])('%s is refused', (_what, condition, count) => {
    expect(told(condition)).toEqual([
      `/conditions/0/==/1 an object must have exactly one operator, this one has ${count}`,
    ]);
  });

  test('is looked for in the default of a field', () => {
    expect(told({ '!!': [{ var: ['x', { '+': [1], '-': [1] }] }] })).not.toEqual([]);
  });
});

describe('an operator that is not known', () => {
  test('is told with those that are', () => {
    expect(told({ '=': [x, 1] })).toEqual([
      `/conditions/0 unknown operator "="; known are ${Object.keys(OPERATORS).join(' ')}`,
    ]);
  });

  test.each([
    '{"log":"x"}',
    '{"reduce":[{"var":"x"},{"var":"current"},0]}',
    '{"merge":[[1],[2]]}',
    '{"method":[{"var":"x"},"toString"]}',
    '{"constructor":[1]}',
    '{"toString":[]}',
    '{"__proto__":[1]}',
    '{"cat.call":[1]}',
    '{"":[1]}',
  ])('is refused: %s', (text) => {
    expect(told(parsed(text))[0]).toMatch(/^\/conditions\/0 unknown operator /);
  });

  test.each<[string, unknown, string]>([
    ['an argument', { '!': [{ log: 'x' }] }, '/conditions/0/!/0'],
    ['an argument without brackets', { '!': { log: 'x' } }, '/conditions/0/!'],
    ['a literal list', { in: [x, ['a', { log: 'x' }]] }, '/conditions/0/in/1/1'],
    ['the test of elements', { some: [x, { '!': [{ log: 'x' }] }] }, '/conditions/0/some/1/!/0'],
    ['the elements', { all: [{ log: 'x' }, x] }, '/conditions/0/all/0'],
    ['the default of a field', { '!!': [{ var: ['x', { log: 'y' }] }] }, '/conditions/0/!!/0/var/1'],
  ])('is found in %s', (_where, condition, pointer) => {
    expect(errorsOf(condition).map((problem) => problem.pointer)).toEqual([pointer]);
  });
});

describe('a number of arguments that an operator does not take', () => {
  test.each<[unknown, string]>([
    [{ '==': [x] }, '/conditions/0/== "==" takes 2 arguments, not 1'],
    [{ '==': [x, 1, 2] }, '/conditions/0/== "==" takes 2 arguments, not 3'],
    [{ '>': [1, x, 9] }, '/conditions/0/> ">" takes 2 arguments, not 3'],
    [{ '<': [1, x, 9, 10] }, '/conditions/0/< "<" takes 2 to 3 arguments, not 4'],
    [{ and: [] }, '/conditions/0/and "and" takes 1 or more arguments, not 0'],
    [{ '!!': [0, 1] }, '/conditions/0/!! "!!" takes 1 arguments, not 2'],
    [{ var: [] }, '/conditions/0/var "var" takes 1 to 2 arguments, not 0'],
    [{ in: 'x' }, '/conditions/0/in "in" takes 2 arguments, not 1'],
  ])('%j', (condition, message) => {
    expect(told(condition)).toEqual([message]);
  });
});

describe('the name of a field', () => {
  test.each<[string, unknown, string]>([
    ['computed', { '!!': [{ var: { cat: ['a', 'b'] } }] }, '/conditions/0/!!/0/var'],
    ['computed, in a list', { '!!': [{ var: [{ var: 'y' }] }] }, '/conditions/0/!!/0/var'],
    ['null', { '!!': [{ var: null }] }, '/conditions/0/!!/0/var'],
    ['a list', { '!!': [{ var: [['a']] }] }, '/conditions/0/!!/0/var'],
    ['true', { '!!': [{ var: true }] }, '/conditions/0/!!/0/var'],
    ['computed, for missing', { missing: [{ var: 'y' }] }, '/conditions/0/missing'],
    ['computed, for missing_some', { missing_some: [1, [{ var: 'y' }]] }, '/conditions/0/missing_some/1'],
  ])('may not be %s', (_what, condition, pointer) => {
    expect(errorsOf(condition)).toEqual([
      { severity: 'error', pointer, message: 'a field is named by a text that is written out' },
    ]);
  });

  test.each(['', 'a b', 'trunk-name', 'legs.0.n', '@odata.id', 'a\\.b', '\\$x', 'a.$x', 'length'])(
    'may be %j',
    (path) => {
      expect(errorsOf({ var: path })).toEqual([]);
    },
  );

  test('may be a number', () => {
    expect(errorsOf({ var: 0 }, { missing: [1, 'a'] })).toEqual([]);
  });

  test('may be one of our own and no other with a dollar sign', () => {
    expect(errorsOf({ var: '$source' }, { missing: ['$vendor', '$receivedAt'] })).toEqual([]);
    expect(told({ '!!': [{ var: '$sauce' }] })).toEqual([
      '/conditions/0/!!/0/var there is no "$sauce"; a sender\'s own name that begins with $ is written "\\\\$sauce"',
    ]);
    expect(errorsOf({ missing: ['x', '$sauce'] }, { missing_some: [1, ['$sauce']] })).toHaveLength(2);
  });

  test("may have any dollar sign inside an element, where all names are the sender's", () => {
    expect(errorsOf({ some: [{ var: 'legs' }, { var: '$own' }] })).toEqual([]);
    expect(errorsOf({ some: [{ var: '$own' }, true] })).toHaveLength(1);
  });
});

describe('missing_some', () => {
  test('wants a number that is written out', () => {
    expect(told({ missing_some: [{ var: 'n' }, ['a']] })).toEqual([
      '/conditions/0/missing_some/0 must be a number: how many fields there have to be',
    ]);
  });

  test('wants a list of names', () => {
    expect(told({ missing_some: [1, 'a'] })).toEqual([
      '/conditions/0/missing_some/1 must be a list of field names',
    ]);
  });
});

test('no conditions at all are told of, because every CDR matches', () => {
  expect(checkConditions([], '/webhooks/0/conditions')).toEqual([
    {
      severity: 'warning',
      pointer: '/webhooks/0/conditions',
      message: 'there are no conditions, so every CDR matches',
    },
  ]);
});
