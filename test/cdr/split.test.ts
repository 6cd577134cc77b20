import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { itemSlices, memberSlices } from '../../src/cdr/decode/json-slices.ts';
import { compileSplit, type SplitProfile } from '../../src/cdr/split.ts';
import type { JsonObject } from '../../src/check/json-text.ts';
import { plainRecordTexts } from '../support/cdrs.ts';

function rawsOf(raw: string, profile: SplitProfile): string[] {
  const parts = [...compileSplit([profile])({ raw, record: JSON.parse(raw) as JsonObject })];
  for (const part of parts) expect(JSON.parse(part.raw)).toEqual(part.record);
  return parts.map((part) => part.raw);
}

const ELEMENT = '{"id" : 7205759403792793601,"at":1.50,"to":"~>~>~>~>"}';

describe('a batch', () => {
  test('is one CDR for each element, byte for byte', () => {
    expect(rawsOf(`{"items":[ ${ELEMENT} , {"b":2}],"n":2}`, { path: 'items' })).toEqual([
      ELEMENT,
      '{"b":2}',
    ]);
  });

  test('may stand deep, and under arrays', () => {
    expect(rawsOf(`{"a":{"b":[{"c":[${ELEMENT}]},{"c":[]}]}}`, { path: 'a.b.c' })).toEqual([ELEMENT]);
  });

  test('may be one object', () => {
    expect(rawsOf(`{"name":"x","cdr":${ELEMENT}}`, { path: 'cdr' })).toEqual([ELEMENT]);
  });

  test('gives along what the profile names, unless the element has its own', () => {
    const profile = { path: 'list', with: { event: 'event', account: 'in.account', at: 'at', gone: 'x.y' } };
    expect(rawsOf(`{"event":"e","in":{"account":1.0},"at":0,"list":[${ELEMENT},{}]}`, profile)).toEqual([
      `{"event":"e","account":1.0,${ELEMENT.slice(1)}`,
      '{"event":"e","account":1.0,"at":0}',
    ]);
  });

  test.each([
    ['another shape', '{"a":1}'],
    ['nothing there', '{"items":null}'],
    ['a text there that holds no record', '{"items":"nothing"}'],
    ['a number on the way', '{"items":7}'],
  ])('with %s is one CDR, whole', (_what, raw) => {
    expect(rawsOf(raw, { path: 'items' })).toEqual([raw]);
  });

  test('may stand at one of several paths', () => {
    const both = compileSplit([{ path: 'records.data' }, { path: 'detail' }]);
    const rawOf = (record: JsonObject): string[] =>
      Array.from(both({ raw: JSON.stringify(record), record }), ({ raw }) => raw);
    expect(rawOf({ records: [{ data: { a: 1 } }] })).toEqual(['{"a":1}']);
    expect(rawOf({ detail: { b: 2 } })).toEqual(['{"b":2}']);
    expect(rawOf({ c: 3 })).toEqual(['{"c":3}']);
  });

  test('without elements has no CDR', () => {
    expect(rawsOf('{"items":[]}', { path: 'items' })).toEqual([]);
  });

  test('with an element that is no record is refused with its place', () => {
    expect(() => rawsOf('{"items":[{},4]}', { path: 'items' })).toThrow('item 1 of the array at "items"');
    expect(() => rawsOf('{"items":[{}]}', { path: 'items.data' })).toThrow('item 0');
  });
});

describe('a text on the way is opened', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test.each([
    ['JSON', ELEMENT],
    ['JSON in base64', base64(ELEMENT)],
    ['JSON in base64 whose plus signs a form has made spaces', base64(ELEMENT).replaceAll('+', ' ')],
  ])('as %s, byte for byte', (_what, text) => {
    expect(rawsOf(JSON.stringify({ msg: text }), { path: 'msg' })).toEqual([ELEMENT]);
  });

  test('for which the base64 of these tests has plus signs', () => {
    expect(base64(ELEMENT)).toContain('+');
  });

  test('as XML, whose root is the CDR', () => {
    const xml = '<cdr a="1"><b>007</b></cdr>';
    const expected = ['{"b":"007","@a":"1"}'];
    expect(rawsOf(JSON.stringify({ cdr: xml }), { path: 'cdr' })).toEqual(expected);
    expect(rawsOf(JSON.stringify({ cdr: base64(xml) }), { path: 'cdr' })).toEqual(expected);
  });

  test('in each of several records, as Firehose has them', () => {
    const records = [{ data: base64(ELEMENT) }, { data: base64('{"b":2}\n{"c":3}\n') }];
    expect(rawsOf(JSON.stringify({ records }), { path: 'records.data' })).toEqual([
      ELEMENT,
      '{"b":2}',
      '{"c":3}',
    ]);
  });
});

test('the slices of any object and array are the texts of their values', () => {
  fc.assert(
    fc.property(plainRecordTexts, (text) => {
      const record = JSON.parse(text) as JsonObject;
      const members = memberSlices(text);
      expect([...members.keys()].toSorted()).toEqual(Object.keys(record).toSorted());
      for (const [name, slice] of members) {
        expect(JSON.stringify(JSON.parse(slice))).toBe(JSON.stringify(record[name]));
      }
      expect([...itemSlices(`[${[...members.values()].join(' , ')}]`)]).toEqual([...members.values()]);
    }),
  );
});

test('of two members with one name the last counts, as for JSON.parse', () => {
  expect(rawsOf('{"cdr":{"a":1},"cdr":{"a":2}}', { path: 'cdr' })).toEqual(['{"a":2}']);
});
