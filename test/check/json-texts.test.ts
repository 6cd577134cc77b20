import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { textsIn, withTexts } from '../../src/check/json-texts.ts';

test('texts are found and changed at every depth; names of members are left alone', () => {
  const value: JsonValue = { a: 'x', b: [1, 'y', { c: null, d: 'z' }], x: true };
  expect(textsIn(value)).toEqual(['x', 'y', 'z']);
  expect(withTexts(value, (text) => text.toUpperCase())).toEqual({
    a: 'X',
    b: [1, 'Y', { c: null, d: 'Z' }],
    x: true,
  });
});

test('a change to nothing gives the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(withTexts(value as JsonValue, (text) => text)).toEqual(value);
    }),
  );
});
