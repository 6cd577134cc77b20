import { CALL_FIELDS, CALL_PREFIX } from '../../cdr/call-fields.ts';
import { fieldOf, type Cdr } from '../../cdr/cdr.ts';
import { flatten } from '../../cdr/flatten.ts';
import {
  isContainer,
  isJsonObject,
  parseJson,
  parseKeepingDigits,
  type JsonValue,
} from '../../check/json-text.ts';

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
  const values = Object.keys(CALL_FIELDS).map(
    (name) => [name, fieldOf(cdr, `${CALL_PREFIX}${name}`)] as const,
  );
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
