import type { Cdr } from '../cdr/cdr.ts';
import type { Evaluator } from './comparisons.ts';
import { compile } from './compile.ts';
import type { Condition } from './conditions.ts';
import { expressionText } from './expression-text.ts';
import { truthy } from './logic.ts';

/** Why a condition could not be evaluated. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** A condition that any number of webhooks share. */
export class PooledCondition {
  readonly expression: Condition;
  /** Webhooks that have it. */
  users = 1;
  #evaluate: Evaluator | undefined;
  #round = 0;
  #outcome: boolean | Failure = false;

  constructor(expression: Condition) {
    this.expression = expression;
  }

  /**
   * Whether it holds for a CDR, evaluated once per round.
   *
   * @param round a number that is another for every CDR.
   * @throws what evaluating it throws.
   */
  holds(cdr: Cdr, round: number): boolean {
    if (this.#round !== round) {
      this.#round = round;
      this.#outcome = this.#evaluateOnce(cdr);
    }
    if (typeof this.#outcome === 'boolean') return this.#outcome;
    throw this.#outcome.error as Error;
  }

  #evaluateOnce(cdr: Cdr): boolean | Failure {
    try {
      // Compiled when a CDR first comes to it: of many webhooks most are seldom looked at.
      return truthy((this.#evaluate ??= compile(this.expression))(cdr));
    } catch (error) {
      return new Failure(error);
    }
  }
}

/** Keeps one of each condition, so that webhooks with the same condition evaluate it once per CDR. */
export class ConditionPool {
  /** By a hash of the text, because the texts themselves would take more room than all else. */
  readonly #byHash = new Map<number, PooledCondition>();

  /** The pooled condition, one user more. */
  take(expression: Condition): PooledCondition {
    const text = expressionText(expression);
    const hash = hashOf(text);
    const known = this.#byHash.get(hash);
    if (known !== undefined && expressionText(known.expression) === text) {
      known.users += 1;
      return known;
    }
    const condition = new PooledCondition(expression);
    // Of two conditions that share a hash by chance, the second is evaluated for itself.
    if (known === undefined) this.#byHash.set(hash, condition);
    return condition;
  }

  /** All conditions, those that most webhooks have first. */
  get mostUsed(): PooledCondition[] {
    return [...this.#byHash.values()].sort((a, b) => b.users - a.users);
  }

  /** One user less. Whether it was the last; then the condition is gone. */
  release(condition: PooledCondition): boolean {
    condition.users -= 1;
    if (condition.users > 0) return false;
    const hash = hashOf(expressionText(condition.expression));
    if (this.#byHash.get(hash) === condition) this.#byHash.delete(hash);
    return true;
  }
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
