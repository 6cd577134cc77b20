import { describe, expect, test } from 'vitest';
import { flatten, FLATTEN_LIMITS, pathKeys } from '../../src/cdr/flatten.ts';
import type { JsonObject } from '../../src/check/json-text.ts';

function flat(record: JsonObject): [string, unknown][] {
  return [...flatten(record)];
}

function flatText(raw: string): [string, unknown][] {
  return flat(JSON.parse(raw) as JsonObject);
}

describe('a path', () => {
  test('joins keys and places in arrays with dots', () => {
    expect(flat({ a: { b: 1 }, legs: [{ n: 'x' }, { n: 'y' }] })).toEqual([
      ['a.b', 1],
      ['legs.0.n', 'x'],
      ['legs.1.n', 'y'],
    ]);
  });

  test('has a dot or a backslash inside a key escaped', () => {
    expect(flat({ 'a.b': 1, 'c\\d': { 'e.': 2 } })).toEqual([
      ['a\\.b', 1],
      ['c\\\\d.e\\.', 2],
    ]);
  });

  test('has a dollar sign escaped that begins a name of the sender', () => {
    expect(flat({ $source: 'theirs', $x: { $y: 1 }, a$: 2 })).toEqual([
      ['\\$source', 'theirs'],
      ['\\$x.$y', 1],
      ['a$', 2],
    ]);
  });

  test('has dashes, spaces and empty keys as they are', () => {
    expect(flat({ 'trunk-name': 1, 'Answer Indicator': 2, '': { '': 3, a: 4 } })).toEqual([
      ['trunk-name', 1],
      ['Answer Indicator', 2],
      ['.', 3],
      ['.a', 4],
    ]);
  });

  test('may go through keys that JavaScript has a meaning for', () => {
    expect(flatText('{"__proto__":{"polluted":1},"constructor":{"prototype":{"p":2}},"toString":3}')).toEqual(
      [
        ['__proto__.polluted', 1],
        ['constructor.prototype.p', 2],
        ['toString', 3],
      ],
    );
    expect(({} as { polluted?: unknown; p?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown; p?: unknown }).p).toBeUndefined();
  });
});

describe('a leaf', () => {
  test('is also null, an empty text, an empty object and an empty array', () => {
    expect(flat({ a: null, b: '', c: {}, d: [], e: [[], {}] })).toEqual([
      ['a', null],
      ['b', ''],
      ['c', {}],
      ['d', []],
      ['e.0', []],
      ['e.1', {}],
    ]);
  });

  test('stands in the order of the record', () => {
    expect(flat({ z: 1, a: { y: 2, b: 3 }, m: 4 }).map(([path]) => path)).toEqual(['z', 'a.y', 'a.b', 'm']);
  });
});

test('an empty record has no fields', () => {
  expect(flat({})).toEqual([]);
});

describe('the limits', () => {
  test('keep whole what is nested deeper', () => {
    const fields = flatten(
      { a: { b: { c: 1 }, d: 2 }, e: [[3]] },
      { ...FLATTEN_LIMITS, maxDepth: 2, maxLeaves: 100 },
    );
    expect([...fields]).toEqual([
      ['a.b', { c: 1 }],
      ['a.d', 2],
      ['e.0', [3]],
    ]);
  });

  test('leave out the leaves that are too many, and nothing before them', () => {
    const fields = flatten({ a: 1, b: [2, 3, 4], c: 5 }, { ...FLATTEN_LIMITS, maxDepth: 32, maxLeaves: 3 });
    expect([...fields.keys()]).toEqual(['a', 'b.0', 'b.1']);
  });

  test('leave out what has a longer path, and nothing beside it', () => {
    const record = { long: { abcdefgh: 1, abc: 2 }, abcdefghijklm: 3, short: 4 };
    expect([...flatten(record, { ...FLATTEN_LIMITS, maxPathCharacters: 12 }).keys()]).toEqual([
      'long.abc',
      'short',
    ]);
  });

  test('are wide enough for a record of thousands of leaves', () => {
    const record = { list: Array.from({ length: 10_000 }, (_, n) => n) };
    expect(flatten(record).size).toBe(10_000);
  });

  test('hold for records made to exhaust the stack or the memory', () => {
    const deep = JSON.parse(`{"a":${'[{"b":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`) as JsonObject;
    const [path = ''] = flatten(deep).keys();
    expect(pathKeys(path)).toHaveLength(FLATTEN_LIMITS.maxDepth);
    expect(flatten({ wide: Array.from({ length: 200_000 }, () => 0) }).size).toBe(FLATTEN_LIMITS.maxLeaves);
  });
});

describe('the keys of a path', () => {
  test.each([
    ['a.0.b', ['a', '0', 'b']],
    ['a\\.b.c', ['a.b', 'c']],
    ['a\\\\.b', ['a\\', 'b']],
    ['\\$source.x', ['$source', 'x']],
    ['\\\\$source', ['\\$source']],
    ['a.$b', ['a', '$b']],
    ['', ['']],
    ['.', ['', '']],
  ])('%s', (path, keys) => {
    expect(pathKeys(path)).toEqual(keys);
  });
});

test('a long key before many leaves makes a small record into no endless work', () => {
  const record = { ['k'.repeat(17_000)]: Array.from({ length: 20_000 }, () => 0), from: '100' };
  expect([...flatten(record)]).toEqual([['from', '100']]);
});
