import { describe, expect, test } from 'vitest';
import { explain } from '../../src/match/explain.ts';
import { Matcher, type Rule } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';

const missed = { '==': [{ var: 'status' }, 'missed'] };
const long = { '>': [{ var: 'duration' }, 60] };
const throwing = { '==': [{ var: 'odd' }, 1] };

const cdr = cdrOf({ status: 'missed', duration: null, legs: [{ n: 1 }], odd: { toString: 1 } }, 'branch-7');

describe('an explanation', () => {
  test('tells of every condition whether it held and what it saw', () => {
    expect(explain({ id: 'w', conditions: [missed, long] }, cdr)).toEqual({
      webhookId: 'w',
      listens: true,
      matched: false,
      conditions: [
        { condition: missed, held: true, saw: [{ path: 'status', value: 'missed', absent: false }] },
        { condition: long, held: false, saw: [{ path: 'duration', value: null, absent: false }] },
      ],
    });
  });

  test('tells of a field that is absent, and so has no value', () => {
    const [condition] = explain({ id: 'w', conditions: [{ '<': [{ var: 'wait' }, 10] }] }, cdr).conditions;
    expect(condition?.held).toBe(true);
    expect(condition?.saw).toEqual([{ path: 'wait', absent: true }]);
  });

  test('goes on where a match would have stopped', () => {
    const rule = { id: 'w', conditions: [long, missed] };
    expect(explain(rule, cdr).conditions.map(({ held }) => held)).toEqual([false, true]);
  });

  test('names each field once, in the order looked at', () => {
    const condition = { or: [{ '==': [{ var: 'b' }, { var: 'a' }] }, { missing: ['a', 'status'] }] };
    const [explained] = explain({ id: 'w', conditions: [condition] }, cdr).conditions;
    expect(explained?.saw.map(({ path }) => path)).toEqual(['b', 'a']);
  });

  test('names fields of ours and whole arrays, and not what was seen inside elements', () => {
    const conditions = [
      { '==': [{ var: '$source' }, 'branch-7'] },
      { some: [{ var: 'legs' }, { '==': [{ var: 'n' }, 1] }] },
    ];
    expect(explain({ id: 'w', conditions }, cdr).conditions.map(({ saw }) => saw)).toEqual([
      [{ path: '$source', value: 'branch-7', absent: false }],
      [{ path: 'legs', value: [{ n: 1 }], absent: false }],
    ]);
  });

  test('tells why a condition could not be evaluated, and what it had seen', () => {
    const [condition] = explain({ id: 'w', conditions: [throwing] }, cdr).conditions;
    expect(condition?.held).toBe(false);
    expect(condition?.error).toMatch(/Cannot convert object to primitive value/);
    expect(condition?.saw.map(({ path }) => path)).toEqual(['odd']);
  });

  test('of a webhook that does not listen tells its conditions all the same', () => {
    const explanation = explain({ id: 'w', sources: ['other'], conditions: [missed] }, cdr);
    expect(explanation).toMatchObject({ listens: false, matched: false, conditions: [{ held: true }] });
  });

  test('of a webhook without conditions is a match', () => {
    expect(explain({ id: 'w', conditions: [] }, cdr)).toEqual({
      webhookId: 'w',
      listens: true,
      matched: true,
      conditions: [],
    });
  });
});

test('an explanation and the matcher agree', () => {
  const rules: Rule[] = [
    { id: 'hit', conditions: [missed] },
    { id: 'miss', conditions: [missed, long] },
    { id: 'throws', conditions: [missed, throwing] },
    { id: 'deaf', sources: ['other'], conditions: [] },
    { id: 'all', conditions: [] },
  ];
  const explained = rules.filter((rule) => explain(rule, cdr).matched).map(({ id }) => id);
  expect(explained).toEqual(['hit', 'all']);
  expect(new Matcher(rules).match(cdr).hits.toSorted()).toEqual(explained.toSorted());
});
