/** How many arguments an operator takes. */
export interface Arity {
  readonly min: number;
  readonly max: number;
}

/** The operators that are known at some place. */
export type Operators = Readonly<Record<string, Arity>>;

const ANY = Number.POSITIVE_INFINITY;

/**
 * The operators that a condition may use: those of JSON-Logic and a few of our own, with their numbers of arguments. `log` is missing because it
 * prints call data, `reduce` and `merge` because a short rule of them can exhaust the memory.
 */
export const OPERATORS: Operators = {
  var: { min: 1, max: 2 },
  missing: { min: 1, max: ANY },
  missing_some: { min: 2, max: 2 },
  '==': { min: 2, max: 2 },
  '===': { min: 2, max: 2 },
  '!=': { min: 2, max: 2 },
  '!==': { min: 2, max: 2 },
  '>': { min: 2, max: 2 },
  '>=': { min: 2, max: 2 },
  '<': { min: 2, max: 3 },
  '<=': { min: 2, max: 3 },
  '!': { min: 1, max: 1 },
  '!!': { min: 1, max: 1 },
  and: { min: 1, max: ANY },
  or: { min: 1, max: ANY },
  if: { min: 2, max: ANY },
  '?:': { min: 3, max: 3 },
  in: { min: 2, max: 2 },
  // A few fields of a long text put together many times over would fill the memory.
  cat: { min: 1, max: 32 },
  substr: { min: 2, max: 3 },
  '+': { min: 1, max: ANY },
  '-': { min: 1, max: 2 },
  '*': { min: 1, max: ANY },
  '/': { min: 2, max: 2 },
  '%': { min: 2, max: 2 },
  min: { min: 1, max: ANY },
  max: { min: 1, max: ANY },
  map: { min: 2, max: 2 },
  filter: { min: 2, max: 2 },
  all: { min: 2, max: 2 },
  some: { min: 2, max: 2 },
  none: { min: 2, max: 2 },
  // Ours; JSON-Logic has no such operators.
  starts_with: { min: 2, max: 2 },
  ends_with: { min: 2, max: 2 },
  digits: { min: 1, max: 1 },
  between_times: { min: 4, max: 5 },
};

/** Operators that look at the elements of an array one by one; inside, `var` names a field of the element. */
export const ELEMENT_OPERATORS: ReadonlySet<string> = new Set(['map', 'filter', 'all', 'some', 'none']);

/** How many arguments an operator takes; `undefined` for an operator that is not known. */
export function arityOf(operator: string, operators: Operators = OPERATORS): Arity | undefined {
  return Object.hasOwn(operators, operator) ? operators[operator] : undefined;
}

/** Whether an expression has a known operator with as many arguments as it takes; checked conditions have no others. */
export function isRegular({ operator, args }: Expression): boolean {
  const { min, max } = arityOf(operator) ?? { min: 0, max: -1 };
  return args.length >= min && args.length <= max;
}

/** An operator's arguments as a list: JSON-Logic lets a single one stand without its brackets. */
export function argumentsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** An operator with its arguments. */
export interface Expression {
  readonly operator: string;
  readonly args: readonly unknown[];
}

/** The operator and arguments of an expression; `undefined` for a literal. */
export function expressionOf(value: unknown): Expression | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const operators = Object.keys(value);
  const [operator] = operators;
  if (operator === undefined || operators.length > 1) return undefined;
  return { operator, args: argumentsOf((value as Record<string, unknown>)[operator]) };
}
