import { errorAt, pointerTo, type Problem } from '../check/problem.ts';
import { betweenTimesProblem } from './business-hours.ts';
import { CONDITION_LIMITS } from './condition-limits.ts';
import { arityOf, ELEMENT_OPERATORS, expressionOf, type Expression, type Operators } from './operators.ts';
import { affixesProblem } from './telephony.ts';

/** What expressions may say at some place: in conditions over CDRs or answers, or in a template, which knows more operators. */
export interface Language {
  readonly operators: Operators;
  /** Expressions and lists inside one another. */
  readonly depth: number;
  /** What is wrong with the name of a field, if anything; names inside array elements are not asked about. */
  readonly complaintAbout: (path: string) => string | undefined;
}

/**
 * Names that other JSON-Logic libraries find in every object, so that `{"!!": {"var": "constructor"}}` matches everything. Here
 * they would name what the sender sent; but no CDR has such fields, and a rule that asks for them is a mistake or worse.
 */
const DENIED_SEGMENTS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]);

/** Checks one expression, which may be a literal: known operators only, with their numbers of arguments, within limits. */
export function checkExpression(expression: unknown, pointer: string, language: Language): Problem[] {
  const tooDeep = placeDeeperThan(expression, language.depth, pointer);
  if (tooDeep !== undefined) return [errorAt(tooDeep, `nested more than ${language.depth} deep`)];
  if (JSON.stringify(expression).length > CONDITION_LIMITS.characters) {
    return [errorAt(pointer, `longer than ${CONDITION_LIMITS.characters} characters`)];
  }
  return checkValue(expression, pointer, { language, nesting: 0, evaluations: 1 });
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
  readonly language: Language;
  /** How many operators over elements it is inside of; there `var` names a field of the element. */
  readonly nesting: number;
  /** How often it is evaluated for one CDR because of literal lists gone through around it. */
  readonly evaluations: number;
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
    checkArity(expression, pointer, at.language.operators) ??
    checkArguments(expression, value, pointerTo(pointer, expression.operator), at)
  );
}

function checkArity(
  { operator, args }: Expression,
  pointer: string,
  operators: Operators,
): Problem[] | undefined {
  const arity = arityOf(operator, operators);
  if (arity === undefined) {
    const known = Object.keys(operators).join(' ');
    return [errorAt(pointer, `unknown operator "${operator}"; known are ${known}`)];
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

function checkPath(path: unknown, place: string, { language, nesting }: Place): Problem[] {
  if (typeof path === 'number') return [];
  if (typeof path !== 'string') return [errorAt(place, 'a field is named by a text that is written out')];
  if (path.length > CONDITION_LIMITS.pathCharacters) {
    return [errorAt(place, `a field name of more than ${CONDITION_LIMITS.pathCharacters} characters`)];
  }
  if (path.split('.').length > CONDITION_LIMITS.pathKeys) {
    return [errorAt(place, `a field name of more than ${CONDITION_LIMITS.pathKeys} keys`)];
  }
  const denied = path.split(/[.\\]/).find((segment) => DENIED_SEGMENTS.has(segment));
  if (denied !== undefined) {
    return [errorAt(place, `"${denied}" is something that JavaScript gives every object, not a field`)];
  }
  const complaint = nesting === 0 ? language.complaintAbout(path) : undefined;
  return complaint === undefined ? [] : [errorAt(place, complaint)];
}
