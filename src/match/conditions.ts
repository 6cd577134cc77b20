import { isOwnName } from '../cdr/cdr.ts';
import type { JsonObject } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { arityOf, ELEMENT_OPERATORS, expressionOf, OPERATOR_NAMES } from './operators.ts';
import { surprises } from './surprises.ts';

/** One condition of a webhook: a JSON-Logic expression, checked. */
export type Condition = JsonObject;

/** What one webhook's conditions may cost. A condition within these bounds cannot hold up the others. */
export const CONDITION_LIMITS = {
  /** Conditions in a webhook. */
  conditions: 100,
  /** Expressions and lists inside one another. */
  depth: 32,
  /** Characters of one condition printed as JSON. */
  characters: 32_768,
  /** Items of a literal list, and arguments of an operator. */
  items: 1_000,
  /** Characters of a field's path. */
  pathCharacters: 256,
} as const;

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
  return conditions.flatMap((condition, index) => checkCondition(condition, pointerTo(pointer, index)));
}

function checkCondition(condition: unknown, pointer: string): Problem[] {
  if (expressionOf(condition) === undefined) {
    return [
      errorAt(
        pointer,
        'a condition is an object with exactly one operator, such as {"==": [{"var": "status"}, "missed"]}',
      ),
    ];
  }
  const tooDeep = placeDeeperThan(condition, CONDITION_LIMITS.depth, pointer);
  if (tooDeep !== undefined) return [errorAt(tooDeep, `nested more than ${CONDITION_LIMITS.depth} deep`)];
  if (JSON.stringify(condition).length > CONDITION_LIMITS.characters) {
    return [errorAt(pointer, `longer than ${CONDITION_LIMITS.characters} characters`)];
  }
  const problems = checkValue(condition, pointer, false);
  return hasErrors(problems) ? problems : [...problems, ...surprises(condition, pointer)];
}

/** Walks with a list of its own instead of recursion, so that no depth can exhaust the stack. */
function placeDeeperThan(value: unknown, depth: number, pointer: string): string | undefined {
  const open = [{ value, level: 0, place: pointer }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    // An operator and its list of arguments are one level to a reader, two containers in JSON.
    if (next.level > depth * 2) return next.place;
    for (const [key, inner] of Object.entries(next.value)) {
      open.push({ value: inner, level: next.level + 1, place: pointerTo(next.place, key) });
    }
  }
  return undefined;
}

function checkValue(value: unknown, pointer: string, inElement: boolean): Problem[] {
  if (Array.isArray(value)) {
    if (value.length > CONDITION_LIMITS.items) {
      return [errorAt(pointer, `a list of more than ${CONDITION_LIMITS.items} items`)];
    }
    return value.flatMap((item, index) => checkValue(item, pointerTo(pointer, index), inElement));
  }
  if (typeof value !== 'object' || value === null) return [];
  const expression = expressionOf(value);
  if (expression === undefined) {
    return [
      errorAt(pointer, `an object must have exactly one operator, this one has ${Object.keys(value).length}`),
    ];
  }
  return checkExpression(expression, value, pointer, inElement);
}

function checkExpression(
  { operator, args }: { operator: string; args: readonly unknown[] },
  value: object,
  pointer: string,
  inElement: boolean,
): Problem[] {
  const place = pointerTo(pointer, operator);
  const arity = arityOf(operator);
  if (arity === undefined) {
    return [errorAt(pointer, `unknown operator "${operator}"; known are ${OPERATOR_NAMES.join(' ')}`)];
  }
  if (args.length < arity.min || args.length > arity.max) {
    const takes = arity.max === arity.min ? `${arity.min}` : `${arity.min} to ${arity.max}`;
    return [
      errorAt(
        place,
        `"${operator}" takes ${takes.replace('to Infinity', 'or more')} arguments, not ${args.length}`,
      ),
    ];
  }
  if (operator === 'var') return checkPath(args[0], place, inElement);
  if (operator === 'missing') return args.flat().flatMap((path) => checkPath(path, place, inElement));
  if (operator === 'missing_some') return checkMissingSome(args, place, inElement);
  const inner = Object.values(value)[0] as unknown;
  if (!ELEMENT_OPERATORS.has(operator)) return checkValue(inner, place, inElement);
  return [
    ...checkValue(args[0], pointerTo(place, 0), inElement),
    ...checkValue(args[1], pointerTo(place, 1), true),
  ];
}

function checkMissingSome([need, paths]: readonly unknown[], place: string, inElement: boolean): Problem[] {
  if (typeof need !== 'number')
    return [errorAt(pointerTo(place, 0), 'must be a number: how many fields there have to be')];
  if (!Array.isArray(paths)) return [errorAt(pointerTo(place, 1), 'must be a list of field names')];
  return paths.flatMap((path) => checkPath(path, pointerTo(place, 1), inElement));
}

function checkPath(path: unknown, place: string, inElement: boolean): Problem[] {
  if (typeof path === 'number') return [];
  if (typeof path !== 'string') return [errorAt(place, 'a field is named by a text that is written out')];
  if (path.length > CONDITION_LIMITS.pathCharacters) {
    return [errorAt(place, `a field name of more than ${CONDITION_LIMITS.pathCharacters} characters`)];
  }
  if (!inElement && path.startsWith('$') && !isOwnName(path)) {
    return [
      errorAt(
        place,
        `there is no "${path}"; a sender's own name that begins with $ is written "\\\\${path}"`,
      ),
    ];
  }
  return [];
}
