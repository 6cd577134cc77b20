import { makeFields, type Cdr } from '../cdr/cdr.ts';
import { Candidate, type IndexedRule } from './candidate.ts';
import { CommonConditions } from './common-conditions.ts';
import { ConditionPool, type PooledCondition } from './condition-pool.ts';
import type { Condition } from './conditions.ts';
import { RuleIndex, type Search } from './rule-index.ts';
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

/** From so many webhooks on a CDR is flattened first: a map is read faster than a record, and makes up for its making. */
const FLATTEN_FROM = 500;

/** Matches CDRs against webhooks at a cost that follows those that match, not those that exist. */
export class Matcher {
  readonly #pool = new ConditionPool();
  readonly #common = new CommonConditions();
  readonly #selectivity = new Selectivity();
  readonly #index = new RuleIndex(this.#selectivity, this.#common);
  readonly #rules = new Map<string, IndexedRule>();
  readonly #hits = new Collected();
  #round = 0;

  /** @param rules with distinct ids. */
  constructor(rules: Iterable<Rule> = []) {
    // All are known before the first is registered, so that each is registered under what tells it from the others.
    const taken = Array.from(rules, (rule) => this.#take(rule));
    for (const condition of this.#pool.mostUsed) this.#common.learn(condition);
    for (const rule of taken) this.#register(rule);
  }

  /** How many different operands, fields mostly, are looked up for every CDR. */
  get operands(): number {
    return this.#index.operands;
  }

  /** Puts a webhook in, or in the place of the one with its id. */
  set(rule: Rule): void {
    this.delete(rule.id);
    this.#register(this.#take(rule));
  }

  /** Takes a webhook out, if it is there. */
  delete(id: string): void {
    const matched = this.#rules.get(id);
    if (matched === undefined) return;
    this.#index.remove(matched);
    this.#rules.delete(id);
    for (const condition of matched.conditions) {
      if (!this.#pool.release(condition)) continue;
      this.#selectivity.forget(condition.expression);
      this.#common.forget(condition);
    }
  }

  /** Which webhooks a CDR hits. Never throws. */
  match(cdr: Cdr): Match {
    if (this.#rules.size >= FLATTEN_FROM) makeFields(cdr);
    const verification = new Verification(cdr, (this.#round += 1), this.#common, this.#hits);
    this.#index.search(verification);
    return { hits: this.#hits.take(), errors: verification.errors };
  }

  #take({ id, sources, conditions: expressions }: Rule): IndexedRule {
    // Sources are one condition more, so that a webhook can be looked up by them too.
    const all = sources === undefined ? expressions : [sourceCondition(sources), ...expressions];
    const conditions = all.map((expression) => this.#pooled(expression));
    const matched: IndexedRule = { id, conditions, homes: [], spread: 0, round: 0 };
    this.#rules.set(id, matched);
    return matched;
  }

  #register(rule: IndexedRule): void {
    for (const condition of rule.conditions) this.#common.learn(condition);
    this.#index.add(Candidate.of(rule, this.#common));
  }

  #pooled(expression: Condition): PooledCondition {
    const condition = this.#pool.take(expression);
    if (condition.users === 1) this.#selectivity.learn(expression);
    return condition;
  }
}

/** Ids of one CDR's hits. Its room is kept from CDR to CDR: an array that grows writes to three times as much new memory. */
class Collected {
  readonly #ids: string[] = [];
  #count = 0;

  push(id: string): void {
    this.#ids[this.#count] = id;
    this.#count += 1;
  }

  /** All since it was last called. */
  take(): string[] {
    const taken = this.#ids.slice(0, this.#count);
    this.#count = 0;
    return taken;
  }
}

/** One hostile CDR must not make all webhooks of a router fail one by one. */
const MAX_ERRORS = 1_000;

/** Verifies what the index finds for one CDR. */
class Verification implements Search {
  readonly cdr: Cdr;
  readonly round: number;
  readonly errors: string[] = [];
  readonly #hits: Collected;
  readonly #common: CommonConditions;

  constructor(cdr: Cdr, round: number, common: CommonConditions, hits: Collected) {
    this.cdr = cdr;
    this.round = round;
    this.#common = common;
    this.#hits = hits;
  }

  found(candidates: readonly Candidate[], isSure: boolean): void {
    // What is unsure cannot match: it throws. It is only evaluated to be told, and not without end.
    if (!isSure && this.errors.length >= MAX_ERRORS) return;
    for (const candidate of candidates) {
      const { rule } = candidate;
      if (rule.round === this.round) continue;
      rule.round = this.round;
      try {
        if (isSure ? this.#isHit(candidate) : this.#allHold(rule.conditions)) this.#hits.push(rule.id);
      } catch {
        this.errors.push(rule.id);
      }
    }
  }

  #isHit({ rule, common, others }: Candidate): boolean {
    if (this.#common.hold(common, this.cdr, this.round)) return others.length === 0 || this.#allHold(others);
    // In their order: a condition that throws is only told of if all before it hold.
    return this.#common.threw(common) && this.#allHold(rule.conditions);
  }

  #allHold(conditions: readonly PooledCondition[]): boolean {
    for (const condition of conditions) {
      if (!condition.holds(this.cdr, this.round)) return false;
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
