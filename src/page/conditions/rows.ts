import type { Json } from '../api/types.ts';
import { isSameJson } from './equal.ts';
import { typedOf, valueOf, type TypedValue, type ValueType } from './typed-value.ts';

/** A condition on one field that a row can show. */
export interface Row {
  /** The flattened path. */
  readonly field: string;
  readonly operator: RowOperator;
  readonly value: TypedValue;
}

/** How a row's operator is written in JSON-Logic. */
interface Form {
  readonly label: string;
  /** Kinds of values it takes; the first is the usual one. None for operators without a value. */
  readonly types: readonly ValueType[];
  readonly print: (field: Json, value: Json) => Json;
}

const SCALARS: readonly ValueType[] = ['text', 'number', 'true/false', 'empty'];
const ORDERED: readonly ValueType[] = ['number', 'text'];
const TEXT: readonly ValueType[] = ['text'];
const LISTS: readonly ValueType[] = ['texts', 'numbers'];

/** The operators of rows, in the order they are offered. */
const FORMS = {
  '==': { label: 'equals', types: SCALARS, print: (field, value) => ({ '==': [field, value] }) },
  '!=': { label: 'does not equal', types: SCALARS, print: (field, value) => ({ '!=': [field, value] }) },
  in: { label: 'is one of', types: LISTS, print: (field, value) => ({ in: [field, value] }) },
  'not in': {
    label: 'is none of',
    types: LISTS,
    print: (field, value) => ({ '!': { in: [field, value] } }),
  },
  contains: { label: 'contains', types: TEXT, print: (field, value) => ({ in: [value, field] }) },
  'not contains': {
    label: 'does not contain',
    types: TEXT,
    print: (field, value) => ({ '!': { in: [value, field] } }),
  },
  starts_with: {
    label: 'starts with',
    types: TEXT,
    print: (field, value) => ({ starts_with: [field, value] }),
  },
  ends_with: { label: 'ends with', types: TEXT, print: (field, value) => ({ ends_with: [field, value] }) },
  '>': { label: 'is greater than', types: ORDERED, print: (field, value) => ({ '>': [field, value] }) },
  '>=': { label: 'is at least', types: ORDERED, print: (field, value) => ({ '>=': [field, value] }) },
  '<': { label: 'is less than', types: ORDERED, print: (field, value) => ({ '<': [field, value] }) },
  '<=': { label: 'is at most', types: ORDERED, print: (field, value) => ({ '<=': [field, value] }) },
  '!!': { label: 'has a value', types: [], print: (field) => ({ '!!': field }) },
  '!': { label: 'has no value (or 0, false)', types: [], print: (field) => ({ '!': field }) },
  '===': {
    label: 'is exactly (same type)',
    types: SCALARS,
    print: (field, value) => ({ '===': [field, value] }),
  },
  '!==': {
    label: 'is not exactly (same type)',
    types: SCALARS,
    print: (field, value) => ({ '!==': [field, value] }),
  },
} as const satisfies Readonly<Record<string, Form>>;

/** An operator that a row can have. */
export type RowOperator = keyof typeof FORMS;

/** The operators with what people read. */
export const ROW_OPERATORS = Object.entries(FORMS).map(([operator, { label }]) => ({
  operator: operator as RowOperator,
  label,
}));

/** Kinds of values that an operator takes; the first is the usual one. */
export function typesOf(operator: RowOperator): readonly ValueType[] {
  return FORMS[operator].types;
}

/** The condition that a row says; `undefined` while its field or value is not complete. */
export function printRow({ field, operator, value }: Row): Json | undefined {
  const form: Form = FORMS[operator];
  if (field === '') return undefined;
  if (form.types.length === 0) return form.print({ var: field }, null);
  const printed = valueOf(value);
  return printed === undefined ? undefined : form.print({ var: field }, printed);
}

/**
 * The row that shows a condition. Only what the row prints again, member by member, has one: a condition is never
 * changed by being looked at, and what is richer is edited as JSON.
 */
export function parseRow(condition: Json): Row | undefined {
  return candidates(condition).find((row) => isSameJson(printRow(row), condition));
}

/** Rows that could say a condition, by the field and the value that are in it somewhere. */
function candidates(condition: Json): Row[] {
  const parts = leavesOf(condition);
  const field = parts.find(isVariable)?.var;
  if (field === undefined) return [];
  const literal = parts.find((part) => !isVariable(part));
  const value = literal === undefined ? { type: 'text' as const, text: '' } : typedOf(literal);
  if (value === undefined) return [];
  return ROW_OPERATORS.map(({ operator }) => ({ field, operator, value }));
}

/** The arguments of an operator, also of one that is negated. */
function leavesOf(condition: Json): readonly Json[] {
  const args = argumentsOf(condition);
  const [only] = args;
  return args.length === 1 && only !== undefined && !isVariable(only) ? argumentsOf(only) : args;
}

function argumentsOf(condition: Json): readonly Json[] {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) return [];
  const values = Object.values(condition);
  const [value] = values;
  if (value === undefined || values.length > 1) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function isVariable(value: Json): value is { readonly var: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'var' in value &&
    typeof (value as Readonly<Record<string, Json>>)['var'] === 'string' &&
    Object.keys(value).length === 1
  );
}
