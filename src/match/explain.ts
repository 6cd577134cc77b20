import type { Cdr } from '../cdr/cdr.ts';
import type { JsonValue } from '../check/json-text.ts';
import type { Condition } from './conditions.ts';
import { CdrScope, holds } from './logic.ts';
import { listensTo, type Rule } from './matcher.ts';

/** A field that a condition looked at. */
export interface SeenField {
  readonly path: string;
  /** Absent fields have no value; to JSON-Logic they are null. */
  readonly value?: JsonValue;
  readonly absent: boolean;
}

/** What one condition made of a CDR. */
export interface ExplainedCondition {
  readonly condition: Condition;
  readonly held: boolean;
  /** The fields of the CDR it looked at, each once; what it looked at inside array elements is not listed. */
  readonly saw: readonly SeenField[];
  /** Why it could not be evaluated. */
  readonly error?: string;
}

/** Why a webhook does or does not match a CDR. */
export interface Explanation {
  readonly webhookId: string;
  readonly matched: boolean;
  /** Whether the webhook listens to the CDR's source at all. */
  readonly listens: boolean;
  readonly conditions: readonly ExplainedCondition[];
}

/** Evaluates every condition of a webhook, also those that a match would not have come to. */
export function explain(rule: Rule, cdr: Cdr): Explanation {
  const conditions = rule.conditions.map((condition) => explainCondition(condition, cdr));
  const listens = listensTo(rule, cdr.source);
  return {
    webhookId: rule.id,
    listens,
    conditions,
    matched: listens && conditions.every(({ held }) => held),
  };
}

function explainCondition(condition: Condition, cdr: Cdr): ExplainedCondition {
  const scope = new WatchedScope(cdr);
  try {
    return { condition, held: holds(condition, scope), saw: scope.saw };
  } catch (error) {
    return {
      condition,
      held: false,
      saw: scope.saw,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Remembers which fields were asked for. */
class WatchedScope extends CdrScope {
  readonly #seen = new Map<string, SeenField>();

  override field(path: string): JsonValue | undefined {
    const value = super.field(path);
    this.#seen.set(path, value === undefined ? { path, absent: true } : { path, value, absent: false });
    return value;
  }

  get saw(): SeenField[] {
    return [...this.#seen.values()];
  }
}
