import type { JsonValue } from '../check/json-text.ts';
import { errorAt, type Problem } from '../check/problem.ts';
import { checkExpression, type Language } from '../match/conditions.ts';
import { evaluationWith } from '../match/logic.ts';
import { expressionOf } from '../match/operators.ts';
import { complaintAboutPath } from './context.ts';
import { HELPER_FUNCTIONS, TEMPLATE_OPERATORS } from './helpers.ts';
import type { Rendering } from './rendering.ts';
import { TemplateError } from './template-error.ts';

const LANGUAGE: Language = {
  operators: TEMPLATE_OPERATORS,
  depth: 20,
  complaintAbout: complaintAboutPath,
};

const evaluate = evaluationWith(HELPER_FUNCTIONS);

/** Checks the expression of `{"$": …}`. */
export function checkTemplateExpression(expression: JsonValue, pointer: string): Problem[] {
  const problems = checkExpression(expression, pointer, LANGUAGE);
  if (problems.length > 0 || !JSON.stringify(expression).includes('${')) return problems;
  return [
    errorAt(pointer, 'a ${NAME} cannot stand in an expression; write it in a text, where it is filled in'),
  ];
}

/** The path of an expression that is no more than `{"var": path}`. */
export function onlyPathOf(expression: JsonValue): string | undefined {
  const { operator, args } = expressionOf(expression) ?? {};
  const [path] = args ?? [];
  return operator === 'var' && args?.length === 1 && typeof path === 'string' ? path : undefined;
}

/**
 * The value of a checked expression; `undefined` when there is none (null, or nothing).
 *
 * @throws TemplateError when it cannot be evaluated for this CDR or gives what JSON does not have.
 */
export function resultOf(expression: JsonValue, rendering: Rendering, pointer: string): unknown {
  let result: unknown;
  try {
    result = evaluate(expression, rendering);
  } catch (error) {
    // The message may quote call data.
    throw new TemplateError(
      pointer,
      `the expression cannot be evaluated for this CDR (${(error as Error).name})`,
    );
  }
  return result ?? undefined;
}

/**
 * What an expression gave as JSON text.
 *
 * @throws TemplateError for numbers that JSON does not have.
 */
export function jsonOfResult(result: unknown, pointer: string): string {
  return JSON.stringify(result, (_key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TemplateError(
        pointer,
        'the expression does not give a number for this CDR; is a field absent?',
      );
    }
    return value;
  });
}
