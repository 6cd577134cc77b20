import { describe, expect, test } from 'vitest';
import { fieldOf, isOwnName, makeCdr } from '../../src/cdr/cdr.ts';
import { flatten, FLATTEN_LIMITS } from '../../src/cdr/flatten.ts';
import type { JsonObject, JsonValue } from '../../src/check/json-text.ts';
import { cdrOf, cdrOfText, RECEIVED_AT } from '../support/cdrs.ts';

function find(record: JsonObject, path: string): JsonValue | undefined {
  return fieldOf(cdrOf(record), path);
}

test('a CDR keeps the text it came as and the time to the millisecond', () => {
  const raw = '{ "id": 7205759403792793601 }';
  const decoded = { raw, record: JSON.parse(raw) as JsonObject };
  const cdr = makeCdr(decoded, 'pbx', 'vodia', new Date(RECEIVED_AT));
  expect(cdr).toMatchObject({ raw, source: 'pbx', vendor: 'vodia', receivedAt: RECEIVED_AT });
  expect([...cdr.fields.keys()]).toEqual(['id']);
});

describe('a path finds', () => {
  const record = {
    legs: [{ 'trunk-name': 'A', n: 1 }, { n: null }],
    'call.id': 'flat',
    call: { id: 'nested' },
    '@odata.id': { x: 7 },
    'a.b': { 'c.d': 8 },
    back: { 'sl\\ash': { y: 9 } },
  };

  test('a leaf by its flattened path', () => {
    expect(find(record, 'legs.0.trunk-name')).toBe('A');
    expect(find(record, 'call\\.id')).toBe('flat');
  });

  test('a leaf before anything else that could be read from the path', () => {
    expect(find(record, 'call.id')).toBe('nested');
  });

  test('a null, which is not absence', () => {
    expect(find(record, 'legs.1.n')).toBeNull();
  });

  test('arrays and objects on the way to leaves', () => {
    expect(find(record, 'legs')).toBe(record.legs);
    expect(find(record, 'legs.0')).toBe(record.legs[0]);
    expect(find(record, 'call')).toBe(record.call);
  });

  test('a key with dots without escapes, at the top and further down', () => {
    expect(find(record, '@odata.id.x')).toBe(7);
    expect(find(record, '@odata.id')).toBe(record['@odata.id']);
    expect(find(record, 'a.b.c.d')).toBe(8);
  });

  test('the same by its escapes', () => {
    expect(find(record, '@odata\\.id')).toBe(record['@odata.id']);
    expect(find(record, 'a\\.b.c\\.d')).toBe(8);
    expect(find(record, 'back.sl\\\\ash')).toBe(record.back['sl\\ash']);
  });

  test('by the longer of two keys that both fit', () => {
    const twice = { 'x.y': { z: [1] }, x: { 'y.z': [2], y: { z: [3] } } };
    expect(find(twice, 'x.y.z')).toBe(twice['x.y'].z);
    expect(find({ 'x.y': { other: 1 }, x: twice.x }, 'x.y.z')).toBe(twice.x['y.z']);
  });

  test('by escapes alone once there is one', () => {
    expect(find({ 'x.y': { 'a.b': 1 } }, 'x.y.a\\.b')).toBeUndefined();
    expect(find({ 'x.y': { 'a.b': 1 } }, 'x\\.y.a\\.b')).toBe(1);
  });

  test('the length of a text or an array, as JSON-Logic does', () => {
    expect(find(record, 'legs.length')).toBe(2);
    expect(find({ to: '0214' }, 'to.length')).toBe(4);
  });

  test('the whole record when it is empty', () => {
    expect(find(record, '')).toBe(record);
    expect(find({ '': 'a key without a name' }, '')).toEqual({ '': 'a key without a name' });
  });
});

describe('a path finds nothing', () => {
  test.each(['missing', 'a.missing', 'a.b.c', 'list.2', 'list.-1', 'list.x', 'a.', '.a', 'text.9', 'null.x'])(
    '%s',
    (path) => {
      expect(find({ a: { b: 1 }, list: [1, 2], text: 'abc', null: null }, path)).toBeUndefined();
    },
  );

  test.each([
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'list.map',
    'list.constructor.name',
    'a.__proto__.x',
  ])('of what JavaScript gives every object: %s', (path) => {
    expect(find({ a: { b: 1 }, list: [1] }, path)).toBeUndefined();
  });
});

test('what is named like a part of JavaScript is found where the sender sent it', () => {
  const cdr = cdrOfText('{"constructor":1,"__proto__":{"x":2},"a":{"__proto__":{"toString":[3]}}}');
  expect(fieldOf(cdr, 'constructor')).toBe(1);
  expect(fieldOf(cdr, '__proto__.x')).toBe(2);
  expect(fieldOf(cdr, '__proto__')).toEqual({ x: 2 });
  expect(fieldOf(cdr, 'a.__proto__.toString')).toEqual([3]);
  expect(fieldOf(cdr, 'a.constructor')).toBeUndefined();
});

describe('our own names', () => {
  const cdr = cdrOf({ $source: 'theirs', $x: { y: 1 }, $vendor: [2] }, 'branch-7', 'vodia');

  test('give source, vendor and time', () => {
    expect(fieldOf(cdr, '$source')).toBe('branch-7');
    expect(fieldOf(cdr, '$vendor')).toBe('vodia');
    expect(fieldOf(cdr, '$receivedAt')).toBe(RECEIVED_AT);
  });

  test('leave those of the sender reachable with a backslash', () => {
    expect(fieldOf(cdr, '\\$source')).toBe('theirs');
    expect(fieldOf(cdr, '\\$vendor')).toEqual([2]);
    expect(fieldOf(cdr, '\\$x')).toEqual({ y: 1 });
    expect(fieldOf(cdr, '\\$x.y')).toBe(1);
  });

  test('are never those of the sender', () => {
    expect(fieldOf(cdr, '$x')).toBeUndefined();
    expect(fieldOf(cdr, '$x.y')).toBeUndefined();
    expect(fieldOf(cdr, '$vendor.0')).toBeUndefined();
  });

  test('are known by name', () => {
    expect(['$source', '$vendor', '$receivedAt'].every(isOwnName)).toBe(true);
    expect(['$x', 'source', '$', '$constructor', 'toString'].some(isOwnName)).toBe(false);
  });
});

test('what lies beyond the limits is reached through what holds it', () => {
  const record = { a: { b: { c: [{ d: 1 }] } }, list: [1, 2, 3] };
  const cdr = { ...cdrOf(record), fields: flatten(record, { ...FLATTEN_LIMITS, maxDepth: 2, maxLeaves: 2 }) };
  expect([...cdr.fields.keys()]).toEqual(['a.b', 'list.0']);
  expect(fieldOf(cdr, 'a.b.c.0.d')).toBe(1);
  expect(fieldOf(cdr, 'list.2')).toBe(3);
});

test('what has a name too long for a field is reached by that name', () => {
  const name = 'n'.repeat(5_000);
  const cdr = cdrOf({ [name]: { a: 1 } });
  expect(cdr.fields.size).toBe(0);
  expect(fieldOf(cdr, `${name}.a`)).toBe(1);
});
