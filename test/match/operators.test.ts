import { describe, expect, test } from 'vitest';
import jsonLogic, { type RulesLogic } from 'json-logic-js';
import {
  argumentsOf,
  arityOf,
  ELEMENT_OPERATORS,
  expressionOf,
  OPERATORS,
} from '../../src/match/operators.ts';
import { TELEPHONY_OPERATIONS } from '../../src/match/telephony.ts';

test('every operator is one of json-logic-js or ours, and none of those that print or multiply data', () => {
  const ours = Object.keys(TELEPHONY_OPERATIONS);
  for (const operator of Object.keys(OPERATORS).filter((name) => !ours.includes(name))) {
    const count = arityOf(operator)?.min ?? 0;
    const rule = { [operator]: Array.from({ length: count }, () => []) } as unknown as RulesLogic;
    expect(() => void jsonLogic.apply(rule, {})).not.toThrow(/Unrecognized operation/);
  }
  expect(
    Object.keys(OPERATORS).filter((name) => ['log', 'reduce', 'merge', 'method'].includes(name)),
  ).toEqual([]);
});

test('operators about elements are operators', () => {
  expect(Object.keys(OPERATORS)).toEqual(expect.arrayContaining([...ELEMENT_OPERATORS]));
});

test('names that JavaScript gives every object are no operators', () => {
  expect(['constructor', 'toString', '__proto__', ''].map((name) => arityOf(name))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a single argument may stand without its brackets', () => {
  expect(argumentsOf('x')).toEqual(['x']);
  expect(argumentsOf(['x', 1])).toEqual(['x', 1]);
  expect(argumentsOf(null)).toEqual([null]);
});

describe('an expression', () => {
  test('is an object with one member', () => {
    expect(expressionOf({ '!': 'x' })).toEqual({ operator: '!', args: ['x'] });
  });

  test.each([[{}], [{ a: 1, b: 2 }], [[]], [['!']], [null], ['!'], [1], [undefined]])(
    'is not %j',
    (value) => {
      expect(expressionOf(value)).toBeUndefined();
    },
  );
});
