import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, decodeEach } from '../../../src/cdr/decode/decode.ts';
import { TooLargeBodyError, UnreadableBodyError } from '../../../src/cdr/decode/unreadable.ts';
import { isJsonObject } from '../../../src/check/json-text.ts';
import { recordTexts } from '../../support/cdrs.ts';

function firstOf(text: string, maxCdrBytes?: number): string | undefined {
  for (const { raw } of decodeEach({ text, query: '' }, {}, maxCdrBytes)) return raw;
  return undefined;
}

function isArrayOfObjects(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isJsonObject);
  } catch {
    return false;
  }
}

function isDecoded(text: string): boolean {
  try {
    return decode(Buffer.from(text), '').length >= 0;
  } catch (error) {
    if (error instanceof UnreadableBodyError) return false;
    throw error;
  }
}

/** The text of an array of objects, with one character put in, taken out or doubled. */
const nearlyArrays = fc
  .tuple(
    fc.array(recordTexts, { maxLength: 4 }).map((items) => ` [ ${items.join(' , ')} ] `),
    fc.nat(),
    fc.constantFrom('', ',', '[', ']', '{', '}', '"', '1', ' ', '\\', ':', '\uFEFF', '\u00A0'),
    fc.nat({ max: 1 }),
  )
  .map(([text, at, added, removed]) => {
    const place = at % text.length;
    return text.slice(0, place) + added + text.slice(place + removed);
  })
  .filter((text) => text.trimStart().startsWith('['));

test('an array is read item by item if and only if it is JSON as a whole', () => {
  fc.assert(
    fc.property(nearlyArrays, (text) => {
      // A byte order mark in front of all is none of the text.
      expect(isDecoded(text)).toBe(isArrayOfObjects(text.replace(/^\uFEFF/, '')));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['an array', '[{"a":1},{"b"'],
  ['lines', '{"a":1}\n{"b"'],
  ['CSV', `a,b\n${'1,2\n'.repeat(20_000)}"`],
])('of %s the first CDR is there before the rest is looked at', (_what, text) => {
  expect(firstOf(text)).toBe(text.startsWith('a') ? '{"a":"1","b":"2"}' : '{"a":1}');
  expect(() => decode(Buffer.from(text), '')).toThrow(UnreadableBodyError);
});

test('the place of a mistake far behind is told', () => {
  const text = `[${'{"a":1},\n'.repeat(5_000)}{"to":}]`;
  expect(() => decode(Buffer.from(text), '')).toThrow(/at line 5001, column 7$/);
  const lines = `${'{"a":1}\n\n'.repeat(5_000)}{"to":}`;
  expect(() => decode(Buffer.from(lines), '')).toThrow(/^line 10001 is not valid JSON: .* at column 7$/);
  const csv = `a,b\n${'1,2\n\n'.repeat(20_000)}"3`;
  expect(() => decode(Buffer.from(csv), '')).toThrow(/quote not closed at line 40002$/);
});

test('a byte order mark inside a file that was put together is no part of a CDR', () => {
  expect(decode(Buffer.from('{"a":1}\n\uFEFF{"b":2}'), '').map(({ raw }) => raw)).toEqual([
    '{"a":1}',
    '{"b":2}',
  ]);
});

const cell = fc.constantFrom('', '1', 'x y', '"a,b"', '"a\nb"', '"a""b"', 'c"d', '"e"f', '""');
const lineBreaks = fc.constantFrom('\n', '\r\n', '\r');

test('CSV is read in parts as it is read at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
      lineBreaks,
      fc.integer({ min: 0, max: 3 }),
      (rows, lineBreak, blank) => {
        const some = rows.map((row) => row.join(',') + lineBreak).join('');
        // Long enough for several parts.
        const body = (some + lineBreak.repeat(blank)).repeat(Math.ceil(70_000 / some.length));
        const whole = parse(`a,b${lineBreak}${body}`, {
          relax_column_count: true,
          relax_quotes: true,
          skip_empty_lines: true,
          record_delimiter: lineBreak,
        });
        const read = decode(Buffer.from(`a,b${lineBreak}${body}`), '');
        const cells = read.map(({ record }) => Object.values(record));
        expect(JSON.stringify(cells) === JSON.stringify(whole.slice(1))).toBe(true);
      },
    ),
    { numRuns: 12 },
  );
});

describe('too long for one CDR is', () => {
  test.each([
    ['an object', `{"a":"${'x'.repeat(1_000)}"}`],
    ['an item of an array', `[{"a":"${'x'.repeat(1_000)}"}]`],
    ['a line', `{"a":1}\n{"a":"${'x'.repeat(1_000)}"}`],
    ['XML', `<cdr><a>${'x'.repeat(250)}</a></cdr>`],
    ['a form', `a=${'x'.repeat(250)}`],
  ])('%s', (_what, text) => {
    const read = (): unknown => [...decodeEach({ text, query: '' }, {}, 1_000)];
    expect(read).toThrow(TooLargeBodyError);
    expect(read).toThrow(/intake\.maxCdrBytes/);
    expect([...decodeEach({ text, query: '' }, {}, 8_200)].length).toBeGreaterThan(0);
  });

  test.each([
    [
      'a row of CSV with too many cells',
      `a,b\n${','.repeat(300)}`,
      /^a row of the CSV has more than 258 cells/,
    ],
    ['a row of CSV', `a,b\n1,${'x'.repeat(1_200_000)}`, /^a row behind line 0 is longer than 1048576/],
    ['a cell that is never closed', `a,b\n1,"${'x\n'.repeat(600_000)}`, /not closed$/],
  ])('%s', (_what, text, message) => {
    expect(() => decode(Buffer.from(text), '')).toThrow(TooLargeBodyError);
    expect(() => decode(Buffer.from(text), '')).toThrow(message);
  });
});
