import fc from 'fast-check';
import { makeCdr, type Cdr } from '../../src/cdr/cdr.ts';
import type { JsonObject } from '../../src/check/json-text.ts';

/** When every CDR of `cdrOf` came in. */
export const RECEIVED_AT = '2026-05-12T08:30:00.123Z';

/** A CDR as if it had just come in. */
export function cdrOf(record: JsonObject, source = 'pbx', vendor = 'generic'): Cdr {
  return makeCdr({ raw: JSON.stringify(record), record }, source, vendor, new Date(RECEIVED_AT));
}

/** The same for a record that only JSON text can write, such as one with a key `__proto__`. */
export function cdrOfText(raw: string): Cdr {
  return cdrOf(JSON.parse(raw) as JsonObject);
}

/** Keys that something on the way might take for more than a key. */
const ODD_KEYS = [
  ...[
    '',
    '.',
    '..',
    '\\',
    '\\\\',
    'a.b',
    'a\\',
    '\\.',
    '$',
    '$x',
    '\\$x',
    '$source',
    '\\$source',
    '@odata.id',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '0', '1', '-1', '007'],
  ...['trunk-name', 'Answer Indicator', 'a', 'b', '"', '{', '}', '[', ']', ',', 'ü', '\u{1F4DE}', 'a/b', '~'],
];

const NUMBERS_WITH_DIGITS = ['0', '-0', '1.50', '1e3', '1E-7', '1773802408.253776', '9223372036854775807'];

const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const key = fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string({ maxLength: 4 }));

const leafText = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '""',
    '"}],[{"',
    '"\\"]\\\\"',
    '"\\u005b"',
    ...NUMBERS_WITH_DIGITS,
  ),
  fc.string({ maxLength: 6, unit: 'grapheme' }).map((text) => JSON.stringify(text)),
);

function objectTexts(keys: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ valueText: string; arrayText: string; objectText: string }>((tie) => ({
    valueText: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leafText,
      tie('arrayText'),
      tie('objectText'),
    ),
    arrayText: fc
      .tuple(fc.array(tie('valueText'), { maxLength: 4 }), space, space)
      .map(([items, before, after]) => `[${before}${items.join(`${after},${before}`)}${after}]`),
    objectText: fc
      .tuple(
        fc.uniqueArray(fc.tuple(keys, tie('valueText')), { maxLength: 5, selector: ([name]) => name }),
        space,
        space,
      )
      .map(([members, before, after]) => {
        const texts = members.map(([name, value]) => `${JSON.stringify(name)}${after}:${before}${value}`);
        return `{${before}${texts.join(`${after},${before}`)}${after}}`;
      }),
  })).objectText;
}

/** Texts of JSON objects of any shape, with odd keys, numbers whose digits tell and white space anywhere. */
export const recordTexts: fc.Arbitrary<string> = objectTexts(key);

/**
 * The same without keys that JSON has to escape. Of such keys JSON.parse may give one twice differently, because
 * V8 mistakes one for another it has seen (https://github.com/nodejs/node/issues/63785).
 */
export const plainRecordTexts: fc.Arbitrary<string> = objectTexts(
  key.filter((name) => JSON.stringify(name) === `"${name}"`),
);

/** White space as JSON allows it around values. */
export const jsonSpaces: fc.Arbitrary<string> = space;
