import { describe, expect, test } from 'vitest';
import { Matcher, type Rule } from '../../src/match/matcher.ts';
import { whyUnindexed } from '../../src/match/indexability.ts';
import { cdrOf } from '../support/cdrs.ts';
import { RandomRules } from '../support/random-rules.ts';

describe('the matcher', () => {
  test('leaves nothing behind of webhooks that are taken out', () => {
    const random = new RandomRules(5);
    const rules = Array.from({ length: 500 }, (_, index) => random.rule(`r${index}`));
    const matcher = new Matcher(rules);
    expect(matcher.operands).toBeGreaterThan(5);
    for (const { id } of rules) matcher.delete(id);
    expect(matcher.operands).toBe(0);
  });

  test('looks at few fields however many rules, and not once per rule', () => {
    const rules = Array.from({ length: 400 }, (_, index): Rule => {
      return { id: `r${index}`, conditions: [{ '==': [{ var: 'number' }, `${index}`] }] };
    });
    const matcher = new Matcher(rules);
    let reads = 0;
    const cdr = cdrOf({
      get number() {
        reads += 1;
        return '7';
      },
    });
    reads = 0;
    expect(matcher.match(cdr).hits).toEqual(['r7']);
    expect(reads).toBe(1);
    expect(matcher.operands).toBe(1);
  });

  test.each([1, 1_000])('finds members of the record of any kind, beside %i webhooks', (others) => {
    const filler = Array.from({ length: others }, (_, index): Rule => {
      return { id: `other-${index}`, conditions: [{ '==': [{ var: 'number' }, `${index}`] }] };
    });
    const rules: Rule[] = [
      { id: 'list', conditions: [{ in: ['vip', { var: 'tags' }] }] },
      { id: 'null', conditions: [{ '===': [{ var: 'nothing' }, null] }] },
      { id: 'absent', conditions: [{ '!': [{ var: 'absent' }] }] },
      { id: 'inherited', conditions: [{ '!!': [{ var: 'toString' }] }] },
    ];
    const cdr = cdrOf({ tags: ['vip'], nothing: null, number: 'none' });
    expect(new Matcher([...filler, ...rules]).match(cdr).hits.toSorted()).toEqual(['absent', 'list', 'null']);
  });

  test('tells rules with one thing in common apart by what else they ask for', () => {
    const rules = Array.from({ length: 1_000 }, (_, index): Rule => {
      const conditions = [{ '==': [{ var: 'kind' }, 'busy'] }, { in: [{ var: 'number' }, [`${index}`]] }];
      return { id: `r${index}`, conditions };
    });
    expect(new Matcher(rules).match(cdrOf({ kind: 'busy', number: '7' })).hits).toEqual(['r7']);
  });

  test('puts a webhook in the place of the one with its id', () => {
    const matcher = new Matcher([{ id: 'a', conditions: [{ '==': [{ var: 'x' }, 1] }] }]);
    matcher.set({ id: 'a', conditions: [{ '==': [{ var: 'x' }, 2] }] });
    expect(matcher.match(cdrOf({ x: 1 })).hits).toEqual([]);
    expect(matcher.match(cdrOf({ x: 2 })).hits).toEqual(['a']);
    matcher.delete('unknown');
    expect(matcher.match(cdrOf({ x: 2 })).hits).toEqual(['a']);
  });

  test('takes a great many expressions of one kind', () => {
    // More computed operands than the index looks at for every CDR.
    const rules = Array.from({ length: 400 }, (_, index): Rule => {
      return { id: `r${index}`, conditions: [{ '==': [{ cat: [{ var: 'x' }, `-${index}`] }, '7-7'] }] };
    });
    const matcher = new Matcher(rules);
    expect(matcher.match(cdrOf({ x: '7' })).hits).toEqual(['r7']);
    expect(matcher.operands).toBeLessThanOrEqual(256);
  });
});

describe('a webhook that cannot be looked up', () => {
  const x = { var: 'x' };

  test.each([
    [[{ '!=': [x, 'a'] }], /"!=" is met by what is absent too/],
    [[{ '>': [x, { var: 'y' }] }], /">" has no fixed value to look for/],
    [[{ if: [x, true, false] }], /"if" as it is used here tells nothing/],
    [[{ or: [{ '==': [x, 1] }, { '!=': [x, 2] }] }], /"or" has no fixed value/],
    [[{ '!=': [x, 1] }, { none: [x, { '==': [{ var: '' }, 1] }] }], /"!=" is met .* and "none" is met/],
  ])('%j is told why', (conditions, message) => {
    expect(whyUnindexed(conditions)).toMatch(message);
  });

  test.each([
    [[]],
    [[{ '!=': [x, 1] }, { '==': [x, 2] }]],
    [[{ and: [{ '!=': [x, 1] }, { '>': [x, 2] }] }]],
    [[{ some: [x, { '!=': [{ var: '' }, 1] }] }]],
    [[{ starts_with: [x, '49'] }]],
  ])('%j is none', (conditions) => {
    expect(whyUnindexed(conditions)).toBeUndefined();
  });
});

describe('webhooks that are much alike', () => {
  test('are put in without being registered over and over', () => {
    const list = Array.from({ length: 500 }, (_, index) => `v${index}`);
    const conditions = ['a', 'b', 'c'].map((name) => ({ in: [{ var: name }, list] }));
    const matcher = new Matcher();
    const cpu = process.cpuUsage();
    for (let index = 0; index < 70; index += 1) matcher.set({ id: `r${index}`, conditions });
    expect(matcher.match(cdrOf({ a: 'v1', b: 'v2', c: 'v3' })).hits).toHaveLength(70);
    // Some hundred milliseconds; telling each apart in each of its slots would take half a minute.
    expect(process.cpuUsage(cpu).user).toBeLessThan(4_000_000);
  });
});

test('a CDR on which every webhook throws has an end', () => {
  const rules = Array.from({ length: 5_000 }, (_, index): Rule => {
    return { id: `r${index}`, conditions: [{ '==': [{ var: 'x' }, `${index}`] }] };
  });
  const { hits, errors } = new Matcher(rules).match(cdrOf({ x: { toString: 1 } }));
  expect(hits).toEqual([]);
  expect(errors.length).toBeGreaterThan(900);
  expect(errors.length).toBeLessThan(1_100);
});

test('a webhook can be looked up by its sources', () => {
  const rules = Array.from({ length: 100 }, (_, index): Rule => {
    return { id: `r${index}`, sources: [`s${index}`, 'shared'], conditions: [] };
  });
  const matcher = new Matcher(rules);
  expect(matcher.match(cdrOf({}, 's7')).hits).toEqual(['r7']);
  expect(matcher.match(cdrOf({}, 'shared')).hits).toHaveLength(100);
  expect(matcher.match(cdrOf({}, 'other')).hits).toEqual([]);
});

test('a long text is searched for each part that some webhook asks for', () => {
  const matcher = new Matcher([
    { id: 'in', conditions: [{ in: ['needle', { var: 'note' }] }] },
    { id: 'out', conditions: [{ in: ['absent', { var: 'note' }] }] },
  ]);
  expect(matcher.match(cdrOf({ note: `${'hay'.repeat(2_000)}needle` })).hits).toEqual(['in']);
});
