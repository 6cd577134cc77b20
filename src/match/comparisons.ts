/**
 * A compiled expression. Its scope is what `var` looks into: the CDR, or the element inside `some`, `all` and the like;
 * which of them was decided when it was compiled.
 */
export type Evaluator<Value = unknown> = (scope: unknown) => Value;

/** Makes an operator of its two operands. */
export type Combine = (a: Evaluator<never>, b: Evaluator<never>) => Evaluator;

/** How a comparison is made of its operands, and of an operand and a literal. */
export interface Comparison {
  readonly operands: Combine;
  readonly literal: (a: Evaluator<never>, literal: never) => Evaluator;
}

type Operator = '==' | '===' | '!=' | '!==' | '>' | '>=' | '<' | '<=';

/**
 * The comparisons of two operands, which are JavaScript's own, whatever the operands are. Each has closures of its own, because V8 does
 * not see through shared ones.
 */
export const COMPARISONS: Readonly<Record<Operator, Comparison>> = {
  '==': {
    operands: (a, b) => (scope) => a(scope) == b(scope),
    literal: (a, literal) => (scope) => a(scope) == literal,
  },
  '===': {
    operands: (a, b) => (scope) => a(scope) === b(scope),
    literal: (a, literal) => (scope) => a(scope) === literal,
  },
  '!=': {
    operands: (a, b) => (scope) => a(scope) != b(scope),
    literal: (a, literal) => (scope) => a(scope) != literal,
  },
  '!==': {
    operands: (a, b) => (scope) => a(scope) !== b(scope),
    literal: (a, literal) => (scope) => a(scope) !== literal,
  },
  '>': {
    operands: (a, b) => (scope) => a(scope) > b(scope),
    literal: (a, literal) => (scope) => a(scope) > literal,
  },
  '>=': {
    operands: (a, b) => (scope) => a(scope) >= b(scope),
    literal: (a, literal) => (scope) => a(scope) >= literal,
  },
  '<': {
    operands: (a, b) => (scope) => a(scope) < b(scope),
    literal: (a, literal) => (scope) => a(scope) < literal,
  },
  '<=': {
    operands: (a, b) => (scope) => a(scope) <= b(scope),
    literal: (a, literal) => (scope) => a(scope) <= literal,
  },
};
