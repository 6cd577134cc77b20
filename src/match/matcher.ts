import type { Cdr } from '../cdr/cdr.ts';
import type { Condition } from './conditions.ts';
import { CdrScope, holds } from './logic.ts';

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
  /** Ids of the webhooks whose conditions all held. */
  readonly hits: readonly string[];
  /** Ids of those in which a condition threw on this CDR: no match, to be counted. */
  readonly errors: readonly string[];
}

/** Matches CDRs against a fixed set of webhooks. */
export class Matcher {
  readonly #rules: readonly Rule[];

  constructor(rules: Iterable<Rule>) {
    this.#rules = [...rules];
  }

  /** Which webhooks a CDR hits, in the order of the rules. Never throws. */
  match(cdr: Cdr): Match {
    const scope = new CdrScope(cdr);
    const hits: string[] = [];
    const errors: string[] = [];
    for (const rule of this.#rules) {
      try {
        if (listensTo(rule, cdr.source) && rule.conditions.every((condition) => holds(condition, scope))) {
          hits.push(rule.id);
        }
      } catch {
        errors.push(rule.id);
      }
    }
    return { hits, errors };
  }
}

/** Whether a webhook takes CDRs of a source. */
export function listensTo(rule: Rule, source: string): boolean {
  return rule.sources?.includes(source) ?? true;
}
