import type { Cdr } from '../cdr/cdr.ts';
import { AttributeTable, Slot, slotNames, type Hook } from './attributes.ts';
import { CandidateSet, type Candidate, type Home, type IndexedRule } from './candidate.ts';
import type { CommonConditions } from './common-conditions.ts';
import type { PooledCondition } from './condition-pool.ts';
import type { Selectivity } from './selectivity.ts';
import { isExact, type Entry, type Witness } from './witness.ts';

/** One CDR's way through the index. */
export interface Search {
  readonly cdr: Cdr;
  /** A number that is another for every CDR. */
  readonly round: number;
  /**
   * Takes rules that may match; the same one may come more than once.
   *
   * @param isSure whether the conditions that they come without hold. Otherwise a value could not be looked up, and nothing is known.
   */
  found(candidates: readonly Candidate[], isSure: boolean): void;
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
export class RuleIndex {
  readonly #root: Level;

  constructor(selectivity: Selectivity, common: CommonConditions) {
    this.#root = new Level(selectivity, common, [], () => undefined);
  }

  /** How many operands are evaluated for every CDR, before those of further levels that it gets to. */
  get operands(): number {
    return this.#root.operands;
  }

  /** Registers a rule of which nothing is known yet. */
  add(candidate: Candidate): void {
    const choice = this.#root.choose(candidate.rule);
    candidate.rule.spread = slotsOf(choice?.witness).length;
    this.#root.placeBy(candidate, choice);
  }

  remove(rule: IndexedRule): void {
    for (const home of rule.homes) home.remove(rule);
    rule.homes = [];
  }

  /** Finds the rules that may match. */
  search(search: Search): void {
    this.#root.collect(search, true);
  }
}

/** The condition that a rule is registered under, and where. */
interface Choice {
  readonly condition: PooledCondition;
  readonly witness: readonly Entry[];
}

/** A part of the index in which rules are told apart by one condition of each. */
class Level implements Home {
  readonly #selectivity: Selectivity;
  readonly #common: CommonConditions;
  /** The slots on the way to this level: conditions that they stand for would tell nothing apart once more. */
  readonly #way: readonly string[];
  readonly #onEmpty: () => void;
  readonly #table: AttributeTable<Search, Bucket>;
  /** Rules of which no further condition can be looked up. */
  readonly #rest = new CandidateSet();
  #round = 0;

  constructor(
    selectivity: Selectivity,
    common: CommonConditions,
    way: readonly string[],
    onEmpty: () => void,
  ) {
    this.#selectivity = selectivity;
    this.#common = common;
    this.#way = way;
    this.#onEmpty = onEmpty;
    const onEmptyTable = (): void => {
      this.#tellIfEmpty();
    };
    this.#table = new AttributeTable('cdr', (hook) => new Bucket(hook, this), onEmptyTable);
  }

  get operands(): number {
    return this.#table.size;
  }

  /** Whether there is to be no further level below. */
  get isLast(): boolean {
    return this.#way.length + 1 >= MAX_LEVELS;
  }

  /** A level for the rules of one of this level's slots. */
  next(slot: string, onEmpty: () => void): Level {
    return new Level(this.#selectivity, this.#common, [...this.#way, slot], onEmpty);
  }

  /** Registers a rule that has come to this level. */
  place(candidate: Candidate): void {
    const { rule } = candidate;
    this.placeBy(candidate, rule.spread > MAX_INNER_SPREAD ? undefined : this.choose(rule));
  }

  /** Registers a rule under one of its conditions, or without one among the rest. */
  placeBy(candidate: Candidate, choice: Choice | undefined): void {
    if (choice === undefined) {
      this.#rest.add(candidate);
      candidate.rule.homes = candidate.rule.homes.concat(this);
      return;
    }
    const { condition, witness } = choice;
    const inside = isExact(condition.expression) ? candidate.without(condition, this.#common) : candidate;
    for (const entry of witness) {
      for (const slot of this.#table.slotsOf(entry)) slot.place(inside);
    }
  }

  remove(rule: IndexedRule): void {
    this.#rest.remove(rule);
    this.#tellIfEmpty();
  }

  collect(search: Search, isSure: boolean): void {
    if (this.#round === search.round) return;
    this.#round = search.round;
    search.found(this.#rest.all, isSure);
    this.#table.collect(search.cdr, search, isSure);
  }

  /** The condition that the fewest CDRs meet, of those that tell something apart here. */
  choose({ conditions }: IndexedRule): Choice | undefined {
    let best: Choice | undefined;
    let bestCost = Infinity;
    for (const condition of conditions) {
      const witness = this.#selectivity.witnessOf(condition.expression);
      if (witness === undefined || !this.#tellsApart(witness)) continue;
      const cost = this.#selectivity.cost(witness, this.#table);
      if (cost >= bestCost) continue;
      best = { condition, witness };
      bestCost = cost;
    }
    return best;
  }

  #tellsApart(witness: readonly Entry[]): boolean {
    if (this.#way.length === 0) return true;
    const names = slotsOf(witness);
    return names.length <= MAX_INNER_SLOTS && !names.some((name) => this.#way.includes(name));
  }

  #tellIfEmpty(): void {
    if (this.#table.size === 0 && this.#rest.all.length === 0) this.#onEmpty();
  }
}

/** The names of the slots that a witness stands for. */
function slotsOf(witness: Witness = []): string[] {
  return witness.flatMap((entry) => slotNames(entry));
}

/** Rules registered in one slot: a few, or a level of their own once there are many, or a set of those that nothing tells apart. */
class Bucket extends Slot<Search> implements Home {
  readonly #outer: Level;
  #content: Candidate[] | CandidateSet | Level = [];

  constructor(hook: Hook, outer: Level) {
    super(hook);
    this.#outer = outer;
  }

  place(candidate: Candidate): void {
    if (this.#content instanceof Level) {
      this.#content.place(candidate);
      return;
    }
    const mayBeToldApart = candidate.rule.spread <= MAX_INNER_SPREAD && !this.#outer.isLast;
    if (mayBeToldApart && this.#candidates.length >= SPLIT_ABOVE) {
      this.#split([...this.#candidates, candidate]);
      return;
    }
    this.#keep(candidate, this.#content);
    candidate.rule.homes = candidate.rule.homes.concat(this);
  }

  remove(rule: IndexedRule): void {
    if (this.#content instanceof Level) return;
    if (this.#content instanceof CandidateSet) this.#content.remove(rule);
    else this.#content = this.#content.filter((candidate) => candidate.rule !== rule);
    if (this.#candidates.length === 0) this.leave();
  }

  override collect(search: Search, isSure: boolean): void {
    if (this.#content instanceof Level) this.#content.collect(search, isSure);
    else search.found(this.#candidates, isSure);
  }

  /** Those that are not in a level of their own. */
  get #candidates(): readonly Candidate[] {
    if (this.#content instanceof Level) return [];
    return this.#content instanceof CandidateSet ? this.#content.all : this.#content;
  }

  #keep(candidate: Candidate, kept: Candidate[] | CandidateSet): void {
    if (kept instanceof CandidateSet) kept.add(candidate);
    else if (kept.length >= SPLIT_ABOVE) this.#content = new CandidateSet([...kept, candidate]);
    // `concat` makes arrays of the right size; one that grows takes room for seventeen, and most hold one.
    else if (kept.length < FEW) this.#content = kept.concat(candidate);
    else kept.push(candidate);
  }

  #split(candidates: readonly Candidate[]): void {
    const level = this.#outer.next(this.name, () => {
      this.leave();
    });
    this.#content = level;
    for (const candidate of candidates) {
      const { rule } = candidate;
      rule.homes = rule.homes.filter((home) => home !== this);
      level.place(candidate);
    }
  }
}
