import type { Cdr } from '../cdr/cdr.ts';
import { ConditionPool, type PooledCondition } from './condition-pool.ts';
import type { Condition } from './conditions.ts';
import { RuleIndex, type IndexedRule, type Search } from './rule-index.ts';
import { Selectivity } from './selectivity.ts';

/** What the matcher has to know of a webhook. */
export interface Rule {
  readonly id: string;
  /** The sources it listens to; all when `undefined`. */
  readonly sources?: readonly string[] | undefined;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

/** Which webhooks a CDR hits. */
export interface Match {
  /** Ids of the webhooks whose conditions all held, in no particular order. */
  readonly hits: readonly string[];
  /**
   * Ids of those in which a condition threw, at most about a thousand: no match, to be counted. A condition that did not have to be evaluated to find
   * the hits could not throw.
   */
  readonly errors: readonly string[];
}

/** A webhook that is in the matcher. */
interface MatchedRule extends IndexedRule {
  readonly id: string;
  /** The round in which it was last found. */
  round: number;
}

/** Matches CDRs against webhooks at a cost that follows those that match, not those that exist. */
export class Matcher {
  readonly #pool = new ConditionPool();
  readonly #selectivity = new Selectivity();
  readonly #index = new RuleIndex<MatchedRule>(this.#selectivity);
  readonly #rules = new Map<string, MatchedRule>();
  #round = 0;

  /** @param rules with distinct ids. */
  constructor(rules: Iterable<Rule> = []) {
    // All are known before the first is registered, so that each is registered under what tells it from the others.
    const taken = Array.from(rules, (rule) => this.#take(rule));
    for (const rule of taken) this.#index.add(rule);
  }

  /** How many different operands, fields mostly, are looked up for every CDR. */
  get operands(): number {
    return this.#index.operands;
  }

  /** Puts a webhook in, or in the place of the one with its id. */
  set(rule: Rule): void {
    this.delete(rule.id);
    this.#index.add(this.#take(rule));
  }

  /** Takes a webhook out, if it is there. */
  delete(id: string): void {
    const matched = this.#rules.get(id);
    if (matched === undefined) return;
    this.#index.remove(matched);
    this.#rules.delete(id);
    for (const condition of matched.conditions) {
      if (this.#pool.release(condition)) this.#selectivity.forget(condition.expression);
    }
  }

  /** Which webhooks a CDR hits. Never throws. */
  match(cdr: Cdr): Match {
    const verification = new Verification(cdr, (this.#round += 1));
    this.#index.search(verification);
    const { hits, errors } = verification;
    return { hits, errors };
  }

  #take({ id, sources, conditions: expressions }: Rule): MatchedRule {
    // Sources are one condition more, so that a webhook can be looked up by them too.
    const all = sources === undefined ? expressions : [sourceCondition(sources), ...expressions];
    const conditions = all.map((expression) => this.#pooled(expression));
    const matched = { id, conditions, homes: [], known: -1, spread: 0, round: 0 };
    this.#rules.set(id, matched);
    return matched;
  }

  #pooled(expression: Condition): PooledCondition {
    const condition = this.#pool.take(expression);
    if (condition.users === 1) this.#selectivity.learn(expression);
    return condition;
  }
}

/** One hostile CDR must not make all webhooks of a router fail one by one. */
const MAX_ERRORS = 1_000;

/** Verifies what the index finds for one CDR. */
class Verification implements Search<MatchedRule> {
  readonly cdr: Cdr;
  readonly round: number;
  readonly hits: string[] = [];
  readonly errors: string[] = [];

  constructor(cdr: Cdr, round: number) {
    this.cdr = cdr;
    this.round = round;
  }

  found(rules: readonly MatchedRule[], isSure: boolean): void {
    // What is unsure cannot match: it throws. It is only evaluated to be told, and not without end.
    if (!isSure && this.errors.length >= MAX_ERRORS) return;
    for (const rule of rules) {
      if (rule.round === this.round) continue;
      rule.round = this.round;
      try {
        if (this.#isHit(rule, isSure ? rule.known : -1)) this.hits.push(rule.id);
      } catch {
        this.errors.push(rule.id);
      }
    }
  }

  /** @param known the place of a condition that need not be evaluated, because it holds. */
  #isHit(rule: MatchedRule, known: number): boolean {
    const { conditions } = rule;
    for (let index = 0; index < conditions.length; index += 1) {
      if (index !== known && conditions[index]?.holds(this.cdr, this.round) === false) return false;
    }
    return true;
  }
}

function sourceCondition(sources: readonly string[]): Condition {
  return { in: [{ var: '$source' }, [...sources]] };
}

/** Whether a webhook takes CDRs of a source. */
export function listensTo({ sources }: Rule, source: string): boolean {
  return sources?.includes(source) ?? true;
}
