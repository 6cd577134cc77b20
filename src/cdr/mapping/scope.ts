import { isContainer, type JsonValue } from '../../check/json-text.ts';

/** What an expression reads: a CDR, or an element of one of its lists. */
export interface Scope {
  /** The value at a path, `undefined` when there is none. */
  value(path: string): JsonValue | undefined;
  /** IANA name of the zone of times that are written without one. */
  readonly zone: string | undefined;
}

/** Whether a value says that there is nothing: absent, null, an empty text, list or object. 0 and false say something. */
export function isNothing(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isContainer(value) && Object.keys(value).length === 0;
}
