import type { Cdr } from '../cdr/cdr.ts';
import type { PooledCondition } from './condition-pool.ts';

/** A condition that fewer webhooks have is evaluated for each of them. */
const COMMON_FROM = 4;
/** Bits of a number that `&` and `|` combine. */
const BITS = 32;

/**
 * Conditions that many webhooks have, each with a bit of a number: one step tells of a webhook whether all of its common conditions
 * hold. The bits of a webhook never change while it is there.
 */
export class CommonConditions {
  readonly #conditions: (PooledCondition | undefined)[] = Array.from({ length: BITS }, () => undefined);
  #round = 0;
  /** Those that were evaluated in this round, of them those that hold, and those that threw. */
  #evaluated = 0;
  #holding = 0;
  #throwing = 0;

  /** Gives a condition a bit if enough webhooks have it and a bit is free. */
  learn(condition: PooledCondition): void {
    if (condition.users < COMMON_FROM || this.bitOf(condition) !== 0) return;
    const free = this.#conditions.indexOf(undefined);
    if (free !== -1) this.#conditions[free] = condition;
  }

  /** Takes the bit from a condition that no webhook has any more. */
  forget(condition: PooledCondition): void {
    const place = this.#conditions.indexOf(condition);
    if (place !== -1) this.#conditions[place] = undefined;
  }

  /** The bit of a condition, 0 when it has none. */
  bitOf(condition: PooledCondition): number {
    const place = this.#conditions.indexOf(condition);
    return place === -1 ? 0 : 1 << place;
  }

  /**
   * Whether all conditions with a bit in `bits` hold for a CDR; one that throws does not.
   *
   * @param round a number that is another for every CDR.
   */
  hold(bits: number, cdr: Cdr, round: number): boolean {
    if (this.#round !== round) {
      this.#round = round;
      this.#evaluated = this.#holding = this.#throwing = 0;
    }
    const missing = bits & ~this.#evaluated;
    if (missing !== 0) this.#evaluate(missing, cdr);
    return (bits & this.#holding) === bits;
  }

  /** Whether one of those with a bit in `bits` threw, after `hold` was asked for them. */
  threw(bits: number): boolean {
    return (bits & this.#throwing) !== 0;
  }

  #evaluate(bits: number, cdr: Cdr): void {
    this.#evaluated |= bits;
    let left = bits;
    while (left !== 0) {
      const place = 31 - Math.clz32(left);
      const bit = 1 << place;
      left ^= bit;
      try {
        if (this.#conditions[place]?.holds(cdr, this.#round) === true) this.#holding |= bit;
      } catch {
        this.#throwing |= bit;
      }
    }
  }
}
