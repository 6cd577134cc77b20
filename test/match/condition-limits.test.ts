import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONDITION_LIMITS } from '../../src/match/condition-limits.ts';
import { checkConditions } from '../../src/match/conditions.ts';

const x = { var: 'x' };

function errorsOf(condition: unknown): string[] {
  return checkConditions([condition], '')
    .filter(({ severity }) => severity === 'error')
    .map(({ pointer, message }) => `${pointer} ${message}`);
}

/** `times` operators in one another. */
function nested(times: number, operator = '!'): unknown {
  let condition: unknown = true;
  for (let depth = 0; depth < times; depth += 1) condition = { [operator]: [condition] };
  return condition;
}

function items(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

describe('within the limits is', () => {
  test('what is nested as deep as they allow', () => {
    expect(errorsOf(nested(CONDITION_LIMITS.depth))).toEqual([]);
  });

  test('a list as long as they allow', () => {
    expect(errorsOf({ in: [x, items(CONDITION_LIMITS.items)] })).toEqual([]);
  });

  test('a path as long as they allow', () => {
    expect(errorsOf({ var: 'p'.repeat(CONDITION_LIMITS.pathCharacters) })).toEqual([]);
  });

  test('a condition as long as they allow', () => {
    const empty = JSON.stringify({ cat: [''] }).length;
    expect(errorsOf({ cat: ['t'.repeat(CONDITION_LIMITS.characters - empty)] })).toEqual([]);
  });

  test('as many conditions as they allow', () => {
    const list = Array.from({ length: CONDITION_LIMITS.conditions }, () => ({ '!!': [x] }));
    expect(checkConditions(list, '')).toEqual([]);
  });
});

describe('refused is', () => {
  test('what is nested deeper, at the place where it becomes so', () => {
    const [error = '', ...others] = errorsOf(nested(CONDITION_LIMITS.depth + 1));
    expect(error).toMatch(/^(?:\/!\/0|\/0){30,}\S* nested more than 32 deep$/);
    expect(others).toEqual([]);
  });

  test.each([
    ['operators', (depth: number) => `${'{"!":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['lists', (depth: number) => `{"!":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['defaults', (depth: number) => `${'{"var":["x",'.repeat(depth)}1${']}'.repeat(depth)}`],
  ])('what is nested without end, in %s, and nothing is thrown', (_what, text) => {
    expect(errorsOf(JSON.parse(text(50_000)))).toEqual([expect.stringContaining('nested more than 32 deep')]);
  });

  test('a longer list, at its place', () => {
    expect(errorsOf({ in: [x, items(1_001)] })).toEqual(['/0/in/1 a list of more than 1000 items']);
  });

  test('a longer list in the default of a field', () => {
    expect(errorsOf({ in: [1, { var: ['x', items(1_001)] }] })).toHaveLength(1);
  });

  test('an operator with more arguments', () => {
    expect(errorsOf({ or: items(1_001) })).toEqual(['/0/or a list of more than 1000 items']);
  });

  test.each<[string, unknown]>([
    ['missing', { missing: items(1_001) }],
    ['missing_some', { missing_some: [1, items(1_001)] }],
  ])('a longer list of names for %s', (_what, condition) => {
    expect(errorsOf(condition)).toHaveLength(1);
  });

  test('a longer path', () => {
    expect(errorsOf({ '!!': [{ var: 'p'.repeat(257) }] })).toEqual([
      '/0/!!/0/var a field name of more than 256 characters',
    ]);
  });

  test('a longer condition', () => {
    expect(errorsOf({ cat: ['t'.repeat(CONDITION_LIMITS.characters)] })).toEqual([
      '/0 longer than 32768 characters',
    ]);
  });

  test('more conditions, told once', () => {
    const list = Array.from({ length: 101 }, () => ({ '!!': [x] }));
    expect(checkConditions(list, '/conditions')).toEqual([
      { severity: 'error', pointer: '/conditions', message: 'more than 100 conditions' },
    ]);
  });
});

describe('going through lists in one another', () => {
  const some = (list: unknown, test: unknown): unknown => ({ some: [list, test] });
  const legs = { var: 'legs' };

  test('is allowed as deep as the limits say, and refused deeper', () => {
    expect(errorsOf(some(legs, some(legs, x)))).toEqual([]);
    expect(errorsOf(some(legs, some(legs, some(legs, x))))).toHaveLength(1);
  });

  test('does not count what is gone through one after another', () => {
    const list = { filter: [legs, x] };
    expect(errorsOf({ and: [some(legs, x), { map: [{ filter: [list, x] }, x] }] })).toEqual([]);
  });

  test.each<[string, (list: number[]) => unknown]>([
    ['written out', (list) => list],
    ['in an if', (list) => ({ if: [true, list] })],
    ['in an or', (list) => ({ or: [false, list] })],
    ['in a filter', (list) => ({ filter: [list, true] })],
    ['the default of a field', (list) => ({ var: ['absent', list] })],
  ])('is refused when the lengths of lists multiply to a million evaluations: %s', (_what, written) => {
    const short = written(items(10));
    expect(errorsOf(some(short, some(short, x)))).toEqual([]);
    const long = written(items(1_000));
    expect(errorsOf(some(long, some(long, x)))).toHaveLength(1);
  });
});

test('lists inside the test of elements count too: they are gone through once for every element', () => {
  const inLongLists = { or: Array.from({ length: 15 }, () => ({ in: [x, items(500)] })) };
  const hundred = items(100);
  expect(errorsOf({ some: [{ var: 'legs' }, inLongLists] })).toEqual([]);
  expect(errorsOf({ some: [hundred, { some: [hundred, inLongLists] }] })).not.toEqual([]);
});

test('whatever is given as conditions, the check gives problems and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 6 }), { maxLength: 4 }), (list) => {
      for (const { pointer, message } of checkConditions(list, '/c')) {
        expect(pointer).toMatch(/^\/c/);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 1_000 },
  );
});

describe('names that JavaScript gives every object', () => {
  test.each(['constructor', '__proto__', 'legs.0.toString', 'a.hasOwnProperty.b', 'prototype', 'a\\valueOf'])(
    'are no fields: %s',
    (path) => {
      const [problem] = checkConditions([{ '!!': [{ var: path }] }], '/c');
      expect(problem).toMatchObject({ severity: 'error', pointer: '/c/0/!!/0/var' });
      expect(problem?.message).toMatch(/JavaScript gives every object/);
    },
  );

  test('may be part of a name', () => {
    expect(checkConditions([{ '!!': [{ var: 'constructors.toString2' }] }], '/c')).toEqual([]);
  });
});
