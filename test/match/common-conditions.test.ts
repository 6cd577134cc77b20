import { expect, test } from 'vitest';
import { CommonConditions } from '../../src/match/common-conditions.ts';
import { ConditionPool, type PooledCondition } from '../../src/match/condition-pool.ts';
import { Matcher, type Rule } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';

const pool = new ConditionPool();

/** A condition that a number of webhooks have. */
function conditionOf(value: string | number, users: number): PooledCondition {
  const expression = { '==': [{ var: 'x' }, value] };
  const taken = Array.from({ length: users }, () => pool.take(expression));
  return taken[0] as PooledCondition;
}

test('a condition has a bit from its fourth webhook on, until none has it any more', () => {
  const common = new CommonConditions();
  const [rare, often] = [conditionOf('rare', 3), conditionOf('often', 4)];
  for (const condition of [rare, often, often]) common.learn(condition);
  expect(common.bitOf(rare)).toBe(0);
  expect(common.bitOf(often)).toBe(1);
  common.forget(rare);
  common.forget(often);
  expect(common.bitOf(often)).toBe(0);
});

test('there are thirty-two bits, and one that is given back is given again', () => {
  const common = new CommonConditions();
  const conditions = Array.from({ length: 34 }, (_, index) => conditionOf(index, 4));
  for (const condition of conditions) common.learn(condition);
  const bits = conditions.map((condition) => common.bitOf(condition));
  expect(new Set(bits.slice(0, 32)).size).toBe(32);
  expect(bits.slice(0, 32)).not.toContain(0);
  expect(bits.slice(32)).toEqual([0, 0]);
  common.forget(conditions[7] as PooledCondition);
  common.learn(conditions[33] as PooledCondition);
  expect(common.bitOf(conditions[33] as PooledCondition)).toBe(bits[7]);
});

test('all conditions asked for have to hold, each in its own round', () => {
  const common = new CommonConditions();
  const [one, two] = [conditionOf('1', 4), conditionOf(1, 4)];
  for (const condition of [one, two]) common.learn(condition);
  const [a, b] = [common.bitOf(one), common.bitOf(two)];
  expect(common.hold(0, cdrOf({}), 1)).toBe(true);
  expect(common.hold(a | b, cdrOf({ x: '1' }), 2)).toBe(true);
  expect([common.hold(b, cdrOf({ x: '01' }), 3), common.hold(a | b, cdrOf({ x: '01' }), 3)]).toEqual([
    true,
    false,
  ]);
  expect(common.threw(a | b)).toBe(false);
  const hostile = cdrOf({ x: { toString: 1 } });
  expect([common.hold(a, hostile, 4), common.threw(a), common.threw(b)]).toEqual([false, true, false]);
});

test('a common condition that throws is told of only if those before it hold', () => {
  const [throwing, failing] = [{ '==': [{ var: 'x' }, '1'] }, { '==': [{ var: 'y' }, 1] }];
  const rules = Array.from({ length: 4 }, (_, index): Rule => {
    return {
      id: `r${index}`,
      conditions: index < 3 ? [{ '!!': [{ var: 'z' }] }, throwing] : [failing, throwing],
    };
  });
  const cdr = cdrOf({ x: { toString: 1 }, z: 1 });
  expect(new Matcher(rules).match(cdr)).toEqual({ hits: [], errors: ['r0', 'r1', 'r2'] });
});
