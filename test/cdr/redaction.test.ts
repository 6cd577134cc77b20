import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/check/json-text.ts';
import { isContainer } from '../../src/check/json-text.ts';
import { flatten } from '../../src/cdr/flatten.ts';
import { compileRedaction, type Redaction } from '../../src/cdr/redaction.ts';
import { plainRecordTexts } from '../support/cdrs.ts';

function redacted(raw: string, paths: Redaction): string {
  return compileRedaction(paths)?.(raw) ?? raw;
}

describe('what is dropped goes with its name and one comma', () => {
  test.each([
    ['{"a":1,"b":2,"c":3}', ['a'], '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['b'], '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['c'], '{"a":1,"b":2}'],
    ['{"a":1,"b":2,"c":3}', ['a', 'b'], '{"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['a', 'c'], '{"b":2}'],
    ['{"a":1,"b":2,"c":3}', ['a', 'b', 'c'], '{}'],
    ['{"a":1}', ['b'], '{"a":1}'],
    ['{}', ['a'], '{}'],
    ['{ "a" : 1 ,\n "b" : 2 }', ['a'], '{ "b" : 2 }'],
    ['{ "a" : 1 ,\n "b" : 2 }', ['b'], '{ "a" : 1 }'],
    ['{"a":1,"b":2,"a":3}', ['a'], '{"b":2}'],
    ['{"list":[{"n":1,"x":2},{"x":3},7]}', ['list.*.x'], '{"list":[{"n":1},{},7]}'],
    ['{"list":[1,2,3]}', ['list.1'], '{"list":[1,3]}'],
    ['{"list":[1,2,3]}', ['list.*'], '{"list":[]}'],
    ['{"a":{"name":"x"},"b":{"name":"y","n":1}}', ['*.name'], '{"a":{},"b":{"n":1}}'],
    ['{"@odata.id":1,"b":2}', ['@odata\\.id'], '{"b":2}'],
    ['{"@odata.id":1,"b":2}', ['@odata.id'], '{"b":2}'],
    ['{"$call":1,"b":2}', ['\\$call'], '{"b":2}'],
    ['{"\\u0061":1,"b":2}', ['a'], '{"b":2}'],
    ['{"__proto__":1,"b":2}', ['__proto__'], '{"b":2}'],
    ['{"a":"}],{\\"b\\":1","b":2}', ['b'], '{"a":"}],{\\"b\\":1"}'],
  ])('%s without %j', (raw, drop, expected) => {
    expect(redacted(raw, { drop })).toBe(expected);
  });
});

describe('what is redacted keeps its name', () => {
  test.each([
    [
      '{"a":1.10,"from":"+15550100","z":12345678901234567890}',
      ['from'],
      '{"a":1.10,"from":"***","z":12345678901234567890}',
    ],
    [
      '{"legs":[{"name":"Ann","n":1e2},{"name":null}]}',
      ['legs.*.name'],
      '{"legs":[{"name":"***","n":1e2},{"name":"***"}]}',
    ],
    ['{"from":{"name":"Ann"}}', ['from'], '{"from":"***"}'],
    ['{"from":{"name":"Ann"}}', ['from', 'from.name'], '{"from":"***"}'],
    ['{ "a" : 1 }', ['a'], '{ "a" : "***" }'],
  ])('%s with %j', (raw, redact, expected) => {
    expect(redacted(raw, { redact })).toBe(expected);
  });

  test('unless it is dropped, too', () => {
    expect(redacted('{"a":1,"b":2}', { drop: ['a'], redact: ['a', 'b'] })).toBe('{"b":"***"}');
  });
});

test('without paths there is nothing to do', () => {
  expect(compileRedaction({})).toBeUndefined();
  expect(compileRedaction({ drop: [], redact: [] })).toBeUndefined();
});

/** What a plain reading of the rule gives: the parsed record without what a path names. */
function without(value: JsonValue, keys: readonly string[]): JsonValue {
  const [key = '', ...others] = keys;
  if (!isContainer(value) || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (name !== key) return [[name, inner]];
      return others.length === 0 ? [] : [[name, without(inner, others)]];
    }),
  );
}

test('whatever is sent, what is dropped is gone, and nothing else is touched', () => {
  const plain = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue(), { maxKeys: 3 });
  const paths = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(plain, fc.jsonValue())),
      paths,
      (record, keys) => {
        const raw = JSON.stringify(record, null, 1);
        const parsed = JSON.parse(raw) as JsonObject;
        expect(JSON.parse(redacted(raw, { drop: [keys.join('.')] }))).toEqual(without(parsed, keys));
      },
    ),
  );
});

test('any field of any record can be named by its path, and is gone then', () => {
  fc.assert(
    fc.property(plainRecordTexts, fc.nat(), (raw, choice) => {
      const paths = [...flatten(JSON.parse(raw) as JsonObject).keys()].filter((path) => !path.includes('*'));
      const path = paths[choice % Math.max(1, paths.length)];
      if (path === undefined) return;
      const changed = JSON.parse(redacted(raw, { redact: [path] })) as JsonObject;
      expect(flatten(changed).get(path)).toBe('***');
    }),
  );
});
