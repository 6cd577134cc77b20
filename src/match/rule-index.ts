import type { Cdr } from '../cdr/cdr.ts';
import { AttributeTable, Slot, slotNames, type Hook } from './attributes.ts';
import type { PooledCondition } from './condition-pool.ts';
import type { Selectivity } from './selectivity.ts';
import { isExact, type Witness } from './witness.ts';

/** A webhook as the index holds it. */
export interface IndexedRule {
  readonly conditions: readonly PooledCondition[];
  /** Where it is registered, so that it can be taken out. */
  homes: readonly Home[];
  /** The place of the condition that is known to hold whenever the rule is found for sure; -1 when there is none. */
  known: number;
}

/** One CDR's way through the index. */
export interface Search<Rule> {
  readonly cdr: Cdr;
  /** A number that is another for every CDR. */
  readonly round: number;
  /**
   * Takes rules that may match; the same one may come more than once.
   *
   * @param isSure whether their `known` condition holds. Otherwise a value could not be looked up, and nothing is known.
   */
  found(rules: readonly Rule[], isSure: boolean): void;
}

/** Where rules are registered. */
interface Home {
  remove(rule: IndexedRule): void;
}

/** More rules than this in one bucket are told apart by their other conditions. */
const SPLIT_ABOVE = 64;

/**
 * Finds, for a CDR, a few rules that may match it, among them all that do. Each rule is registered under one of its
 * conditions, the one that the fewest CDRs can meet; where many come together, under another one of theirs, and so on.
 */
export class RuleIndex<Rule extends IndexedRule> {
  readonly #root: Level<Rule>;

  constructor(selectivity: Selectivity) {
    this.#root = new Level(selectivity, [], () => undefined);
  }

  /** How many operands are evaluated for every CDR. */
  get operands(): number {
    return this.#root.operands;
  }

  add(rule: Rule): void {
    rule.known = this.#root.place(rule);
  }

  remove(rule: Rule): void {
    for (const home of rule.homes) home.remove(rule);
    rule.homes = [];
  }

  /** Finds the rules that may match. */
  search(search: Search<Rule>): void {
    this.#root.collect(search, true);
  }
}

/** A part of the index in which rules are told apart by one condition of each. */
class Level<Rule extends IndexedRule> implements Home {
  readonly #selectivity: Selectivity;
  /** The slots on the way to this level. What they tell of a rule is known here. */
  readonly #way: readonly string[];
  readonly #onEmpty: () => void;
  readonly #table: AttributeTable<Search<Rule>, Bucket<Rule>>;
  /** Rules of which no further condition can be looked up. */
  readonly #rest: Rule[] = [];
  #round = 0;

  constructor(selectivity: Selectivity, way: readonly string[], onEmpty: () => void) {
    this.#selectivity = selectivity;
    this.#way = way;
    this.#onEmpty = onEmpty;
    const onEmptyTable = (): void => {
      this.#tellIfEmpty();
    };
    this.#table = new AttributeTable('cdr', (hook) => new Bucket<Rule>(hook, this), onEmptyTable);
  }

  get operands(): number {
    return this.#table.size;
  }

  /** A level for the rules of one of this level's slots. */
  next(slot: string, onEmpty: () => void): Level<Rule> {
    return new Level(this.#selectivity, [...this.#way, slot], onEmpty);
  }

  /** Returns the place of the condition that holds for sure whenever the rule is found here; -1 for none. */
  place(rule: Rule): number {
    const { index, witness } = this.#choose(rule);
    if (witness === undefined) {
      this.#rest.push(rule);
      rule.homes = rule.homes.concat(this);
      return -1;
    }
    for (const entry of witness) {
      for (const slot of this.#table.slotsOf(entry)) slot.place(rule);
    }
    return isExact(rule.conditions[index]?.expression) ? index : -1;
  }

  remove(rule: Rule): void {
    this.#rest.splice(this.#rest.indexOf(rule), 1);
    this.#tellIfEmpty();
  }

  collect(search: Search<Rule>, isSure: boolean): void {
    if (this.#round === search.round) return;
    this.#round = search.round;
    search.found(this.#rest, isSure);
    this.#table.collect(search.cdr, search, isSure);
  }

  /** The witness of the condition that the fewest CDRs meet, of those that can be looked up here. */
  #choose({ conditions }: Rule): { index: number; witness: Witness } {
    let best: { index: number; witness: Witness } = { index: -1, witness: undefined };
    let bestCost = Infinity;
    for (const [index, { expression }] of conditions.entries()) {
      const witness = this.#selectivity.witnessOf(expression);
      if (witness === undefined || this.#isKnown(witness)) continue;
      const cost = this.#selectivity.cost(witness, this.#table);
      if (cost >= bestCost) continue;
      best = { index, witness };
      bestCost = cost;
    }
    return best;
  }

  #isKnown(witness: NonNullable<Witness>): boolean {
    if (this.#way.length === 0) return false;
    return witness.some((entry) => slotNames(entry).some((name) => this.#way.includes(name)));
  }

  #tellIfEmpty(): void {
    if (this.#table.size === 0 && this.#rest.length === 0) this.#onEmpty();
  }
}

/** Rules registered in one slot: a few, or a level of their own once there are many. */
class Bucket<Rule extends IndexedRule> extends Slot<Search<Rule>> implements Home {
  readonly #outer: Level<Rule>;
  #content: readonly Rule[] | Level<Rule> = [];

  constructor(hook: Hook, outer: Level<Rule>) {
    super(hook);
    this.#outer = outer;
  }

  place(rule: Rule): void {
    if (this.#content instanceof Level) {
      this.#content.place(rule);
    } else if (this.#content.length < SPLIT_ABOVE) {
      // `concat` makes arrays of the right size; one that grows takes room for seventeen, and most hold one.
      this.#content = this.#content.concat(rule);
      rule.homes = rule.homes.concat(this);
    } else {
      this.#split([...this.#content, rule]);
    }
  }

  remove(rule: Rule): void {
    if (this.#content instanceof Level) return;
    this.#content = this.#content.filter((one) => one !== rule);
    if (this.#content.length === 0) this.leave();
  }

  override collect(search: Search<Rule>, isSure: boolean): void {
    if (this.#content instanceof Level) this.#content.collect(search, isSure);
    else search.found(this.#content, isSure);
  }

  #split(rules: readonly Rule[]): void {
    const level = this.#outer.next(this.name, () => {
      this.leave();
    });
    this.#content = level;
    for (const rule of rules) {
      rule.homes = rule.homes.filter((home) => home !== this);
      level.place(rule);
    }
  }
}
