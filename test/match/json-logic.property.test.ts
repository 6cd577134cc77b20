import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { CdrScope, holds } from '../../src/match/logic.ts';
import { Matcher } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';
import { libraryHolds } from '../support/library-logic.ts';
import { conditions, nastyRecords } from '../support/rules.ts';

type Outcome = 'holds' | 'does not hold' | 'throws';

function outcomeOf(evaluate: () => boolean): Outcome {
  try {
    return evaluate() ? 'holds' : 'does not hold';
  } catch {
    return 'throws';
  }
}

function ours(condition: JsonObject, record: JsonObject): Outcome {
  return outcomeOf(() => holds(condition, new CdrScope(cdrOf(record))));
}

function theirs(condition: JsonObject, record: JsonObject): Outcome {
  return outcomeOf(() => libraryHolds(condition, record));
}

test('a condition means on a CDR what json-logic-js says, a throw included', () => {
  const seen = new Map<Outcome, number>();
  fc.assert(
    fc.property(conditions, nastyRecords, (condition, record) => {
      const outcome = ours(condition, record);
      expect(outcome).toBe(theirs(condition, record));
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 5_000 },
  );
  // A comparison in which nothing ever held, or nothing ever threw, would compare little.
  expect(seen.get('holds')).toBeGreaterThan(1_000);
  expect(seen.get('does not hold')).toBeGreaterThan(1_000);
  expect(seen.get('throws')).toBeGreaterThan(0);
});

test('evaluating changes neither the condition nor the record', () => {
  fc.assert(
    fc.property(conditions, nastyRecords, (condition, record) => {
      const before = JSON.stringify([condition, record]);
      ours(condition, record);
      expect(JSON.stringify([condition, record])).toBe(before);
    }),
    { numRuns: 1_000 },
  );
});

/** What random conditions cost, and what random texts are not. */
const EXPECTED_ERRORS = /deep in one another|evaluations|a text or number|an empty text|a time of day/;

test('the check finds no error in such conditions but for what they may cost, so they are the ones in use', () => {
  fc.assert(
    fc.property(conditions, (condition) => {
      const errors = checkConditions([condition], '').filter(({ severity }) => severity === 'error');
      expect(errors.filter(({ message }) => !EXPECTED_ERRORS.test(message))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('a webhook matches when all its conditions hold, and an error is told of none that does not throw', () => {
  fc.assert(
    fc.property(fc.array(conditions, { maxLength: 3 }), nastyRecords, (list, record) => {
      const outcomes = list.map((condition) => theirs(condition, record));
      const firstFailure = outcomes.find((outcome) => outcome !== 'holds');
      const { hits, errors } = new Matcher([{ id: 'w', conditions: list }]).match(cdrOf(record));
      expect(hits).toEqual(firstFailure === undefined ? ['w'] : []);
      if (errors.length > 0) expect(firstFailure).toBe('throws');
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  [{ '==': [{ var: 'x' }, 16] }],
  [{ '==': ['16', { var: 'x' }] }],
  [{ '<=': [1, { var: 'x' }, 20] }],
  [{ '>': [{ var: 'x' }, 3] }],
  [{ '!=': [{ var: 'x' }, 'a'] }],
  [{ '==': [{ substr: [{ var: 'x' }, 0, 2] }, '49'] }],
  [{ some: [{ var: 'list' }, { '==': [{ var: '' }, 1] }] }],
])('a webhook of which %j throws is told, although it can be looked up', (condition) => {
  const weird = { toString: 1 };
  const { hits, errors } = new Matcher([{ id: 'w', conditions: [condition] }]).match(
    cdrOf({ x: weird, list: [weird] }),
  );
  expect({ hits, errors }).toEqual({ hits: [], errors: ['w'] });
});
