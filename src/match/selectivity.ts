import type { Condition } from './conditions.ts';
import { witnessOf, type Entry, type Witness } from './witness.ts';

/** Operands other than plain fields that one table may look at; each is evaluated for every CDR. */
const MAX_COMPUTED = 256;

/**
 * How likely an entry holds for a CDR, where nothing better is known. Of equalities it is divided by how many values there are
 * to be equal to, so that one field's only value is taken to be common, and one of thousands to be rare.
 */
const LIKELIHOOD: Readonly<Record<Entry['probe'], number>> = {
  same: 1,
  number: 1,
  text: 1,
  valueOfText: 0.5,
  item: 0.05,
  part: 0.05,
  prefix: 0.05,
  suffix: 0.01,
  falsy: 0.4,
  nullish: 0.4,
  below: 0.5,
  atMost: 0.5,
  above: 0.5,
  atLeast: 0.5,
  truthy: 0.6,
  filled: 0.6,
  element: 1,
};

/** Elements that a list is taken to have: each can meet the entries inside. */
const USUAL_ELEMENTS = 2;

const EQUALITIES: ReadonlySet<string> = new Set(['same', 'number', 'text', 'valueOfText']);

/** Operands that a table looks at. */
interface Operands {
  readonly size: number;
  has(operandName: string): boolean;
}

/** The entries of all witnesses. */
const every = (witnesses: readonly Witness[]): Witness => witnesses.flatMap((witness) => witness ?? []);

/**
 * Tells which of a rule's conditions the fewest CDRs can meet. An operand that conditions compare with many different
 * values, such as a number called, is taken to have as many. A wrong guess costs time and never a match.
 */
export class Selectivity {
  /** How many values each operand is compared with, by its name. */
  readonly #values = new Map<string, number>();

  /** Takes a new condition into account. */
  learn(condition: Condition): void {
    this.#count(witnessOf(condition, every) ?? [], 1);
  }

  /** Takes it out again. */
  forget(condition: Condition): void {
    this.#count(witnessOf(condition, every) ?? [], -1);
  }

  /** The witness of a condition; where several would do, the best. */
  witnessOf(condition: Condition): Witness {
    return witnessOf(condition, (witnesses) => this.#best(witnesses));
  }

  /**
   * How likely it is that a CDR meets a witness, roughly.
   *
   * @param table where it would be put: infinite when that would have to compute too much for every CDR.
   */
  cost(witness: readonly Entry[], table?: Operands): number {
    if (table !== undefined && isTooMuch(witness, table)) return Infinity;
    return witness.reduce((sum, entry) => sum + this.#costOf(entry), 0);
  }

  #costOf({ name, probe, inside }: Entry): number {
    if (inside !== undefined) return USUAL_ELEMENTS * this.cost(inside);
    return LIKELIHOOD[probe] / (EQUALITIES.has(probe) ? 1 + (this.#values.get(name) ?? 0) : 1);
  }

  /** The least likely of witnesses that must all be met. */
  #best(witnesses: readonly Witness[]): Witness {
    const known = witnesses.filter((witness) => witness !== undefined);
    const costs = known.map((witness) => this.cost(witness));
    return known[costs.indexOf(Math.min(...costs))];
  }

  #count(witness: readonly Entry[], change: number): void {
    for (const { name, probe, inside } of witness) {
      if (inside !== undefined) this.#count(inside, change);
      else if (EQUALITIES.has(probe)) this.#add(name, change);
    }
  }

  #add(name: string, change: number): void {
    const count = (this.#values.get(name) ?? 0) + change;
    if (count > 0) this.#values.set(name, count);
    else this.#values.delete(name);
  }
}

/** Whether a table would look at too many computed operands. Those inside elements are fields. */
function isTooMuch(witness: readonly Entry[], table: Operands): boolean {
  const computed = witness.filter(({ operand, name }) => operand.operator !== 'var' && !table.has(name));
  return computed.length > 0 && table.size + computed.length > MAX_COMPUTED;
}
