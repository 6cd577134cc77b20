import { pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { expressionOf } from './operators.ts';

/**
 * Warns of what JSON-Logic does otherwise than most readers expect (JavaScript's own comparisons decide it). The
 * meaning of a condition is never changed; the reader only gets to know.
 *
 * @param condition an expression that `checkConditions` found no error in.
 */
export function surprises(condition: unknown, pointer: string): Problem[] {
  if (Array.isArray(condition)) {
    return condition.flatMap((item, index) => surprises(item, pointerTo(pointer, index)));
  }
  const expression = expressionOf(condition);
  if (expression === undefined || expression.operator === 'var') return [];
  const { operator, args } = expression;
  const place = pointerTo(pointer, operator);
  const message = surpriseOf(operator, args);
  const inner = args.flatMap((arg, index) => surprises(arg, pointerTo(place, index)));
  return message === undefined ? inner : [warningAt(place, message), ...inner];
}

function surpriseOf(operator: string, args: readonly unknown[]): string | undefined {
  switch (operator) {
    case '==':
    case '!=':
      return looseEqualitySurprise(args);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return absenceSurprise(operator, args);
    case 'in':
      return listSurprise(args);
    default:
      return undefined;
  }
}

function looseEqualitySurprise(args: readonly unknown[]): string | undefined {
  const literal = literalBesideField(args);
  if (literal === undefined) return undefined;
  const { value, field } = literal;
  if (value === null) return `null is equal to an absent ${field}, but not to an empty text`;
  if (value === '')
    return `an empty text is equal to 0, false and an empty list too, but not to an absent ${field}`;
  if (value === 0)
    return `0 is equal to an empty text and to false too; use "===" if ${field} is always a number`;
  if (typeof value === 'number') {
    return `a number is compared with a text by its value: "${padded(value)}" and " ${value} " are equal to ${value} too`;
  }
  if (typeof value === 'string' && isNumberInDisguise(value)) {
    return `if ${field} is a number it is compared by value: ${Number(value)} is equal to "${value}" too`;
  }
  return undefined;
}

/** Another spelling of the same number. */
function padded(value: number): string {
  return value < 0 ? `-0${-value}` : `0${value}`;
}

/** Text that reads as a number without being that number's own spelling, such as `016` or `+4930`. */
function isNumberInDisguise(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text)) && String(Number(text)) !== text;
}

function absenceSurprise(operator: string, args: readonly unknown[]): string | undefined {
  const field = args.map(fieldName).find((name) => name !== undefined);
  const others = args.filter((arg) => fieldName(arg) === undefined);
  if (field === undefined || others.length !== args.length - 1 || !others.every(isLiteral)) return undefined;
  const values = args.map((arg) => (fieldName(arg) === undefined ? arg : null)) as (number | string | null)[];
  if (!holds(operator, values)) return undefined;
  return `an absent ${field} counts as 0, so this holds for a CDR without it; add {"!": {"missing": [${JSON.stringify(field)}]}}`;
}

/** JavaScript's comparison, as json-logic-js does it. */
function holds(operator: string, [a, b, c]: readonly (number | string | null | undefined)[]): boolean {
  const [x, y, z] = [a as number, b as number, c as number];
  switch (operator) {
    case '<':
      return c === undefined ? x < y : x < y && y < z;
    case '<=':
      return c === undefined ? x <= y : x <= y && y <= z;
    case '>':
      return x > y;
    default:
      return x >= y;
  }
}

function listSurprise([needle, list]: readonly unknown[]): string | undefined {
  const field = fieldName(needle);
  if (field === undefined || !Array.isArray(list) || !list.some((item) => typeof item === 'number'))
    return undefined;
  return `"in" compares strictly: the number ${String(list.find((item) => typeof item === 'number'))} is not found if ${field} is a text`;
}

function literalBesideField([a, b]: readonly unknown[]): { value: unknown; field: string } | undefined {
  const [left, right] = [fieldName(a), fieldName(b)];
  if (left !== undefined && isLiteral(b)) return { value: b, field: left };
  if (right !== undefined && isLiteral(a)) return { value: a, field: right };
  return undefined;
}

function isLiteral(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** The field that an argument names, `undefined` when it is anything but a field without a default. */
function fieldName(arg: unknown): string | undefined {
  const expression = expressionOf(arg);
  if (expression?.operator !== 'var' || expression.args.length !== 1) return undefined;
  return String(expression.args[0]);
}
