import { createRequire } from 'node:module';
import jsonLogic, { type RulesLogic } from 'json-logic-js';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { CdrScope, holds } from '../../src/match/logic.ts';
import { cdrOf, cdrOfText, RECEIVED_AT } from '../support/cdrs.ts';

function holdsOn(record: JsonObject, condition: JsonObject): boolean {
  return holds(condition, new CdrScope(cdrOf(record)));
}

function holdsOnText(raw: string, condition: JsonObject): boolean {
  return holds(condition, new CdrScope(cdrOfText(raw)));
}

/** A condition that holds when `path` names `value`. */
function names(path: string | number, value: string | number | boolean | null): JsonObject {
  return { '===': [{ var: path }, value] };
}

describe('var', () => {
  const record = { legs: [{ 'trunk-name': 'A', no: 1 }], '@odata.id': 'o', 'a.b': 1, a: { c: null }, $x: 2 };

  test('names fields by their flattened path', () => {
    expect(holdsOn(record, names('legs.0.trunk-name', 'A'))).toBe(true);
    expect(holdsOn(record, names('a\\.b', 1))).toBe(true);
    expect(holdsOn(record, names('\\$x', 2))).toBe(true);
  });

  test('names a key with dots without escapes', () => {
    expect(holdsOn(record, names('@odata.id', 'o'))).toBe(true);
  });

  test('names source, vendor and time of the CDR', () => {
    const scope = new CdrScope(cdrOf({}, 'branch-7', 'vodia'));
    expect(holds(names('$source', 'branch-7'), scope)).toBe(true);
    expect(holds(names('$vendor', 'vodia'), scope)).toBe(true);
    expect(holds(names('$receivedAt', RECEIVED_AT), scope)).toBe(true);
  });

  test('may be a number, which names a key', () => {
    expect(holdsOn({ 7: 'seven' }, names(7, 'seven'))).toBe(true);
  });

  test('gives its default for what is absent, not for null', () => {
    expect(holdsOn(record, { '==': [{ var: ['a.x', 'default'] }, 'default'] })).toBe(true);
    expect(holdsOn(record, { '==': [{ var: ['a.c', 'default'] }, 'default'] })).toBe(false);
  });

  test('may have an expression as its default', () => {
    expect(holdsOn(record, { '==': [{ var: ['x', { var: 'legs.0.no' }] }, 1] })).toBe(true);
  });

  test('gives null for what is absent', () => {
    expect(holdsOn(record, names('a.x', null))).toBe(true);
  });

  test('names the whole record when it is empty', () => {
    expect(holdsOn({ only: 1 }, { '==': [{ var: '' }, '[object Object]'] })).toBe(true);
  });
});

describe('inside some, all and none', () => {
  const record = {
    legs: [
      { 'a.b': 1, party: '214' },
      { party: '215', $n: 3 },
    ],
    numbers: [16, 17],
    party: 'top',
  };

  test('var names a field of the element', () => {
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '==': [{ var: 'party' }, '215'] }] })).toBe(true);
    expect(holdsOn(record, { all: [{ var: 'legs' }, { in: ['21', { var: 'party' }] }] })).toBe(true);
    expect(holdsOn(record, { none: [{ var: 'legs' }, { '==': [{ var: 'party' }, 'top'] }] })).toBe(true);
  });

  test('the element itself is the empty path', () => {
    expect(holdsOn(record, { some: [{ var: 'numbers' }, { '===': [{ var: '' }, 17] }] })).toBe(true);
  });

  test('keys with dots are named as in the record', () => {
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '===': [{ var: 'a.b' }, 1] }] })).toBe(true);
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '===': [{ var: 'a\\.b' }, 1] }] })).toBe(true);
  });

  test('our own names mean nothing, so a key of the element may have one', () => {
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '===': [{ var: '$n' }, 3] }] })).toBe(true);
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '!!': [{ var: '$source' }] }] })).toBe(false);
  });

  test('what JavaScript gives every element is not found', () => {
    expect(holdsOn(record, { some: [{ var: 'legs' }, { '!!': [{ var: 'constructor' }] }] })).toBe(false);
    expect(holdsOn(record, { some: [{ var: 'numbers' }, { '!!': [{ var: 'toFixed' }] }] })).toBe(false);
  });
});

describe('what JavaScript gives every object', () => {
  const names = ['constructor', '__proto__', 'toString', 'legs.map', 'legs.constructor.name', 'text.trim'];

  test.each(names)('%s is absent', (name) => {
    const record = { legs: [], text: 'x' };
    expect(holdsOn(record, { '!!': [{ var: name }] })).toBe(false);
    expect(holdsOn(record, { missing: [name] })).toBe(true);
  });

  test('is found where the sender sent it', () => {
    expect(holdsOnText('{"__proto__":{"x":1}}', { '===': [{ var: '__proto__.x' }, 1] })).toBe(true);
    expect(holdsOnText('{"constructor":"ACME"}', { '===': [{ var: 'constructor' }, 'ACME'] })).toBe(true);
  });
});

describe('missing', () => {
  test('looks for fields as var does', () => {
    const record = { 'a.b': 1, legs: [{ n: 1 }], empty: '' };
    expect(holdsOn(record, { missing: ['a.b', 'a\\.b', 'legs.0.n', 'legs', '$source'] })).toBe(false);
    expect(holdsOn(record, { '===': [{ cat: { missing: ['a.b', 'empty', 'x'] } }, 'empty,x'] })).toBe(true);
  });

  test('is content with some of several', () => {
    const record = { a: 1, b: 2 };
    expect(holdsOn(record, { missing_some: [2, ['a', 'b', 'c']] })).toBe(false);
    expect(holdsOn(record, { missing_some: [3, ['a', 'b', 'c']] })).toBe(true);
  });
});

describe('data that json-logic-js cannot compare', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['an object with its own toString', { x: { toString: 1 } }, { '==': [{ var: 'x' }, 16] }],
    ['an object with its own indexOf', { x: { indexOf: 1 } }, { in: ['a', { var: 'x' }] }],
  ])('%s throws', (_what, record, condition) => {
    expect(() => holdsOn(record, condition)).toThrow(TypeError);
  });
});

describe('the json-logic-js that others get', () => {
  const shared = createRequire(import.meta.url)('json-logic-js') as typeof jsonLogic;

  test('has its own var, which splits at every dot and walks prototypes', () => {
    expect(shared).toBe(jsonLogic);
    expect(jsonLogic.apply({ var: 'a.b' }, { 'a.b': 1 })).toBeNull();
    expect(jsonLogic.apply({ var: 'a.b' }, { a: { b: 2 } })).toBe(2);
    expect(jsonLogic.apply({ var: 'constructor' }, {})).toBe(Object);
  });

  test('cannot change what a condition means here', () => {
    jsonLogic.add_operation('===', () => true);
    try {
      expect(jsonLogic.apply({ '===': [1, 2] } as RulesLogic, {})).toBe(true);
      expect(holdsOn({}, { '===': [1, 2] })).toBe(false);
    } finally {
      jsonLogic.add_operation('===', (a: unknown, b: unknown) => a === b);
    }
  });
});

test('json-logic-js has no operator that calls methods, as old versions had', () => {
  expect(() => holdsOn({}, { method: [{ var: 'x' }, 'toString'] })).toThrow(/Unrecognized operation/);
});
