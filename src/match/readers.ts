import { fieldOf, isMember, valueAt, type Cdr } from '../cdr/cdr.ts';
import type { JsonValue } from '../check/json-text.ts';
import type { Evaluator } from './comparisons.ts';

/** Makes what reads the value of a path in a scope, `absent` where there is none. */
export type Reader = (path: string, absent: null | undefined) => Evaluator;

/** So many readers are kept for all that look at the same fields; rules of more different fields are not known. */
const MAX_KEPT = 1_000;
const kept = new Map<string, Evaluator>();

/** Reads the fields of a CDR. */
export const readCdr: Reader = (path, absent) => {
  if (absent === undefined) return fieldReader(path, absent);
  // Thousands of conditions look at a few fields. With a reader each, most of the time would go into fetching readers from memory.
  let reader = kept.get(path);
  if (reader === undefined) {
    reader = fieldReader(path, absent);
    if (kept.size < MAX_KEPT) kept.set(path, reader);
  }
  return reader;
};

/** Most of what is ever evaluated is a field of a CDR, so nothing stands between it and its value. */
function fieldReader(path: string, absent: null | undefined): Evaluator {
  if (path === '') return (scope) => (scope as Cdr).record;
  if (isMember(path)) return memberReader(path, absent);
  return (scope) => {
    const leaf = (scope as Cdr).fields.get(path);
    return leaf === undefined ? orElse(fieldOf(scope as Cdr, path), absent) : leaf;
  };
}

function memberReader(name: string, absent: null | undefined): Evaluator {
  // What no object inherits is there only if it is the record's own, which then need not be asked.
  if (name in {}) return (scope) => orElse(fieldOf(scope as Cdr, name), absent);
  return (scope) => {
    const { flattened, record } = scope as Cdr;
    return orElse(flattened?.get(name) ?? record[name], absent);
  };
}

/** Reads inside an element of a list. */
export const readElement: Reader = (path, absent) => (scope) =>
  orElse(valueAt(scope as JsonValue, path), absent);

function orElse(value: JsonValue | undefined, absent: null | undefined): JsonValue | undefined {
  return value === undefined ? absent : value;
}
