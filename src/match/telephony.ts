import { betweenTimes } from './business-hours.ts';

/** What counts as a text: texts themselves, and numbers as JavaScript writes them. Anything else is `undefined`. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The prefixes or suffixes that an argument names: one, or a list of them. What is no text or number names none. */
export function affixesOf(argument: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  return all.map(textOf).filter((affix) => affix !== undefined);
}

/** What is wrong with prefixes or suffixes as they are written. */
export function affixesProblem(argument: unknown): string | undefined {
  if (typeof argument === 'object' && argument !== null && !Array.isArray(argument)) return undefined;
  const affixes = affixesOf(argument);
  const count = Array.isArray(argument) ? argument.length : 1;
  if (affixes.length < count || count === 0) return 'must be a text or number, or a list of them';
  return affixes.includes('') ? 'an empty text is at the beginning and end of every text' : undefined;
}

/** `{"starts_with": [value, prefix or list of prefixes]}`: whether a text or number begins with one of them. */
export function startsWith(value: unknown, prefixes: unknown): boolean {
  const text = textOf(value);
  return text !== undefined && affixesOf(prefixes).some((prefix) => text.startsWith(prefix));
}

/** `{"ends_with": [value, suffix or list of suffixes]}`: whether a text or number ends with one of them. */
export function endsWith(value: unknown, suffixes: unknown): boolean {
  const text = textOf(value);
  return text !== undefined && affixesOf(suffixes).some((suffix) => text.endsWith(suffix));
}

/** `{"digits": value}`: the digits 0-9 of a text or number, nothing else: `+49 (30) 123-45` gives `493012345`. */
export function digits(value: unknown): string {
  return (textOf(value) ?? '').replaceAll(/[^0-9]/g, '');
}

/**
 * Operators that JSON-Logic lacks and telephony needs. Each is pure and total: it gives a value for any arguments and never
 * throws. None takes a regular expression from outside.
 */
export const TELEPHONY_OPERATIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  starts_with: startsWith,
  ends_with: endsWith,
  digits,
  between_times: betweenTimes,
};
