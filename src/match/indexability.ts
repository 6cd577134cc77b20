import type { Condition } from './conditions.ts';
import { expressionOf } from './operators.ts';
import { witnessOf, type Witness } from './witness.ts';

const NEGATIONS: ReadonlySet<string> = new Set(['!=', '!==', '!', 'none', 'missing', 'missing_some']);

const anyKnown = (witnesses: readonly Witness[]): Witness =>
  witnesses.find((witness) => witness !== undefined);

/**
 * Why a webhook has to be evaluated for every CDR, as text for people; `undefined` when one of its conditions can be looked
 * up in the index, and when it has none.
 */
export function whyUnindexed(conditions: readonly Condition[]): string | undefined {
  if (conditions.length === 0) return undefined;
  if (conditions.some((condition) => witnessOf(condition, anyKnown) !== undefined)) return undefined;
  const reasons = [...new Set(conditions.map(reasonOf))].join(' and ');
  return `has to be evaluated for every CDR, because ${reasons}; a condition such as {"==": [{"var": "field"}, "text"]} would let it be looked up`;
}

function reasonOf(condition: Condition): string {
  const { operator = '', args = [] } = expressionOf(condition) ?? {};
  if (NEGATIONS.has(operator)) return `"${operator}" is met by what is absent too`;
  if (args.length > 0 && args.every((arg) => expressionOf(arg) !== undefined)) {
    return `"${operator}" has no fixed value to look for`;
  }
  return `"${operator}" as it is used here tells nothing that could be looked up`;
}
