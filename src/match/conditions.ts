import { isOwnName } from '../cdr/cdr.ts';
import type { JsonObject } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { CONDITION_LIMITS } from './condition-limits.ts';
import { checkExpression, type Language } from './expression-check.ts';
import { expressionOf, OPERATORS } from './operators.ts';
import { surprises } from './surprises.ts';

/** One condition: a JSON-Logic expression, checked. */
export type Condition = JsonObject;

const CDR_LANGUAGE: Language = {
  operators: OPERATORS,
  depth: CONDITION_LIMITS.depth,
  complaintAbout: (path) =>
    path.startsWith('$') && !isOwnName(path)
      ? `there is no "${path}"; a sender's own name that begins with $ is written "\\\\${path}"`
      : undefined,
};

/**
 * Checks a webhook's conditions: known operators only, exactly one per object, within `CONDITION_LIMITS`. For conditions
 * without an error it also warns of what JSON-Logic does otherwise than most readers expect.
 *
 * @param pointer where the list stands in the checked document.
 */
export function checkConditions(conditions: readonly unknown[], pointer: string): Problem[] {
  if (conditions.length === 0) {
    return [warningAt(pointer, 'there are no conditions, so every CDR matches')];
  }
  if (conditions.length > CONDITION_LIMITS.conditions) {
    return [errorAt(pointer, `more than ${CONDITION_LIMITS.conditions} conditions`)];
  }
  return conditions.flatMap((condition, index) => checkCdrCondition(condition, pointerTo(pointer, index)));
}

function checkCdrCondition(condition: unknown, pointer: string): Problem[] {
  const problems = checkCondition(condition, pointer, CDR_LANGUAGE);
  return hasErrors(problems) ? problems : [...problems, ...surprises(condition, pointer)];
}

/** Checks one condition: an expression, and no literal, of what it looks into. */
export function checkCondition(condition: unknown, pointer: string, language: Language): Problem[] {
  if (expressionOf(condition) !== undefined) return checkExpression(condition, pointer, language);
  return [
    errorAt(
      pointer,
      'a condition is an object with exactly one operator, such as {"==": [{"var": "status"}, "missed"]}',
    ),
  ];
}
