import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Candidate, CandidateSet, type IndexedRule } from '../../src/match/candidate.ts';
import { CommonConditions } from '../../src/match/common-conditions.ts';

const common = new CommonConditions();

function rule(id: number): IndexedRule {
  return { id: String(id), conditions: [], homes: [], spread: 0, round: 0 };
}

test('a set of candidates holds those that were put in and not taken out, each once', () => {
  const step = fc.record({ isAdd: fc.boolean(), id: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const rules = Array.from({ length: 9 }, (_, id) => rule(id));
      const set = new CandidateSet();
      const held = new Map<IndexedRule, Candidate>();
      for (const { isAdd, id } of steps) {
        const one = rules[id] ?? rule(id);
        const candidate = Candidate.of(one, common);
        if (isAdd) set.add(candidate);
        else set.remove(one);
        if (isAdd) held.set(one, candidate);
        else held.delete(one);
      }
      expect(new Set(set.all)).toEqual(new Set(held.values()));
      expect(set.all).toHaveLength(held.size);
    }),
  );
});
