import { expect, test } from 'vitest';
import { ConditionPool } from '../../src/match/condition-pool.ts';
import { Matcher } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';

const missed = (): object => ({ '==': [{ var: 'status' }, 'missed'] });

test('equal conditions are one, as long as somebody has it', () => {
  const pool = new ConditionPool();
  const first = pool.take(missed() as never);
  const second = pool.take(missed() as never);
  expect(second).toBe(first);
  expect(pool.release(first)).toBe(false);
  expect(pool.take(missed() as never)).toBe(first);
  expect(pool.release(first)).toBe(false);
  expect(pool.release(first)).toBe(true);
  expect(pool.take(missed() as never)).not.toBe(first);
});

test('two conditions that share a hash by chance are not taken for one another', () => {
  // Found by trying: the FNV-1a hash of both texts is 863617974.
  const [a, b] = ['1pl0l1m', 'ak97n7'].map((text) => ({ '==': [{ var: 'number' }, text] }));
  const matcher = new Matcher([
    { id: 'a', conditions: [a as never] },
    { id: 'b', conditions: [b as never] },
  ]);
  expect(matcher.match(cdrOf({ number: '1pl0l1m' })).hits).toEqual(['a']);
  expect(matcher.match(cdrOf({ number: 'ak97n7' })).hits).toEqual(['b']);
  matcher.delete('b');
  matcher.delete('a');
  matcher.set({ id: 'c', conditions: [b as never] });
  expect(matcher.match(cdrOf({ number: 'ak97n7' })).hits).toEqual(['c']);
});

test('a condition is evaluated once per round, whether it holds, does not or throws', () => {
  const pool = new ConditionPool();
  let reads = 0;
  const counted = cdrOf({
    get status() {
      reads += 1;
      return 'missed';
    },
    get x() {
      reads += 1;
      return { toString: 1 };
    },
  });
  reads = 0;
  const holding = pool.take(missed() as never);
  expect([holding.holds(counted, 1), holding.holds(counted, 1)]).toEqual([true, true]);
  expect(reads).toBe(1);
  const throwing = pool.take({ '==': [{ var: 'x' }, 1] });
  expect(() => throwing.holds(counted, 2)).toThrow(TypeError);
  expect(() => throwing.holds(counted, 2)).toThrow(TypeError);
  expect(reads).toBe(2);
  expect(holding.holds(counted, 2)).toBe(true);
  expect(reads).toBe(3);
});
