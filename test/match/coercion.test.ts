import jsonLogic, { type RulesLogic } from 'json-logic-js';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { CdrScope, holds } from '../../src/match/logic.ts';
import { cdrOf } from '../support/cdrs.ts';

const x = { var: 'x' };

/** The columns of the table: what is asked of x. */
const CONDITIONS: readonly (readonly [text: string, condition: JsonObject])[] = [
  ['x == 0', { '==': [x, 0] }],
  ['x == "0"', { '==': [x, '0'] }],
  ['x == ""', { '==': [x, ''] }],
  ['x == null', { '==': [x, null] }],
  ['x == false', { '==': [x, false] }],
  ['x == 16', { '==': [x, 16] }],
  ['x == "16"', { '==': [x, '16'] }],
  ['x === 16', { '===': [x, 16] }],
  ['x != 16', { '!=': [x, 16] }],
  ['x < 10', { '<': [x, 10] }],
  ['x >= 0', { '>=': [x, 0] }],
  ['x < "10"', { '<': [x, '10'] }],
  ['0 <= x <= 20', { '<=': [0, x, 20] }],
  ['x in [16, "16"]', { in: [x, [16, '16']] }],
  ['x in [null]', { in: [x, [null]] }],
  ['x in "x16y"', { in: [x, 'x16y'] }],
  ['"16" in x', { in: ['16', x] }],
  ['16 in x', { in: [16, x] }],
  ['!x', { '!': [x] }],
  ['missing x', { missing: ['x'] }],
];

/** The rows: a record, and for each condition whether json-logic-js 2.0.5 has it hold (matching.md §2.1). */
const TABLE: readonly (readonly [record: JsonObject, answers: string])[] = [
  [{ x: 0 }, 'TTTFTFFFTTTTTFFFFFTF'],
  [{ x: 1 }, 'FFFFFFFFTTTTTFFTFFFF'],
  [{ x: 16 }, 'FFFFFTTTFFTFTTFTFFFF'],
  [{ x: '' }, 'TFTFTFFFTTTTTFFTFFTT'],
  [{ x: '0' }, 'TTFFTFFFTTTTTFFFFFFF'],
  [{ x: '16' }, 'FFFFFTTFFFTFTTFTTTFF'],
  [{ x: '016' }, 'FFFFFTFFFFTTTFFFTTFF'],
  [{ x: ' 16 ' }, 'FFFFFTFFFFTTTFFFTTFF'],
  [{ x: '16.0' }, 'FFFFFTFFFFTFTFFFTTFF'],
  [{ x: 'abc' }, 'FFFFFFFFTFFFFFFFFFFF'],
  [{ x: true }, 'FFFFFFFFTTTTTFFFFFFF'],
  [{ x: false }, 'TTTFTFFFTTTTTFFFFFTF'],
  [{ x: null }, 'FFFTFFFFTTTTTFTFFFTT'],
  [{}, 'FFFTFFFFTTTTTFTFFFTT'],
  [{ x: [] }, 'TFTFTFFFTTTTTFFTFFTF'],
  [{ x: [16] }, 'FFFFFTTFFFTFTFFTFTFF'],
  [{ x: ['a'] }, 'FFFFFFFFTFFFFFFFFFFF'],
  [{ x: {} }, 'FFFFFFFFTFFFFFFFFFFF'],
];

describe.each(TABLE)('of the CDR %j', (record, answers) => {
  test.each(
    CONDITIONS.map(([text, condition], column) => [text, condition, answers[column] === 'T'] as const),
  )('%s is answered as json-logic-js does', (_text, condition, expected) => {
    expect(jsonLogic.truthy(jsonLogic.apply(condition as RulesLogic, record))).toBe(expected);
    expect(holds(condition, new CdrScope(cdrOf(record)))).toBe(expected);
  });
});

test('every condition of the table is one that a webhook may have', () => {
  const problems = checkConditions(
    CONDITIONS.map(([, condition]) => condition),
    '',
  );
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('what else surprises stays as json-logic-js has it', () => {
  test.each<[string, JsonObject, JsonObject, boolean]>([
    ['a number equals a text with another spelling', { '==': [x, 49301234] }, { x: '+49301234' }, true],
    ['a hexadecimal text is a number', { '==': [x, 16] }, { x: '0x10' }, true],
    ['two texts are compared letter by letter', { '<': [x, '10'] }, { x: '9' }, false],
    ['digits beyond 2^53 are lost', { '==': [x, 9007199254740993] }, { x: 9007199254740992 }, true],
    ['> passes over its third argument', { '>': [x, 5, 9] }, { x: 6 }, true],
    ['an empty text is in every text', { in: ['', x] }, { x: 'a' }, true],
    ['but not in an empty one', { in: ['', x] }, { x: '' }, false],
    ['all of nothing is false', { all: [x, true] }, { x: [] }, false],
    ['none of nothing is true', { none: [x, true] }, {}, true],
    ['some of nothing is false', { some: [x, true] }, {}, false],
    ['an empty list does not hold', { var: 'x' }, { x: [] }, false],
    ['"0" holds', { var: 'x' }, { x: '0' }, true],
    ['a list with 0 holds', { var: 'x' }, { x: [0] }, true],
    ['an empty object holds', { var: 'x' }, { x: {} }, true],
    ['two equal lists are not equal', { '==': [x, [16]] }, { x: [16] }, false],
    ['a list of one equals what is in it', { '==': [x, 'a'] }, { x: ['a'] }, true],
    ['an empty text is missing', { missing: ['x'] }, { x: '' }, true],
    ['an absent field is in the list of null', { in: [x, [null]] }, {}, true],
  ])('%s', (_what, condition, record, expected) => {
    expect(jsonLogic.truthy(jsonLogic.apply(condition as RulesLogic, record))).toBe(expected);
    expect(holds(condition, new CdrScope(cdrOf(record)))).toBe(expected);
  });
});
