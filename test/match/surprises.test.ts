import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import type { Problem } from '../../src/check/problem.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { CdrScope, holds } from '../../src/match/logic.ts';
import { cdrOf } from '../support/cdrs.ts';

const x = { var: 'x' };

function warningsOf(condition: JsonObject): Problem[] {
  const problems = checkConditions([condition], '');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return problems;
}

describe('a warning is given', () => {
  test.each<[string, JsonObject, RegExp]>([
    ['== null', { '==': [x, null] }, /null is equal to an absent x, but not to an empty text/],
    ['!= null', { '!=': [x, null] }, /null is equal to an absent x/],
    ['== ""', { '==': [x, ''] }, /an empty text is equal to 0, false .* not to an absent x/],
    ['== 0', { '==': [x, 0] }, /0 is equal to an empty text and to false too; use "==="/],
    ['== 16', { '==': [x, 16] }, /a number is compared with a text by its value: "016"/],
    ['!= 16', { '!=': [x, 16] }, /"016"/],
    ['16 ==', { '==': [16, x] }, /"016"/],
    ['== "016"', { '==': [x, '016'] }, /compared by value: 16 is equal to "016" too/],
    ['== "+4930"', { '==': [x, '+4930'] }, /4930 is equal to "\+4930" too/],
    ['< 10', { '<': [x, 10] }, /an absent x counts as 0/],
    ['10 >', { '>': [10, x] }, /an absent x counts as 0/],
    ['>= 0', { '>=': [x, 0] }, /an absent x counts as 0/],
    ['<= 0', { '<=': [x, 0] }, /an absent x counts as 0/],
    ['> -1', { '>': [x, -1] }, /an absent x counts as 0/],
    ['between 0 and 20', { '<=': [0, x, 20] }, /an absent x counts as 0/],
    ['strictly between -1 and 1', { '<': [-1, x, 1] }, /an absent x counts as 0/],
    [
      'in a list with a number',
      { in: [x, ['a', 16]] },
      /strictly: the number 16 is not found if x is a text/,
    ],
  ])('for %s', (_what, condition, message) => {
    const [operator = ''] = Object.keys(condition);
    expect(warningsOf(condition)).toEqual([
      { severity: 'warning', pointer: `/0/${operator}`, message: expect.stringMatching(message) as string },
    ]);
  });
});

describe('no warning is given', () => {
  test.each<[string, JsonObject]>([
    ['=== null', { '===': [x, null] }],
    ['=== ""', { '===': [x, ''] }],
    ['=== 0', { '===': [x, 0] }],
    ['!== 16', { '!==': [x, 16] }],
    ['== "missed"', { '==': [x, 'missed'] }],
    ['== "16", a number as it is spelt', { '==': [x, '16'] }],
    ['== " ", which is no number', { '==': [x, ' '] }],
    ['== another field', { '==': [x, { var: 'y' }] }],
    ['== of two literals', { '==': [16, 16] }],
    ['== 16 with a default', { '==': [{ var: ['x', ''] }, 16] }],
    ['> 10, which no absent field is', { '>': [x, 10] }],
    ['> 0', { '>': [x, 0] }],
    ['< 0', { '<': [x, 0] }],
    ['10 <', { '<': [10, x] }],
    ['between 1 and 20', { '<=': [1, x, 20] }],
    ['strictly between 0 and 20', { '<': [0, x, 20] }],
    ['< "abc", which 0 is not', { '<': [x, 'abc'] }],
    ['< another field', { '<': [x, { var: 'y' }] }],
    ['< 10 with a default', { '<': [{ var: ['x', 99] }, 10] }],
    ['in a list of texts', { in: [x, ['16', 'a']] }],
    ['a number in a field', { in: [16, x] }],
    ['in a text', { in: [x, '16'] }],
    ['a field alone', x],
    ['missing', { missing: ['x'] }],
  ])('for %s', (_what, condition) => {
    expect(warningsOf(condition)).toEqual([]);
  });
});

describe('a warning names the place', () => {
  test('inside other operators', () => {
    const condition = { and: [{ '!': [{ '==': [x, 0] }] }, { or: [{ '<': [x, 10] }, x] }] };
    expect(warningsOf(condition).map(({ pointer }) => pointer)).toEqual([
      '/0/and/0/!/0/==',
      '/0/and/1/or/0/<',
    ]);
  });

  test('inside elements', () => {
    const condition = { some: [{ var: 'legs' }, { '==': [{ var: 'n' }, 1] }] };
    expect(warningsOf(condition).map(({ pointer }) => pointer)).toEqual(['/0/some/1/==']);
  });

  test('of a second condition', () => {
    const problems = checkConditions([{ '===': [x, 1] }, { '==': [x, 1] }], '/webhooks/4/conditions');
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/webhooks/4/conditions/1/==']);
  });
});

test('a condition with an error is told the error alone', () => {
  const problems = checkConditions([{ and: [{ '==': [x, 0] }, { log: 1 }] }], '');
  expect(problems.map(({ severity }) => severity)).toEqual(['error']);
});

describe('what a warning says is true', () => {
  test.each([16, 1.5, 1e21, -5])('the spellings it quotes are equal to %d', (value) => {
    const condition = { '==': [x, value] };
    const [warning] = warningsOf(condition);
    const spellings = [...(warning?.message ?? '').matchAll(/"([^"]*\d[^"]*)"/g)].map(
      ([, text = '']) => text,
    );
    expect(spellings.length).toBeGreaterThan(0);
    for (const text of spellings) expect(holds(condition, new CdrScope(cdrOf({ x: text })))).toBe(true);
  });

  test('the guard it advises keeps out a CDR without the field, and none with 0', () => {
    const [warning] = warningsOf({ '<': [x, 10] });
    const guard = JSON.parse(/(\{.*\})/.exec(warning?.message ?? '')?.[1] ?? '') as JsonObject;
    expect(holds(guard, new CdrScope(cdrOf({})))).toBe(false);
    expect(holds(guard, new CdrScope(cdrOf({ x: 5 })))).toBe(true);
    expect(holds(guard, new CdrScope(cdrOf({ x: 0 })))).toBe(true);
  });
});
