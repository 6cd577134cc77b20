import { describe, expect, test } from 'vitest';
import { documentCheck, recordCheck, recordTest } from '../../src/check/schema.ts';

const SCHEMA = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1 },
    id: { description: 'Lower-case letters, 8 at most.', type: 'string', pattern: '^[a-z]{1,8}$' },
    code: { type: 'string', pattern: '^\\d+$' },
    method: { enum: ['POST', 'PUT'] },
    version: { const: 2 },
    size: { type: ['integer', 'string'] },
    inner: { type: 'object', additionalProperties: false, properties: { 'a/b': {}, c: { type: 'number' } } },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

const check = documentCheck(SCHEMA);

describe('what is wrong is told in words', () => {
  test.each([
    ['a member that is missing', {}, '', '"name" is missing'],
    ['a wrong type', { name: 7 }, '/name', 'must be string'],
    ['a type out of several', { name: 'n', size: null }, '/size', 'must be integer or string'],
    ['a value out of a list', { name: 'n', method: 'GET' }, '/method', 'must be one of ["POST","PUT"]'],
    ['a fixed value', { name: 'n', version: 1 }, '/version', 'must be 2'],
    ['a pattern that is not described', { name: 'n', code: 'x' }, '/code', 'must match ^\\d+$'],
    [
      'a pattern by its description',
      { name: 'n', id: 'UPPER' },
      '/id',
      'does not have the right form: Lower-case letters, 8 at most.',
    ],
    ['anything else in the words of AJV', { name: '' }, '/name', 'must NOT have fewer than 1 characters'],
  ])('%s', (_what, document, pointer, message) => {
    expect(check(document)).toEqual([{ severity: 'error', pointer, message }]);
  });

  test('an unknown member is pointed at and the known ones are named', () => {
    expect(check({ name: 'n', nmae: 1 })).toEqual([
      {
        severity: 'error',
        pointer: '/nmae',
        message: 'unknown member "nmae"; known here: name, id, code, method, version, size, inner, headers',
      },
    ]);
  });

  test('an unknown member deep inside is told with what is known there, its pointer escaped', () => {
    expect(check({ name: 'n', inner: { 'x/y~': 1 } })).toEqual([
      { severity: 'error', pointer: '/inner/x~1y~0', message: 'unknown member "x/y~"; known here: a/b, c' },
    ]);
  });

  test('a member named as users like is pointed at with escapes', () => {
    expect(check({ name: 'n', headers: { 'a/b': 1 } })[0]?.pointer).toBe('/headers/a~1b');
  });

  test('a condition of the schema is told by what follows from it, not by itself', () => {
    const conditional = documentCheck({
      type: 'object',
      properties: { a: { type: 'number' }, b: {} },
      if: { required: ['a'], properties: { a: {} } },
      then: { required: ['b'], properties: { b: {} } },
    });
    expect(conditional({ a: 1 }).map(({ message }) => message)).toEqual(['"b" is missing']);
  });
});

test('a document that satisfies its schema has no problems', () => {
  expect(check({ name: 'n', id: 'abc', method: 'PUT', inner: { c: 1 } })).toEqual([]);
});

test('a document is told all its problems, a record only the first', () => {
  const wrong = { method: 'GET', id: 'UPPER', nmae: 1 };
  expect(check(wrong)).toHaveLength(4);
  expect(recordCheck(SCHEMA)(wrong)).toHaveLength(1);
});

test('a member __proto__ is unknown like any other', () => {
  expect(check(JSON.parse('{"name":"n","__proto__":{}}'))[0]?.pointer).toBe('/__proto__');
});

test('schemas refer to each other by file name', () => {
  const list = documentCheck(
    { type: 'array', items: { $ref: 'item.schema.json' } },
    { 'item.schema.json': SCHEMA },
  );
  expect(list([{ name: 'n' }, { name: 1 }]).map(({ pointer }) => pointer)).toEqual(['/1/name']);
});

test('a test of records only says whether', () => {
  const isNamed = recordTest(SCHEMA);
  expect([isNamed({ name: 'n' }), isNamed({ name: 7 })]).toEqual([true, false]);
});

test.each([recordCheck, recordTest])(
  'a schema of records that is none is refused by %o at once',
  (checkOf) => {
    expect(() => checkOf({ type: 'objekt' })).toThrow(/type/);
  },
);

test('an unknown keyword is refused at once by a test, too', () => {
  expect(() => recordTest({ type: 'object', propertis: {} })).toThrow(/propertis/);
});

test.each([documentCheck, recordCheck])('an unknown keyword is refused when %o is first used', (checkOf) => {
  const check = checkOf({ type: 'object', propertis: {} });
  expect(() => check({})).toThrow(/propertis/);
});
