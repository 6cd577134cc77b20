import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldOf } from '../../../src/cdr/cdr.ts';
import type { When } from '../../../src/cdr/mapping/condition.ts';
import { compile, WrongExpressionError, type Expression } from '../../../src/cdr/mapping/expression.ts';
import type { JsonObject, JsonValue } from '../../../src/check/json-text.ts';
import { cdrOf, cdrOfText, recordTexts } from '../../support/cdrs.ts';

function valueIn(record: JsonObject, expression: Expression, nothing: string[] = []): JsonValue | undefined {
  const cdr = cdrOf(record);
  const evaluate = compile(expression, { nothing: new Set(nothing) });
  return evaluate({ zone: 'Asia/Kolkata', value: (path) => fieldOf(cdr, path) });
}

describe('a path', () => {
  const record = { a: { b: [{ c: 0 }] }, no: false, empty: '', gone: null, none: [], na: 'NA', 'x.y': 1 };

  test('gives what is there, 0 and false too', () => {
    expect(valueIn(record, 'a.b.0.c')).toBe(0);
    expect(valueIn(record, 'no')).toBe(false);
    expect(valueIn(record, 'x.y')).toBe(1);
  });

  test.each(['empty', 'gone', 'none', 'missing', 'a.b.1.c'])('gives nothing for %s', (path) => {
    expect(valueIn(record, path)).toBeUndefined();
  });

  test('gives nothing for the words with which a vendor says so', () => {
    expect(valueIn(record, 'na')).toBe('NA');
    expect(valueIn(record, ['na', 'no'], ['NA'])).toBe(false);
  });
});

test.each<[string, Expression, JsonValue | undefined]>([
  ['a list gives the first that gives something', ['x', { value: 1, when: { x: 1 } }, 'b', 'a'], 'B'],
  ['join joins', { join: ['a', 'n', 'b'] }, 'A:7:B'],
  ['join may have another mark', { join: ['a', 'b'], with: ' ' }, 'A B'],
  ['join gives nothing when a part is missing', { join: ['a', 'x'] }, undefined],
  ['lookup finds texts', { lookup: 'a', in: { A: 'found' } }, 'found'],
  ['lookup finds numbers', { lookup: 'n', in: { '7': true } }, true],
  ['lookup gives otherwise', { lookup: 'a', in: { B: 'b' }, otherwise: 'o' }, 'o'],
  ['lookup gives nothing otherwise', { lookup: 'a', in: { B: 'b' } }, undefined],
  ['lookup knows no words of ours', { lookup: { value: 'constructor' }, in: { B: 'b' } }, undefined],
  ['lookup of nothing gives nothing', { lookup: 'x', in: { B: 'b' }, otherwise: 'o' }, undefined],
  ['pick takes of the first that fits', { pick: 'legs', where: { ok: true }, take: 'id' }, 2],
  ['pick goes on where there is nothing to take', { pick: 'legs', take: 'name' }, 'third'],
  ['pick of no list gives nothing', { pick: 'a', take: 'id' }, undefined],
  ['extract gives the first group', { extract: 'ext', pattern: '^Ext\\.(.+)$' }, '10016'],
  ['percentDecoded resolves once', { percentDecoded: 'enc' }, '+49 %41'],
  [
    'reversedAddress reads the lowest byte first',
    { reversedAddress: { value: -1_139_627_840 } },
    '192.168.18.188',
  ],
  ['reversedAddress takes texts', { reversedAddress: { value: '1048291520' } }, '192.168.123.62'],
  ['reversedAddress takes unsigned ones', { reversedAddress: { value: 3_155_339_456 } }, '192.168.18.188'],
  ['reversedAddress gives nothing for 0', { reversedAddress: { value: '0' } }, undefined],
  [
    'reversedAddress gives nothing for more than 32 bits',
    { reversedAddress: { value: 4_294_967_296 } },
    undefined,
  ],
  ['reversedAddress gives nothing for fractions', { reversedAddress: { value: '1.5' } }, undefined],
  ['percentDecoded leaves what it cannot', { percentDecoded: { value: '100%' } }, '100%'],
  ['time is read in the zone that is known', { time: 'local' }, '2016-02-16T10:26:26Z'],
  ['time may have a zone of its own', { time: 'local', zone: 'UTC' }, '2016-02-16T15:56:26Z'],
  ['between counts seconds', { between: [{ time: 'local' }, { value: '2016-02-16T10:26:27.5Z' }] }, 1.5],
  ['between never runs back', { between: [{ value: '2016-02-17T00:00:00Z' }, { time: 'local' }] }, undefined],
])('%s', (_what, expression, expected) => {
  const record = {
    a: 'A',
    b: 'B',
    n: 7,
    legs: [{ id: 1 }, { id: 2, ok: 'true' }, { id: 3, ok: true, name: 'third' }],
    ext: 'Ext.10016',
    enc: '%2B49%20%2541',
    local: '2016-02-16 15:56:26',
  };
  expect(valueIn(record, expression)).toEqual(expected);
});

test.each([
  ['"Bob" <sip:+49301234@pbx.example.com;user=phone>;tag=1', '+49301234'],
  ['sip:307@pbx.example.com', '307'],
  ['sips:bob:secret@pbx.example.com', 'bob'],
  ['tel:+1-555-555-0119', '+15555550119'],
  ['+1 800-123-4567', '+18001234567'],
  ['client:dana', 'dana'],
  ['anonymous', 'anonymous'],
  ['"Alice" <100>', '100'],
  ['307@pbx', '307'],
])('the party in %s is %s', (text, party) => {
  expect(valueIn({ text }, { party: 'text' })).toBe(party);
});

test('a hostile text costs no time', () => {
  const started = process.cpuUsage().user;
  valueIn({ text: `${'1'.repeat(5_000_000)}x` }, { party: 'text' });
  valueIn({ text: '<'.repeat(5_000_000) }, { party: 'text' });
  valueIn({ text: `1 ${' '.repeat(5_000_000)}` }, { time: 'text' });
  expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
});

test.each<[When, boolean]>([
  [{ n: 7 }, true],
  [{ n: '7' }, true],
  [{ n: [1, '7'] }, true],
  [{ n: 8 }, false],
  [{ t: true }, true],
  [{ t: 'true' }, true],
  [{ x: [''] }, false],
  [{ n: { given: true }, x: { given: false }, e: { given: false } }, true],
  [{ n: { not: 7 } }, false],
  [{ x: { not: 7 }, n: { not: [1, 2] } }, true],
  [{ n: { above: 6 } }, true],
  [{ n: { above: 7 } }, false],
  [{ x: { above: -1 } }, false],
  [{ e: { above: -1 } }, false],
  [{ s: { matches: '^SEP' } }, true],
  [{ x: { matches: '^SEP' } }, false],
  [{ n: 7, t: false }, false],
])('when %j holds: %j', (when, holds) => {
  const record = { n: 7, t: true, e: '', s: 'SEP001122334455' };
  expect(valueIn(record, { value: 'yes', when }) === 'yes').toBe(holds);
});

test.each<[Expression, string]>([
  [{ time: 'a', zone: 'Berlin' }, '/zone'],
  [['a', { extract: 'b', pattern: '(' }], '/1/pattern'],
  [{ party: { value: 'a', when: { b: { matches: '[' } } } }, '/party/when'],
  [{ pick: 'a', where: { b: { matches: '[' } }, take: 'c' }, '/where'],
])('a mistake in %j is told with its place', (expression, pointer) => {
  const mistake = (): unknown => compile(expression, { nothing: new Set() });
  expect(mistake).toThrow(WrongExpressionError);
  expect(mistake).toThrow(expect.objectContaining({ pointer }));
});

test('no record makes any expression throw', () => {
  const path = fc.constantFrom('a', 'b', '', 'a.0', '__proto__', 'constructor', '0', '$call.start');
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      path,
      fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
      fc.record({ time: tie('expression'), unit: fc.constantFrom('s', 'ms', 'us', 'gregorian', 'text') }),
      fc.record({ seconds: tie('expression'), unit: fc.constantFrom('s', 'ms', 'hms', 'iso') }),
      fc.record({ party: tie('expression') }),
      fc.record({ percentDecoded: tie('expression') }),
      fc.record({ reversedAddress: tie('expression') }),
      fc.record({ join: fc.tuple(tie('expression'), tie('expression')) }),
      fc.record({ between: fc.tuple(tie('expression'), tie('expression')) }),
      fc.record({ pick: path, take: tie('expression') }),
      fc.record({ extract: tie('expression'), pattern: fc.constant('(.)') }),
      fc.record({ path, when: fc.record({ a: fc.constant({ above: 1 }) }) }),
    ),
  }));
  fc.assert(
    fc.property(recordTexts, expression, (text, one) => {
      const cdr = cdrOfText(text);
      compile(one, { nothing: new Set() })({ zone: 'UTC', value: (name) => fieldOf(cdr, name) });
    }),
    { numRuns: 1_000 },
  );
});
