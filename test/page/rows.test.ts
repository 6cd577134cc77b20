import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/page/api/types.ts';
import { isSameJson } from '../../src/page/conditions/equal.ts';
import { parseRow, printRow, ROW_OPERATORS, typesOf, type Row } from '../../src/page/conditions/rows.ts';
import { asType, typedOf, VALUE_TYPES, valueOf } from '../../src/page/conditions/typed-value.ts';

const field = { var: 'finalCalledPartyNumber' };

describe('a condition that a row can show', () => {
  test.each<{ condition: Json; operator: string; type: string; text: string }>([
    { condition: { '==': [field, '0'] }, operator: '==', type: 'text', text: '0' },
    { condition: { '==': [field, 0] }, operator: '==', type: 'number', text: '0' },
    { condition: { '!=': [field, null] }, operator: '!=', type: 'empty', text: '' },
    { condition: { '===': [field, true] }, operator: '===', type: 'true/false', text: 'true' },
    { condition: { in: [field, ['1000', '1001']] }, operator: 'in', type: 'texts', text: '1000\n1001' },
    { condition: { in: [field, [1, 2]] }, operator: 'in', type: 'numbers', text: '1\n2' },
    { condition: { in: [field, []] }, operator: 'in', type: 'texts', text: '' },
    { condition: { '!': { in: [field, ['1000']] } }, operator: 'not in', type: 'texts', text: '1000' },
    { condition: { in: ['555', field] }, operator: 'contains', type: 'text', text: '555' },
    { condition: { '!': { in: ['555', field] } }, operator: 'not contains', type: 'text', text: '555' },
    { condition: { starts_with: [field, '+1'] }, operator: 'starts_with', type: 'text', text: '+1' },
    { condition: { '>=': [field, 300] }, operator: '>=', type: 'number', text: '300' },
    { condition: { '!!': field }, operator: '!!', type: 'text', text: '' },
    { condition: { '!': field }, operator: '!', type: 'text', text: '' },
  ])('$condition', ({ condition, operator, type, text }) => {
    expect(parseRow(condition)).toEqual({ field: 'finalCalledPartyNumber', operator, value: { type, text } });
  });
});

describe('a condition that is richer than a row', () => {
  test.each<{ condition: Json }>([
    { condition: { or: [{ '==': [field, 1] }, { '==': [field, 2] }] } },
    { condition: { '==': ['0', field] } },
    { condition: { '==': [field, field] } },
    { condition: { '==': [{ var: ['a'] }, 1] } },
    { condition: { '==': [{ var: ['a', 'none'] }, 1] } },
    { condition: { '==': [{ var: '' }, 1] } },
    { condition: { '<': [1, field, 9] } },
    { condition: { '!!': [field] } },
    { condition: { '!': [{ in: [field, ['1']] }] } },
    { condition: { in: [field, ['1', 2]] } },
    { condition: { in: [field, ['']] } },
    { condition: { in: [field, ['two\nlines']] } },
    { condition: { '==': [field, { var: 'other' }] } },
    { condition: { '==': [field, 1], '!=': [field, 2] } },
    { condition: { '==': [field, -0] } },
    { condition: { frobnicate: [field, 1] } },
    { condition: true },
    { condition: {} },
  ])('$condition is edited as JSON', ({ condition }) => {
    expect(parseRow(condition)).toBeUndefined();
  });
});

const literal = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.oneof(fc.string(), fc.double(), fc.integer()), { maxLength: 4 }),
);
const variable = fc.oneof(
  fc.record({ var: fc.oneof(fc.string(), fc.constant('duration')) }),
  fc.record({ var: fc.array(fc.string(), { maxLength: 2 }) }),
);
const operator = fc.constantFrom('==', '!=', '===', '!==', '>', '<=', 'in', 'starts_with', 'and', 'some');
const leaf = fc.oneof(variable, literal);
const plain = fc
  .tuple(operator, fc.array(leaf, { minLength: 1, maxLength: 3 }))
  .map(([name, args]) => ({ [name]: args }));
/** Conditions of all shapes, most of them near to what a row can show. */
const anyCondition = fc.oneof(
  plain,
  fc.tuple(operator, variable, literal).map(([name, ...args]) => ({ [name]: args })),
  fc.tuple(fc.constantFrom('!', '!!'), fc.oneof(leaf, plain)).map(([name, arg]) => ({ [name]: arg })),
  fc.jsonValue(),
) as fc.Arbitrary<Json>;

const anyRow = fc
  .constantFrom(...ROW_OPERATORS)
  .chain(({ operator: name }) =>
    fc
      .record({ field: fc.string({ minLength: 1 }), text: fc.string() })
      .chain(({ field: path, text }) =>
        fc
          .constantFrom(...(typesOf(name).length === 0 ? (['text'] as const) : typesOf(name)))
          .map((type): Row => ({ field: path, operator: name, value: { type, text } })),
      ),
  );

describe('the row editor', () => {
  test('opens only for what it prints again as it was', () => {
    let opened = 0;
    fc.assert(
      fc.property(anyCondition, (condition) => {
        const row = parseRow(condition);
        if (row === undefined) return;
        opened += 1;
        expect(isSameJson(printRow(row), condition)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(opened).toBeGreaterThan(100);
  });

  test('opens again, and says the same, for whatever it prints but a line break in a text', () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        const condition = printRow(row);
        const again = condition === undefined ? undefined : parseRow(condition);
        // A list of one empty text looks like an empty list, so it has no row.
        if (condition === undefined || again === undefined) return;
        expect(printRow(again)).toEqual(condition);
      }),
    );
  });

  test('says nothing while a field or a value is missing', () => {
    const value = { type: 'number', text: '3' } as const;
    expect(printRow({ field: '', operator: '==', value })).toBeUndefined();
    expect(printRow({ field: 'duration', operator: '>', value: { ...value, text: '3s' } })).toBeUndefined();
    expect(printRow({ field: 'duration', operator: '>', value })).toEqual({ '>': [{ var: 'duration' }, 3] });
  });
});

describe('a typed value', () => {
  test('keeps its type: a number as a text is not a number', () => {
    expect(typedOf('16')).toEqual({ type: 'text', text: '16' });
    expect(typedOf(16)).toEqual({ type: 'number', text: '16' });
    expect(valueOf({ type: 'text', text: '016' })).toBe('016');
    expect(valueOf({ type: 'number', text: '016' })).toBeUndefined();
  });

  test.each(['', '1e999', 'Infinity', '0x10', '1,5'])('%j is no number', (text) => {
    expect(valueOf({ type: 'number', text })).toBeUndefined();
  });

  test('can always be made one of another kind', () => {
    for (const type of VALUE_TYPES) expect(asType({ type: 'text', text: '1' }, type).type).toBe(type);
    expect(asType({ type: 'text', text: 'yes' }, 'true/false').text).toBe('true');
  });
});
