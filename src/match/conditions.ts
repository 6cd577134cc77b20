import { isOwnName } from '../cdr/cdr.ts';
import type { JsonObject } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { betweenTimesProblem } from './business-hours.ts';
import { arityOf, ELEMENT_OPERATORS, expressionOf, OPERATOR_NAMES, type Expression } from './operators.ts';
import { surprises } from './surprises.ts';
import { affixesProblem } from './telephony.ts';

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
  /** `some`, `all` and the like inside one another. */
  nesting: 2,
  /** Evaluations of one expression for one CDR that literal lists around it may cause. */
  evaluations: 10_000,
  /** Items of one literal list times its evaluations. */
  itemsMade: 100_000,
} as const;

/**
 * Names that other JSON-Logic libraries find in every object, so that `{"!!": {"var": "constructor"}}` matches everything. Here
 * they would name what the sender sent; but no CDR has such fields, and a rule that asks for them is a mistake or worse.
 */
const DENIED_SEGMENTS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]);

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
  const problems = checkExpression(condition, pointer, tellOfCdrField);
  return hasErrors(problems) ? problems : [...problems, ...surprises(condition, pointer)];
}

/** Says what is wrong with a field's name; `undefined` when nothing is. */
export type TellOfField = (path: string) => string | undefined;

/**
 * Checks one expression against the operators and `CONDITION_LIMITS`, whatever it looks into.
 *
 * @param tellOfField asked about each field that is named outside of elements.
 */
export function checkExpression(condition: unknown, pointer: string, tellOfField: TellOfField): Problem[] {
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
  return checkValue(condition, pointer, { nesting: 0, evaluations: 1, tellOfField });
}

function tellOfCdrField(path: string): string | undefined {
  return path.startsWith('$') && !isOwnName(path)
    ? `there is no "${path}"; a sender's own name that begins with $ is written "\\\\${path}"`
    : undefined;
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

/** Where a value stands, as far as it matters to the check. */
interface Place {
  /** How many operators over elements it is inside of; there `var` names a field of the element. */
  readonly nesting: number;
  /** How often it is evaluated for one CDR because of literal lists gone through around it. */
  readonly evaluations: number;
  readonly tellOfField: TellOfField;
}

function checkValue(value: unknown, pointer: string, at: Place): Problem[] {
  if (Array.isArray(value)) {
    if (value.length > CONDITION_LIMITS.items) {
      return [errorAt(pointer, `a list of more than ${CONDITION_LIMITS.items} items`)];
    }
    // json-logic-js makes a list anew for each evaluation.
    if (value.length * at.evaluations > CONDITION_LIMITS.itemsMade) {
      return [
        errorAt(pointer, `this list is gone through too often: once for every element of lists written out`),
      ];
    }
    return value.flatMap((item, index) => checkValue(item, pointerTo(pointer, index), at));
  }
  if (typeof value !== 'object' || value === null) return [];
  const expression = expressionOf(value);
  if (expression === undefined) {
    return [
      errorAt(pointer, `an object must have exactly one operator, this one has ${Object.keys(value).length}`),
    ];
  }
  return (
    checkArity(expression, pointer) ??
    checkArguments(expression, value, pointerTo(pointer, expression.operator), at)
  );
}

function checkArity({ operator, args }: Expression, pointer: string): Problem[] | undefined {
  const arity = arityOf(operator);
  if (arity === undefined) {
    return [errorAt(pointer, `unknown operator "${operator}"; known are ${OPERATOR_NAMES.join(' ')}`)];
  }
  if (args.length >= arity.min && args.length <= arity.max) return undefined;
  const range = arity.max === arity.min ? `${arity.min}` : `${arity.min} to ${arity.max}`;
  const takes = range.replace('to Infinity', 'or more');
  return [
    errorAt(pointerTo(pointer, operator), `"${operator}" takes ${takes} arguments, not ${args.length}`),
  ];
}

function checkArguments({ operator, args }: Expression, value: object, place: string, at: Place): Problem[] {
  const written = Object.values(value)[0] as unknown;
  switch (operator) {
    case 'var':
      return [...checkPath(args[0], place, at), ...checkValue(args[1], pointerTo(place, 1), at)];
    case 'missing':
      return [
        ...checkValue(written, place, at),
        ...args.flat().flatMap((path) => checkPath(path, place, at)),
      ];
    case 'missing_some':
      return [...checkValue(written, place, at), ...checkMissingSome(args, place, at)];
    case 'starts_with':
    case 'ends_with':
      return [...checkValue(written, place, at), ...problemAt(pointerTo(place, 1), affixesProblem(args[1]))];
    case 'between_times': {
      const problem = betweenTimesProblem(args);
      const found = problem && problemAt(pointerTo(place, problem.argument), problem.message);
      return found ?? checkValue(args[0], pointerTo(place, 0), at);
    }
    default:
      return ELEMENT_OPERATORS.has(operator)
        ? checkElements(args, place, at)
        : checkValue(written, place, at);
  }
}

function problemAt(place: string, message: string | undefined): Problem[] {
  return message === undefined ? [] : [errorAt(place, message)];
}

function checkElements([list, test]: readonly unknown[], place: string, at: Place): Problem[] {
  const nesting = at.nesting + 1;
  if (nesting > CONDITION_LIMITS.nesting) {
    return [
      errorAt(place, `lists are gone through more than ${CONDITION_LIMITS.nesting} deep in one another`),
    ];
  }
  const evaluations = at.evaluations * Math.max(1, longestList(list));
  if (evaluations > CONDITION_LIMITS.evaluations) {
    return [
      errorAt(
        place,
        `lists written out here multiply to more than ${CONDITION_LIMITS.evaluations} evaluations`,
      ),
    ];
  }
  return [
    ...checkValue(list, pointerTo(place, 0), at),
    ...checkValue(test, pointerTo(place, 1), { ...at, nesting, evaluations }),
  ];
}

/** The most items of a list written out in a value: how many elements the value can have by itself. */
function longestList(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? value.length : 0;
  return Math.max(own, ...Object.values(value).map(longestList));
}

function checkMissingSome([need, paths]: readonly unknown[], place: string, at: Place): Problem[] {
  if (typeof need !== 'number') {
    return [errorAt(pointerTo(place, 0), 'must be a number: how many fields there have to be')];
  }
  if (!Array.isArray(paths)) return [errorAt(pointerTo(place, 1), 'must be a list of field names')];
  return paths.flatMap((path) => checkPath(path, pointerTo(place, 1), at));
}

function checkPath(path: unknown, place: string, { nesting, tellOfField }: Place): Problem[] {
  if (typeof path === 'number') return [];
  if (typeof path !== 'string') return [errorAt(place, 'a field is named by a text that is written out')];
  if (path.length > CONDITION_LIMITS.pathCharacters) {
    return [errorAt(place, `a field name of more than ${CONDITION_LIMITS.pathCharacters} characters`)];
  }
  const denied = path.split(/[.\\]/).find((segment) => DENIED_SEGMENTS.has(segment));
  if (denied !== undefined) {
    return [errorAt(place, `"${denied}" is something that JavaScript gives every object, not a field`)];
  }
  const wrong = nesting === 0 ? tellOfField(path) : undefined;
  return wrong === undefined ? [] : [errorAt(place, wrong)];
}
