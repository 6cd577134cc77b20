import { fieldOf, valueAt, type Cdr } from '../cdr/cdr.ts';
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
  return (scope) => {
    const leaf = (scope as Cdr).fields.get(path);
    return leaf === undefined ? orElse(fieldOf(scope as Cdr, path), absent) : leaf;
  };
}

/** Reads inside an element of a list. */
export const readElement: Reader = (path, absent) => (scope) =>
  orElse(valueAt(scope as JsonValue, path), absent);

function orElse(value: JsonValue | undefined, absent: null | undefined): JsonValue | undefined {
  return value === undefined ? absent : value;
}
