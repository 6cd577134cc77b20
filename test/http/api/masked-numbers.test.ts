import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedJson, maskedText } from '../../../src/http/api/masked-numbers.ts';

test.each([
  ['+4930123456', '+*******456'],
  ['+1 (555) 010-0123', '+* (***) ***-*123'],
  ['"Ann" <sip:+15550100@pbx.example>;tag=9', '"Ann" <sip:+*****100@pbx.example>;tag=9'],
  ['1000 to 2000', '1000 to 2000'],
  ['2026-05-12T10:14:21.123Z', '2026-05-12T10:14:21.123Z'],
  ['2026-05-12 10:14:21', '2026-05-12 10:14:21'],
  ['2026-05-12 5550100', '2026-05-12 ****100'],
  ['5550100, 5550101', '****100, ****101'],
  ['%2B4930123456', '%2B*******456'],
  ['ext4930123456 u_5550100', 'ext*******456 u_****100'],
  ['٤٩٣٠١٢٣٤٥', '******٣٤٥'],
  ['cdr_01M808A1PXQ0123456789SDFQZ', 'cdr_01M808A1PXQ0123456789SDFQZ'],
  ['', ''],
])('%j is shown as %j', (text, shown) => {
  expect(maskedText(text)).toBe(shown);
});

test.each([
  ['{"a":5550100,"b":1.5,"c":-5550100,"d":1e3}', '{"a":"****100","b":1.5,"c":"-****100","d":1e3}'],
  ['{"\\u0031555":"\\u00315550100"}', '{"1555":"*****100"}'],
  ['{"sip":"INVITE\\r\\n4930123456\\t4930123457"}', '{"sip":"INVITE\\r\\n*******456\\t*******457"}'],
  ['{"a":"x\\"5550100"}', '{"a":"x\\"****100"}'],
])('%s becomes %s', (json, shown) => {
  expect(maskedJson(json)).toBe(shown);
});

test('masked JSON is JSON, with nothing but numbers changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const shown = JSON.parse(maskedJson(JSON.stringify(value))) as unknown;
      const text = JSON.stringify(value);
      if (!/\d[\s\d().-]{6,}/.test(text)) expect(shown).toEqual(JSON.parse(text));
    }),
  );
});
