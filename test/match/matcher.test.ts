import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { listensTo, Matcher, type Match, type Rule } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';

const missed = { '==': [{ var: 'status' }, 'missed'] };
const inbound = { '==': [{ var: 'direction' }, 'inbound'] };
const throwing = { '==': [{ var: 'x' }, 1] };

function matchOf(record: JsonObject, rules: readonly Rule[], source = 'pbx'): Match {
  return new Matcher(rules).match(cdrOf(record, source));
}

describe('a webhook is hit', () => {
  test('when all its conditions hold', () => {
    const rules = [{ id: 'both', conditions: [missed, inbound] }];
    expect(matchOf({ status: 'missed', direction: 'inbound' }, rules).hits).toEqual(['both']);
    expect(matchOf({ status: 'missed', direction: 'outbound' }, rules).hits).toEqual([]);
    expect(matchOf({ direction: 'inbound' }, rules).hits).toEqual([]);
  });

  test('by every CDR when it has no conditions', () => {
    expect(matchOf({}, [{ id: 'all', conditions: [] }])).toEqual({ hits: ['all'], errors: [] });
  });

  test('by the sources it listens to, all when it names none', () => {
    const rules = [
      { id: 'any', conditions: [] },
      { id: 'any-too', sources: undefined, conditions: [] },
      { id: 'here', sources: ['other', 'pbx'], conditions: [] },
      { id: 'there', sources: ['other'], conditions: [] },
    ];
    expect(matchOf({}, rules, 'pbx').hits).toEqual(['any', 'any-too', 'here']);
    expect(matchOf({}, rules, 'other').hits).toEqual(['any', 'any-too', 'here', 'there']);
  });
});

test('without rules there is no hit', () => {
  expect(matchOf({ status: 'missed' }, [])).toEqual({ hits: [], errors: [] });
});

describe('a condition that throws', () => {
  const nasty = { x: { toString: 1 }, status: 'missed' };

  test('is no match, is told, and leaves the other webhooks alone', () => {
    const rules = [
      { id: 'before', conditions: [missed] },
      { id: 'broken', conditions: [missed, throwing] },
      { id: 'after', conditions: [missed] },
    ];
    expect(matchOf(nasty, rules)).toEqual({ hits: ['before', 'after'], errors: ['broken'] });
  });

  test('is not come to when an earlier one does not hold', () => {
    expect(matchOf(nasty, [{ id: 'w', conditions: [inbound, throwing] }])).toEqual({ hits: [], errors: [] });
  });

  test('is not come to when the webhook does not listen', () => {
    const rules = [{ id: 'w', sources: ['other'], conditions: [throwing] }];
    expect(matchOf(nasty, rules)).toEqual({ hits: [], errors: [] });
  });
});

test('rules added to a list after the matcher was made are not its own', () => {
  const rules = [{ id: 'first', conditions: [] }];
  const matcher = new Matcher(rules);
  rules.push({ id: 'second', conditions: [] });
  expect(matcher.match(cdrOf({})).hits).toEqual(['first']);
});

test('a webhook listens to a source that it names', () => {
  expect(listensTo({ id: 'w', conditions: [] }, 'pbx')).toBe(true);
  expect(listensTo({ id: 'w', sources: ['pbx'], conditions: [] }, 'pbx')).toBe(true);
  expect(listensTo({ id: 'w', sources: ['PBX'], conditions: [] }, 'pbx')).toBe(false);
});
