/**
 * A compiled expression. Its scope is what `var` looks into: the CDR, or the element inside `some`, `all` and the like;
 * which of them was decided when it was compiled.
 */
export type Evaluator<Value = unknown> = (scope: unknown) => Value;

/** Makes an operator of its two operands. */
export type Combine = (a: Evaluator<never>, b: Evaluator<never>) => Evaluator;

/**
 * The operators of two operands that are JavaScript's own, whatever the operands are. Each has a closure of its own, because V8 does
 * not see through a shared one.
 */
export const COMPARISONS: Readonly<Record<string, Combine>> = {
  '==': (a, b) => (scope) => a(scope) == b(scope),
  '===': (a, b) => (scope) => a(scope) === b(scope),
  '!=': (a, b) => (scope) => a(scope) != b(scope),
  '!==': (a, b) => (scope) => a(scope) !== b(scope),
  '>': (a, b) => (scope) => a(scope) > b(scope),
  '>=': (a, b) => (scope) => a(scope) >= b(scope),
  '/': (a, b) => (scope) => (a(scope) as number) / (b(scope) as number),
  '%': (a, b) => (scope) => (a(scope) as number) % (b(scope) as number),
};
