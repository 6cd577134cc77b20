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
  /** In how many slots of the first level it is registered. */
  spread: number;
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
/** Levels below one another. Without a limit, rules that are much alike would be registered without end. */
const MAX_LEVELS = 4;
/** Up to here, arrays are kept as small as they can be. */
const FEW = 8;
/** A rule in more slots than this, such as one that lists hundreds of numbers, is not told apart further: that would cost for each. */
const MAX_INNER_SPREAD = 32;
/** Slots in which one condition registers a rule below the first level; there it has several places already. */
const MAX_INNER_SLOTS = 4;

/**
 * The tree: Level ─ AttributeTable ─ Attribute (an operand, such as a field) ─ Postings (a way to look at its value) ─ Bucket (one
 * key, with its rules, or with a Level once there are many).
 *
 * Finds, for a CDR, a few rules that may match it, among them all that do. Each rule is registered under one of its
 * conditions, the one that the fewest CDRs can meet; where many come together, under another one of theirs, and so on.
 */
export class RuleIndex<Rule extends IndexedRule> {
  readonly #root: Level<Rule>;

  constructor(selectivity: Selectivity) {
    this.#root = new Level(selectivity, [], () => undefined);
  }

  /** How many operands are evaluated for every CDR, before those of further levels that it gets to. */
  get operands(): number {
    return this.#root.operands;
  }

  add(rule: Rule): void {
    const { index, witness } = this.#root.choose(rule);
    rule.known = witness !== undefined && isExact(rule.conditions[index]?.expression) ? index : -1;
    rule.spread = slotsOf(witness).length;
    this.#root.placeBy(rule, witness);
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
  /** The slots on the way to this level: conditions that they stand for would tell nothing apart once more. */
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

  /** Whether there is to be no further level below. */
  get isLast(): boolean {
    return this.#way.length + 1 >= MAX_LEVELS;
  }

  /** A level for the rules of one of this level's slots. */
  next(slot: string, onEmpty: () => void): Level<Rule> {
    return new Level(this.#selectivity, [...this.#way, slot], onEmpty);
  }

  /** Registers a rule that has come to this level. */
  place(rule: Rule): void {
    this.placeBy(rule, rule.spread > MAX_INNER_SPREAD ? undefined : this.choose(rule).witness);
  }

  /** Registers a rule under a witness, or without one among the rest. */
  placeBy(rule: Rule, witness: Witness): void {
    if (witness === undefined) {
      this.#rest.push(rule);
      rule.homes = rule.homes.concat(this);
      return;
    }
    for (const entry of witness) {
      for (const slot of this.#table.slotsOf(entry)) slot.place(rule);
    }
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

  /** The place and witness of the condition that the fewest CDRs meet, of those that tell something apart here. */
  choose({ conditions }: Rule): { index: number; witness: Witness } {
    let best: { index: number; witness: Witness } = { index: -1, witness: undefined };
    let bestCost = Infinity;
    for (const [index, { expression }] of conditions.entries()) {
      const witness = this.#selectivity.witnessOf(expression);
      if (witness === undefined || !this.#tellsApart(witness)) continue;
      const cost = this.#selectivity.cost(witness, this.#table);
      if (cost >= bestCost) continue;
      best = { index, witness };
      bestCost = cost;
    }
    return best;
  }

  #tellsApart(witness: NonNullable<Witness>): boolean {
    if (this.#way.length === 0) return true;
    const names = slotsOf(witness);
    return names.length <= MAX_INNER_SLOTS && !names.some((name) => this.#way.includes(name));
  }

  #tellIfEmpty(): void {
    if (this.#table.size === 0 && this.#rest.length === 0) this.#onEmpty();
  }
}

/** The names of the slots that a witness stands for. */
function slotsOf(witness: Witness = []): string[] {
  return witness.flatMap((entry) => slotNames(entry));
}

/** Rules registered in one slot: a few, or a level of their own once there are many. */
class Bucket<Rule extends IndexedRule> extends Slot<Search<Rule>> implements Home {
  readonly #outer: Level<Rule>;
  #content: Rule[] | Level<Rule> = [];

  constructor(hook: Hook, outer: Level<Rule>) {
    super(hook);
    this.#outer = outer;
  }

  place(rule: Rule): void {
    if (this.#content instanceof Level) {
      this.#content.place(rule);
      return;
    }
    const mayBeToldApart = rule.spread <= MAX_INNER_SPREAD && !this.#outer.isLast;
    if (mayBeToldApart && this.#content.length >= SPLIT_ABOVE) {
      this.#split([...this.#content, rule]);
      return;
    }
    // `concat` makes arrays of the right size; one that grows takes room for seventeen, and most hold one.
    if (this.#content.length < FEW) this.#content = this.#content.concat(rule);
    else this.#content.push(rule);
    rule.homes = rule.homes.concat(this);
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
