import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HELPER_FUNCTIONS } from '../../src/template/helpers.ts';

function helper(name: string, ...args: unknown[]): unknown {
  return HELPER_FUNCTIONS[name]?.(...args);
}

describe('helpers', () => {
  test.each<[string, unknown[], unknown]>([
    ['str', [0], '0'],
    ['str', [true], 'true'],
    ['str', [[1, 'a']], '[1,"a"]'],
    ['str', [null], null],
    ['num', ['12.5'], 12.5],
    ['num', [''], null],
    ['num', ['0x10'], null],
    ['num', [true], null],
    ['int', [12.9], 12],
    ['int', ['-12.9'], -12],
    ['round', [15.712], 16],
    ['round', [15.712, 1], 15.7],
    ['round', [Number.NaN], null],
    ['coalesce', [null, '', 0, 1], 0],
    ['coalesce', [null, ''], null],
    ['lookup', ['inbound', [['inbound', 'INBOUND']]], 'INBOUND'],
    ['lookup', [16, [['16', 'cleared']], 'other'], 'cleared'],
    ['lookup', ['x', [['inbound', 1]], 'other'], 'other'],
    ['lookup', ['x', [['inbound', 1]]], null],
    ['lookup', ['x', 'no list', 'other'], 'other'],
    ['iso', ['2026-11-21T15:03:22.5+01:00'], '2026-11-21T14:03:22Z'],
    ['iso', [1795269802], '2026-11-21T14:03:22Z'],
    ['iso', ['1795269802000', 'ms'], '2026-11-21T14:03:22Z'],
    ['iso', [1795269802000000, 'us'], '2026-11-21T14:03:22Z'],
    ['iso', ['Never'], null],
    ['iso', ['2026-11-21 14:03:22'], null],
    ['iso', [''], null],
    ['iso', [null], null],
    ['iso', [1795269802, 'fortnights'], null],
    ['iso', [1e17], null],
    ['date', ['2026-11-21T23:30:00-01:00'], '2026-11-22'],
    ['date', [1795269802, 'YYYY-MM-DD HH:mm:ss.SSS'], '2026-11-21 14:03:22.000'],
    ['date', ['x', 'YYYY'], null],
    ['hms', [3723.9], '01:02:03'],
    ['hms', [3723, 'mm:ss'], '62:03'],
    ['hms', [0, 'mm:ss'], '00:00'],
    ['hms', [-1], null],
    ['hms', [null], null],
    ['truncate', ['abcdef', 6], 'abcdef'],
    ['truncate', ['abcdefg', 6], 'abcde…'],
    ['truncate', ['ab\u{1F4DE}cd', 4], 'ab…'],
    ['truncate', ['abc', 0], ''],
    ['truncate', [null, 5], null],
    ['html', [`<a href="x">'&'</a>`], '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;'],
    ['mrkdwn', ['<!channel> & "x"'], '&lt;!channel&gt; &amp; "x"'],
    ['url', ['a/b?c=ü\uD800'], 'a%2Fb%3Fc%3D%C3%BC%EF%BF%BD'],
    // The example of RFC 9562, appendix A.4.
    [
      'uuid5',
      ['www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    ],
    ['uuid5', ['x', 'no uuid'], null],
    ['uuid5', [null], null],
  ])('%s %j', (name, args, result) => {
    expect(helper(name, ...args)).toEqual(result);
  });

  test('are total: whatever they are given, they give a value and throw nothing', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, Number.NaN, Infinity, 'ms', 'mm:ss'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(HELPER_FUNCTIONS)),
        fc.array(anything, { maxLength: 3 }),
        (name, args) => {
          expect(() => helper(name, ...args)).not.toThrow();
        },
      ),
    );
  });

  test('truncate never makes text longer than asked, nor splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, length) => {
        const result = String(helper('truncate', text, length));
        expect(result.length).toBeLessThanOrEqual(length);
        expect(result.isWellFormed()).toBe(true);
      }),
    );
  });
});
