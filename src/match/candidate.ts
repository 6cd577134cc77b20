import type { CommonConditions } from './common-conditions.ts';
import type { PooledCondition } from './condition-pool.ts';

/** Where rules are registered. */
export interface Home {
  remove(rule: IndexedRule): void;
}

/** A webhook as the index holds it. */
export interface IndexedRule {
  readonly id: string;
  readonly conditions: readonly PooledCondition[];
  /** Where it is registered, so that it can be taken out. */
  homes: readonly Home[];
  /** In how many slots of the first level it is registered. */
  spread: number;
  /** The round in which it was last found. */
  round: number;
}

const NONE: readonly PooledCondition[] = [];

/** A rule at some of its places, with those of its conditions that are not known to hold there. */
export class Candidate {
  readonly rule: IndexedRule;
  /** The bits of those that are common. */
  readonly common: number;
  /** The others, in their order. */
  readonly others: readonly PooledCondition[];

  private constructor(rule: IndexedRule, common: number, others: readonly PooledCondition[]) {
    this.rule = rule;
    this.common = common;
    // A copy has the right size; an array that has grown has room for seventeen.
    this.others = others.length === 0 ? NONE : others.slice();
  }

  /** A rule of which nothing is known yet. */
  static of(rule: IndexedRule, common: CommonConditions): Candidate {
    const others = rule.conditions.filter((condition) => common.bitOf(condition) === 0);
    const mask = rule.conditions.reduce((bits, condition) => bits | common.bitOf(condition), 0);
    return new Candidate(rule, mask, others);
  }

  /** The same rule where one more of its conditions is known to hold. */
  without(condition: PooledCondition, common: CommonConditions): Candidate {
    const others = this.others.filter((other) => other !== condition);
    return new Candidate(this.rule, this.common & ~common.bitOf(condition), others);
  }
}

/** Candidates at one place, in no order, of which any is taken out at once however many there are. */
export class CandidateSet {
  readonly #candidates: Candidate[] = [];
  readonly #positions = new Map<IndexedRule, number>();

  constructor(candidates: Iterable<Candidate> = []) {
    for (const candidate of candidates) this.add(candidate);
  }

  get all(): readonly Candidate[] {
    return this.#candidates;
  }

  /** Puts one in, or in the place of that of its rule. */
  add(candidate: Candidate): void {
    const position = this.#positions.get(candidate.rule) ?? this.#candidates.length;
    this.#positions.set(candidate.rule, position);
    this.#candidates[position] = candidate;
  }

  /** Takes out that of a rule, if it is here: the last one gets its position. */
  remove(rule: IndexedRule): void {
    const position = this.#positions.get(rule);
    const last = this.#candidates.at(-1);
    if (position === undefined || last === undefined) return;
    this.#candidates[position] = last;
    this.#positions.set(last.rule, position);
    this.#candidates.pop();
    this.#positions.delete(rule);
  }
}
