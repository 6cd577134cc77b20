import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  conditionsFor,
  differencesOf,
  documentOf,
  filledIn,
  problemsAt,
  rebased,
  withMember,
} from '../../src/page/editor/document.ts';
import { describeCondition } from '../../src/page/conditions/describe.ts';
import { conditionsOf, emptyItem, itemsOf } from '../../src/page/conditions/condition-items.ts';
import { onSeveralLines } from '../../src/page/api/json-digits.ts';
import { hrefOf, parseRoute } from '../../src/page/routing/route.ts';

describe('a webhook while it is edited', () => {
  test('is without what nobody writes, and with whatever else there is', () => {
    const shown = { id: 'a', name: 'A', auth: { type: 'basic' }, stats: {}, breaker: {}, warnings: [] };
    expect(documentOf(shown)).toEqual({ id: 'a', name: 'A', auth: { type: 'basic' } });
  });

  test('loses a member that is emptied', () => {
    expect(withMember({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
    expect(withMember({ a: 1 }, 'a', 3)).toEqual({ a: 3 });
  });

  test('has problems at their fields', () => {
    const problems = [
      { pointer: '/url', detail: 'bad' },
      { pointer: '/conditions/1/==/0', detail: 'worse' },
      { pointer: '/conditions/10', detail: 'elsewhere' },
    ];
    expect(problemsAt(problems, '/url')).toEqual(['bad']);
    expect(problemsAt(problems, '/conditions/1')).toEqual(['worse']);
  });

  test('keeps what is typed while it is saved', () => {
    const sent = { name: 'A', url: 'u', meta: { a: '1' } };
    const saved = { id: 'a', name: 'A', url: 'u', meta: { a: '1' }, auth: '***' };
    expect(rebased(saved, sent, sent)).toEqual(saved);
    expect(rebased(saved, sent, { name: 'A too', url: 'u' })).toEqual({
      id: 'a',
      name: 'A too',
      url: 'u',
      auth: '***',
    });
  });

  test('is compared member by member with another version', () => {
    expect(differencesOf({ a: 1, b: [1, 2] }, { b: [1, 2], c: 3 })).toEqual([
      { member: 'a', theirs: 1, mine: undefined },
      { member: 'c', theirs: undefined, mine: 3 },
    ]);
  });

  test('has its conditions as they were, however they are shown', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (conditions) => {
        expect(conditionsOf(itemsOf(conditions as never))).toEqual({ conditions, incomplete: [] });
      }),
    );
    expect(conditionsOf([emptyItem(), ...itemsOf([true]), emptyItem()])).toEqual({
      conditions: [true],
      incomplete: [0, 2],
    });
  });
});

describe('a recipe', () => {
  test('gets values where it names them; the rest stays to be filled in when sending', () => {
    const recipe = { url: 'https://${HOST}/x', auth: { token: '${TOKEN}' }, list: ['${HOST}', 1] };
    expect(filledIn(recipe, { HOST: 'acme.example.com', OTHER: 'no' })).toEqual({
      url: 'https://acme.example.com/x',
      auth: { token: '${TOKEN}' },
      list: ['acme.example.com', 1],
    });
  });
});

describe('conditions made of a CDR', () => {
  test('ask for the values it has, and for nothing that is no single value', () => {
    expect(conditionsFor(['a', 'gone', 'c'], { a: '1', b: 2, c: {} })).toEqual([
      { '==': [{ var: 'a' }, '1'] },
    ]);
  });
});

describe('a condition in words', () => {
  test.each([
    { condition: { '==': [{ var: 'a' }, '1'] }, words: 'a equals "1"' },
    { condition: { '==': [{ var: 'a' }, 1] }, words: 'a equals 1' },
    { condition: { in: [{ var: 'a' }, ['x', 'y']] }, words: 'a is one of "x", "y"' },
    { condition: { '!!': { var: 'a' } }, words: 'a has a value' },
    { condition: { or: [{ var: 'a' }, { var: 'b' }] }, words: '{"or":[{"var":"a"},{"var":"b"}]}' },
  ])('$words', ({ condition, words }) => {
    expect(describeCondition(condition)).toBe(words);
  });
});

describe('JSON that is shown', () => {
  test('has each number as it was written', () => {
    expect(onSeveralLines('{"id":12345678901234567890,"b":[1.50]}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "b": [\n    1.5\n  ]\n}',
    );
    expect(onSeveralLines('a=1&b=2')).toBe('a=1&b=2');
  });
});

describe('an address of the page', () => {
  test('is read as it was written', () => {
    const parts = fc.record({
      view: fc.constantFrom('', 'webhooks', 'cdrs'),
      id: fc.string({ minLength: 1 }),
      q: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(parts, ({ view, id, q }) => {
        expect(parseRoute(hrefOf(view, id, { q, empty: '' }))).toEqual({ view, id, query: { q } });
      }),
    );
  });

  test('without anything is the overview', () => {
    expect(parseRoute('')).toEqual({ view: '', id: undefined, query: {} });
    expect(parseRoute('#/cdrs')).toEqual({ view: 'cdrs', id: undefined, query: {} });
    expect(parseRoute('#/cdrs/%')).toMatchObject({ id: '%' });
  });
});
