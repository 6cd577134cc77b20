import type { Json, JsonObject } from '../api/types.ts';
import type { JsonText } from '../parts/json-field.tsx';
import type { KeyValuesRead } from '../parts/key-values.tsx';

/** What every part of the editor's form is given. */
export interface FormProps {
  /** The webhook as it would be saved. */
  readonly draft: JsonObject;
  /** Changes a member; `undefined` leaves it out. */
  readonly set: (name: string, value: Json | undefined) => void;
  /** What the router found wrong at a JSON Pointer and below it. */
  readonly errorsAt: (pointer: string) => readonly string[];
  /** Says that what is typed somewhere cannot be saved yet, or that it can again. */
  readonly setIncomplete: (place: string, reason: string | undefined) => void;
}

/** A member that is a text; empty when it is missing or something else. */
export function textOf(draft: JsonObject, name: string): string {
  const value = draft[name];
  return typeof value === 'string' ? value : '';
}

/** A member that is an object. */
export function objectOf(draft: JsonObject, name: string): JsonObject | undefined {
  const value = draft[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** An object whose members all are texts. */
export function textsOf(value: JsonObject | undefined): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return {};
  return Object.values(value).every((member) => typeof member === 'string')
    ? (value as Readonly<Record<string, string>>)
    : undefined;
}

/** Makes a handler that takes a member over, or says why it cannot be yet. */
export function takeOver(
  { set, setIncomplete }: FormProps,
  member: string,
  what: string,
): (read: JsonText | KeyValuesRead) => void {
  return (read) => {
    setIncomplete(`/${member}`, 'error' in read ? `${what}: ${read.error}` : undefined);
    if (!('error' in read)) set(member, read.value);
  };
}
