import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, type DecodeSettings } from '../../../src/cdr/decode/decode.ts';
import { UnreadableBodyError } from '../../../src/cdr/decode/unreadable.ts';
import { isJsonObject } from '../../../src/check/json-text.ts';
import { jsonSpaces, plainRecordTexts, recordTexts } from '../../support/cdrs.ts';

const columns = { format: 'csv', csv: { columns: ['a', 'b'] } } as const;

/** Decoding gives records whose text is theirs, or the one error that the sender is told. */
function decodesOrRefuses(body: Uint8Array, query = '', settings: DecodeSettings = {}): void {
  try {
    for (const { raw, record } of decode(body, query, settings)) {
      expect(isJsonObject(record)).toBe(true);
      expect(isJsonObject(JSON.parse(raw))).toBe(true);
    }
  } catch (error) {
    if (!(error instanceof UnreadableBodyError)) throw error;
    expect(error.message).toMatch(/^(?:the|this|line|item|XML) /);
  }
}

/** Pieces of all that is read, in any order. */
const pieces = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      '\n',
      '\r\n',
      ' ',
      'a',
      '=',
      '&',
      '1',
      '{}',
      '"a":1',
      '<a>',
      '</a>',
      '<a/>',
      '<![CDATA[',
      '&lt;',
      'a,b\n',
      ';',
      'eyJ.',
    ),
    {
      maxLength: 20,
    },
  )
  .map((all) => all.join(''));

describe('whatever is sent gives records or an UnreadableBodyError', () => {
  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (body, query) => {
        decodesOrRefuses(body, query);
      }),
      {
        numRuns: 1_000,
      },
    );
  });

  test('texts', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), pieces), (text) => {
        decodesOrRefuses(Buffer.from(text), text);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([{ format: 'xml' }, { format: 'jwt' }, { format: 'form' }, columns] as const)(
    'texts taken for %j',
    (settings) => {
      fc.assert(
        fc.property(fc.oneof(fc.string({ unit: 'binary' }), pieces), (text) => {
          decodesOrRefuses(Buffer.from(text), '', settings);
        }),
        { numRuns: 500 },
      );
    },
  );

  test('XML and CSV with a byte changed', () => {
    const whole = fc.constantFrom(
      '<cdr a="1"><from>&lt;1&gt;</from><to>2</to><to><![CDATA[3]]></to><!-- 4 --></cdr>',
      'from,to\nINTEGER,VARCHAR(50)\n1,"2 ""x"", 3"\n4,5\n',
    );
    fc.assert(
      fc.property(whole, fc.nat(), fc.nat(255), (text, at, byte) => {
        const body = Buffer.from(text);
        body[at % body.length] = byte;
        decodesOrRefuses(body);
      }),
      { numRuns: 1_000 },
    );
  });

  test('JSON with a byte changed', () => {
    fc.assert(
      fc.property(recordTexts, fc.nat(), fc.nat(255), (text, at, byte) => {
        const body = Buffer.from(`[${text},${text}]`);
        body[at % body.length] = byte;
        decodesOrRefuses(body);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['[', '{"a":', '[{"a":', '{"a":[', '{'])('%s without end', (opening) => {
    expect(() => decode(Buffer.from(opening.repeat(100_000)), '')).toThrow(UnreadableBodyError);
  });

  test('brackets in brackets, closed again', () => {
    expect(() => decode(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), '')).toThrow(
      UnreadableBodyError,
    );
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(decode(Buffer.from(deep), '').map(({ raw }) => raw)).toEqual([deep]);
  });
});

/** Decodes a body whose items are known. */
function expectItems(body: string, items: readonly string[]): void {
  const decoded = decode(Buffer.from(body), '');
  expect(decoded.map(({ raw }) => raw)).toEqual(items);
}

test('an array of any objects is cut into their texts, however they are spaced', () => {
  fc.assert(
    fc.property(fc.array(recordTexts), jsonSpaces, jsonSpaces, (items, before, after) => {
      expectItems(`${after}[${before}${items.join(`${after},${before}`)}${after}]${before}`, items);
    }),
  );
});

test('lines of any objects are cut into their texts', () => {
  const lines = recordTexts.map((text) => text.replaceAll(/[\r\n]/g, ' '));
  fc.assert(
    fc.property(
      fc.array(lines, { minLength: 1 }),
      fc.constantFrom('\n', '\r\n', '\n\n'),
      (items, lineEnd) => {
        expectItems(items.join(lineEnd), items);
      },
    ),
  );
});

test('any one object is its own text', () => {
  fc.assert(
    fc.property(recordTexts, jsonSpaces, (text, space) => {
      expectItems(`${space}${text}${space}`, [text]);
    }),
  );
});

test('the text of each item is that of its record', () => {
  fc.assert(
    fc.property(fc.array(plainRecordTexts), (items) => {
      const decoded = decode(Buffer.from(`[${items.join()}]`), '');
      expect(decoded.map(({ record }) => JSON.stringify(record))).toEqual(
        items.map((text) => JSON.stringify(JSON.parse(text))),
      );
    }),
  );
});

test('a form of any names and values gives them back as texts', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'grapheme' })), {
        minLength: 1,
        selector: ([key]) => key,
      }),
      (pairs) => {
        const [decoded] = decode(Buffer.from(new URLSearchParams(pairs).toString()), '');
        const expected = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        expect(decoded?.raw).toBe(`{${expected.join(',')}}`);
      },
    ),
  );
});
