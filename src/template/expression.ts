import type { JsonValue } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, type Problem } from '../check/problem.ts';
import { checkExpression, type Language } from '../match/expression-check.ts';
import { evaluationWith } from '../match/logic.ts';
import { ELEMENT_OPERATORS, expressionOf } from '../match/operators.ts';
import { TELEPHONY_OPERATIONS } from '../match/telephony.ts';
import { complaintAboutPath } from './context.ts';
import { ExactNumber } from './exact-number.ts';
import { HELPER_FUNCTIONS, TEMPLATE_OPERATORS } from './helpers.ts';
import { partsOf } from './placeholders.ts';
import { Rendering } from './rendering.ts';
import { TemplateError } from './template-error.ts';

const LANGUAGE: Language = {
  operators: TEMPLATE_OPERATORS,
  depth: 20,
  complaintAbout: complaintAboutPath,
};

/** What texts with placeholders become; no author can write these operators, as the check does not know them. */
const TEXT = 'text with placeholders';
const PLACEHOLDER = 'placeholder';

/** Operators of conditions that look at digits, made to see them all. */
const TELEPHONY = Object.fromEntries(
  Object.entries(TELEPHONY_OPERATIONS).map(([name, operation]) => [
    name,
    (...args: unknown[]) =>
      operation(...args.map((value) => (value instanceof ExactNumber ? value.toString() : value))),
  ]),
);

const evaluate = evaluationWith({
  ...TELEPHONY,
  ...HELPER_FUNCTIONS,
  [TEXT]: (...parts) => parts.join(''),
  [PLACEHOLDER]: function (this: unknown, ...args: unknown[]) {
    const [path, otherwise, pointer] = args as [string, string | null, string];
    if (!(this instanceof Rendering)) throw new TypeError('a placeholder was evaluated for an element');
    return this.text({ path, otherwise: otherwise ?? undefined }, pointer);
  },
});

/** An expression of a template, ready to be evaluated any number of times. */
export interface CompiledExpression {
  readonly problems: readonly Problem[];
  /**
   * Its value; `undefined` when there is none (null, or nothing).
   *
   * @throws TemplateError when it cannot be evaluated for this CDR.
   */
  readonly resultFor: (rendering: Rendering) => unknown;
}

/** Checks and compiles the expression of `{"$": …}`. Placeholders in its texts work as in other texts. */
export function compileExpression(expression: JsonValue, pointer: string): CompiledExpression {
  const problems = checkExpression(expression, pointer, LANGUAGE);
  if (!hasErrors(problems) && JSON.stringify(expression).includes('${')) {
    problems.push(
      errorAt(pointer, 'a ${NAME} cannot stand in an expression; write it in a text, where it is filled in'),
    );
  }
  const compiled = hasErrors(problems) ? null : withPlaceholders(expression, pointer, problems);
  return { problems, resultFor: (rendering) => resultOf(compiled, rendering, pointer) };
}

/** A checked expression in which each text with placeholders has become an expression. */
function withPlaceholders(value: JsonValue, pointer: string, problems: Problem[]): JsonValue {
  if (typeof value === 'string') return textWithPlaceholders(value, pointer, problems);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => withPlaceholders(item, pointerTo(pointer, index), problems));
  }
  const operator = expressionOf(value)?.operator ?? '';
  // Their texts are paths, or are evaluated for an element and not for the call.
  if (['var', 'missing', 'missing_some'].includes(operator) || ELEMENT_OPERATORS.has(operator)) return value;
  const args = withPlaceholders(value[operator] ?? null, pointerTo(pointer, operator), problems);
  // A text without brackets has become an expression, which json-logic-js takes without brackets too.
  return { [operator]: args };
}

function textWithPlaceholders(text: string, pointer: string, problems: Problem[]): JsonValue {
  const { parts, complaints } = partsOf(text);
  problems.push(...complaints.map((complaint) => errorAt(pointer, complaint)));
  if (parts.every((part) => typeof part === 'string')) return text;
  const args = parts.map((part): JsonValue =>
    typeof part === 'string' ? part : { [PLACEHOLDER]: [part.path, part.otherwise ?? null, pointer] },
  );
  return { [TEXT]: args };
}

function resultOf(expression: JsonValue, rendering: Rendering, pointer: string): unknown {
  try {
    return evaluate(expression, rendering) ?? undefined;
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    // The message may quote call data.
    const { name } = error as Error;
    throw new TemplateError(pointer, `the expression cannot be evaluated for this CDR (${name})`);
  }
}

/** The path of an expression that is no more than `{"var": path}`. */
export function onlyPathOf(expression: JsonValue): string | undefined {
  const { operator, args } = expressionOf(expression) ?? {};
  const [path] = args ?? [];
  return operator === 'var' && args?.length === 1 && typeof path === 'string' ? path : undefined;
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
