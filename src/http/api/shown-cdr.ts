import { CALL_FIELDS, CALL_PREFIX, type CallField } from '../../cdr/call-fields.ts';
import { fieldOf, type Cdr } from '../../cdr/cdr.ts';
import { flatten } from '../../cdr/flatten.ts';
import {
  isContainer,
  isJsonObject,
  parseJson,
  parseKeepingDigits,
  type JsonValue,
} from '../../check/json-text.ts';
import type { ReadCdr, StoredCdr } from '../../store/records.ts';

/** The flattened fields of a record's text, to be printed: each number has the digits that the sender wrote. */
export function shownFields(raw: string): object {
  const record = parseForShow(raw);
  if (!isJsonObject(record)) return {};
  // What lies deeper than fields go could be nested without end, and printing recurses.
  const isShown = (value: JsonValue): boolean => !isContainer(value) || Object.keys(value).length === 0;
  return Object.fromEntries(
    [...flatten(record)].map(([path, value]) => [path, isShown(value) ? value : '…']),
  );
}

/** The overlay `$call` of a CDR, without what is absent. */
export function shownCall(cdr: Cdr): object {
  return presentOf(cdr, Object.keys(CALL_FIELDS));
}

/** What a list tells of a call. */
const LISTED_FIELDS = ['from', 'to', 'direction', 'status'] as const satisfies readonly CallField[];

/** A list reads no record that is longer than this, so that a page of them takes milliseconds. */
const LONGEST_LISTED = 65_536;

/** What a list tells of a CDR's call: who called whom and what became of it, as far as that is known. */
export function listedCall(stored: StoredCdr, readCdr: ReadCdr): object {
  if (stored.raw.length > LONGEST_LISTED) return {};
  return presentOf(readCdr(stored), LISTED_FIELDS);
}

function presentOf(cdr: Cdr, names: readonly string[]): object {
  const values = names.map((name) => [name, fieldOf(cdr, `${CALL_PREFIX}${name}`)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function parseForShow(raw: string): JsonValue {
  try {
    return parseKeepingDigits(raw);
  } catch {
    // Keeping the digits recurses; a record nested thousands deep is shown without.
    return parseJson(raw);
  }
}
