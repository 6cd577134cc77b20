import { expressionText } from './expression-text.ts';
import { truthy } from './logic.ts';
import { expressionOf, isRegular, type Expression } from './operators.ts';
import { affixesOf } from './telephony.ts';

/** A value that a `Map` can look up by JavaScript's strict equality. */
export type Key = string | number | boolean | null;

/** How an entry looks at the value of its operand. Each probe is one way in which a value can be indexed. */
export type Probe =
  /** Is strictly equal to the key. */
  | 'same'
  /** Is loosely equal to the key, a number. */
  | 'number'
  /** Is, as a text, equal to the key. */
  | 'text'
  /** Is a number or boolean of the key's value: `== "16"` also holds for 16, and `== "1"` for true. */
  | 'valueOfText'
  /** Is null or absent. */
  | 'nullish'
  | 'truthy'
  | 'falsy'
  /** Is neither null, absent nor an empty text. */
  | 'filled'
  /** Is a text that holds the key, a part of `PART_LENGTH` characters at most. */
  | 'part'
  /** Is a text or number that begins with the key. */
  | 'prefix'
  /** Is a text or number that ends with the key. */
  | 'suffix'
  /** Is a list that holds the key. */
  | 'item'
  | 'below'
  | 'atMost'
  | 'above'
  | 'atLeast';

/** Something that can be looked up: it holds when `probe` of the operand's value is true for `key`. */
export interface Entry {
  /** The expression whose value is looked at; it depends on the CDR. */
  readonly operand: Expression;
  /** The operand's name: two operands have the same only if they are the same. */
  readonly name: string;
  /** `element`: the operand's value is a list with an element for which one of the entries `inside` holds. */
  readonly probe: Probe | 'element';
  readonly key: Key;
  /** For `element`; never empty. */
  readonly inside?: readonly Entry[];
}

/**
 * What must be true of a CDR for a condition to hold: at least one of the entries. No entries: it can never hold.
 * `undefined`: nothing is known, the condition has to be evaluated for every CDR.
 */
export type Witness = readonly Entry[] | undefined;

/** Operators that look at one operand, and hold whenever an entry of their witness does. */
const EXACT_OPERATORS: ReadonlySet<string> = new Set('== === > >= var !! starts_with ends_with'.split(' '));

/**
 * Whether an entry of the condition's witness that holds proves the condition. Conditions of several operands are not
 * exact even where each part is: one part may throw where another holds.
 */
export function isExact(condition: unknown): boolean {
  const { operator = '', args = [] } = expressionOf(condition) ?? {};
  if (operator === 'in') return Array.isArray(args[1]);
  // With three arguments they mean between, and the witness tells one side.
  if (operator === '<' || operator === '<=') return args.length === 2;
  return EXACT_OPERATORS.has(operator);
}

/** Picks the best of the witnesses of conditions that all must hold. */
export type Choose = (witnesses: readonly Witness[]) => Witness;

/** Characters of the parts by which texts are indexed. */
export const PART_LENGTH = 3;

/**
 * The witness of a condition. It is sound for every CDR on which the condition does not throw; that is all a match needs,
 * because a condition that throws does not hold.
 */
export function witnessOf(condition: unknown, choose: Choose): Witness {
  const expression = expressionOf(condition);
  if (expression === undefined) return truthy(condition) ? undefined : [];
  if (!isRegular(expression)) return undefined;
  const { operator, args } = expression;
  switch (operator) {
    case 'and':
      return choose(args.map((arg) => witnessOf(arg, choose)));
    case 'or':
      return union(args.map((arg) => witnessOf(arg, choose)));
    case 'some':
    case 'all':
      return elementWitness(args, choose);
    default:
      return Object.hasOwn(WITNESSES, operator) ? WITNESSES[operator]?.(expression) : undefined;
  }
}

/** The entries of several witnesses, of which any may be met; unknown as soon as one of them is. */
function union(witnesses: readonly Witness[]): Witness {
  const entries: Entry[] = [];
  for (const witness of witnesses) {
    if (witness === undefined) return undefined;
    entries.push(...witness);
  }
  return entries;
}

/** `all` of an empty list is false, so its first element must hold: what `some` needs, `all` needs too. */
function elementWitness([list, test]: readonly unknown[], choose: Choose): Witness {
  const operand = operandOf(list);
  if (operand === undefined) return undefined;
  const inside = witnessOf(test, choose);
  // Computed operands would be computed for each element of each CDR.
  if (inside?.every((one) => one.operand.operator === 'var') !== true) return [entry(operand, 'truthy')];
  return inside.length === 0 ? [] : [{ ...entry(operand, 'element'), inside }];
}

const WITNESSES: Readonly<Record<string, (expression: Expression) => Witness>> = {
  var: (operand) => [entry(operand, 'truthy')],
  '!!': ({ args }) => simple(args[0], 'truthy'),
  '!': ({ args }) => missingWitness(args[0]) ?? simple(args[0], 'falsy'),
  '==': ({ args }) => equality(args, looseEntries),
  '===': ({ args }) => equality(args, strictEntries),
  in: ({ args }) => inWitness(args),
  '<': ({ args }) => rangeWitness(args, 'below', 'above'),
  '<=': ({ args }) => rangeWitness(args, 'atMost', 'atLeast'),
  '>': ({ args }) => rangeWitness(args, 'above', 'below'),
  '>=': ({ args }) => rangeWitness(args, 'atLeast', 'atMost'),
  starts_with: ({ args }) => affixWitness(args, 'prefix'),
  ends_with: ({ args }) => affixWitness(args, 'suffix'),
  between_times: ({ args: [time, ...written] }) =>
    written.some(isDependent) ? undefined : simple(time, 'filled'),
};

/** @param key true for the probes that ask whether there is something: they have but one key. */
function entry(operand: Expression, probe: Entry['probe'], key: Key = true): Entry {
  return { operand, name: nameOf(operand), probe, key };
}

function nameOf({ operator, args }: Expression): string {
  const [first] = args;
  // Most operands are plain fields, and printing expressions is slow. No operator begins with a dot.
  const isField = operator === 'var' && args.length === 1 && typeof first === 'string';
  return isField ? `.${first}` : `${operator} ${expressionText(args)}`;
}

function simple(arg: unknown, probe: Probe): Witness {
  const operand = operandOf(arg);
  return operand === undefined ? undefined : [entry(operand, probe)];
}

/** `{"!": {"missing": ["a", "b"]}}`: none is missing, so the first is there. */
function missingWitness(arg: unknown): Witness {
  const expression = expressionOf(arg);
  if (expression?.operator !== 'missing') return undefined;
  // As the library has it: a list that stands first is all there is.
  const { args } = expression;
  const [path] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  return path === undefined ? undefined : [entry({ operator: 'var', args: [path] }, 'filled')];
}

function equality([a, b]: readonly unknown[], entries: (operand: Expression, key: Key) => Entry[]): Witness {
  const [left, right] = [operandOf(a), operandOf(b)];
  if (left !== undefined && isKey(b)) return entries(left, b);
  if (right !== undefined && isKey(a)) return entries(right, a);
  return undefined;
}

function looseEntries(operand: Expression, key: Key): Entry[] {
  if (key === null) return [entry(operand, 'nullish')];
  if (typeof key !== 'string') return [entry(operand, 'number', Number(key))];
  const asText = entry(operand, 'text', key);
  return Number.isNaN(Number(key))
    ? [asText]
    : [asText, { ...asText, probe: 'valueOfText', key: Number(key) }];
}

function strictEntries(operand: Expression, key: Key): Entry[] {
  return [key === null ? entry(operand, 'nullish') : entry(operand, 'same', key)];
}

function inWitness([needle, haystack]: readonly unknown[]): Witness {
  const [operand, container] = [operandOf(needle), operandOf(haystack)];
  if (operand !== undefined && Array.isArray(haystack)) {
    // A list within the list is equal to nothing.
    const items = haystack.filter((item) => !Array.isArray(item)) as unknown[];
    return items.every(isKey) ? items.flatMap((item) => strictEntries(operand, item)) : undefined;
  }
  if (container === undefined || !isKey(needle)) return undefined;
  // The end tells more apart: numbers of one site and words of one kind begin alike.
  const part = String(needle).slice(-PART_LENGTH);
  // An empty text is in every text that is not empty.
  if (part === '') return [entry(container, 'truthy')];
  const inText = entry(container, 'part', part);
  return [inText, { ...inText, probe: 'item', key: needle }];
}

/** @param probe for an operand on the left, `mirrored` for one on the right. */
function rangeWitness([a, b, c]: readonly unknown[], probe: Probe, mirrored: Probe): Witness {
  const [left, right] = [operandOf(a), operandOf(b)];
  if (left !== undefined && typeof b === 'number') return [entry(left, probe, b)];
  if (right !== undefined && typeof a === 'number') return [entry(right, mirrored, a)];
  if (right !== undefined && typeof c === 'number') return [entry(right, probe, c)];
  return undefined;
}

function affixWitness([value, affixes]: readonly unknown[], probe: 'prefix' | 'suffix'): Witness {
  const operand = operandOf(value);
  const isWritten = [affixes].flat().every((affix) => expressionOf(affix) === undefined);
  if (operand === undefined || !isWritten) return undefined;
  return affixesOf(affixes).map((affix) => entry(operand, probe, affix));
}

/** An argument that is an expression whose value depends on the CDR; `undefined` for literals and lists. */
function operandOf(arg: unknown): Expression | undefined {
  const expression = expressionOf(arg);
  return expression !== undefined && dependsOnCdr(expression) ? expression : undefined;
}

function dependsOnCdr({ operator, args }: Expression): boolean {
  return ['var', 'missing', 'missing_some'].includes(operator) || args.flat(Infinity).some(isDependent);
}

function isDependent(arg: unknown): boolean {
  const expression = expressionOf(arg);
  return expression !== undefined && dependsOnCdr(expression);
}

function isKey(value: unknown): value is Key {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
