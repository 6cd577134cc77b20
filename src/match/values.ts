/** What json-logic-js makes of arguments that have been evaluated, for the operators that do more than JavaScript's own. */

/** `cat`: the arguments as texts, one after the other; null and absent ones are empty. */
export function joined(values: readonly unknown[]): string {
  return values.join('');
}

/** `parseFloat` without the detour by a text for what is a number already; either way -0 becomes 0. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value + 0 : parseFloat(value as string);
}

/** `+`: the sum of the arguments read as numbers from their beginning, as `parseFloat` does. */
export function sum(values: readonly unknown[]): number {
  return values.reduce((total: number, value) => total + numberOf(value), 0);
}

/** `-`: the difference, or of one argument the negative. */
export function difference([a, b]: readonly unknown[]): number {
  return b === undefined ? -(a as number) : (a as number) - (b as number);
}

/** `*`: the product of the arguments, read as for `+`; a single one is given back as it is. */
export function product(values: readonly unknown[]): unknown {
  return values.reduce((total, value) => numberOf(total) * numberOf(value));
}

/** `substr`: a part of a text; a negative start counts from its end, a negative length leaves as much off the end. */
export function substring([source, start, length]: readonly unknown[]): string {
  const text = String(source);
  if (typeof length === 'number' && length < 0) {
    const rest = cut(text, start as number);
    return cut(rest, 0, rest.length + length);
  }
  return cut(text, start as number, length as number | undefined);
}

function cut(text: string, start: number, length?: number): string {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- json-logic-js calls it, and no other method reads a negative start with a length, or what is no number, as it does.
  return text.substr(start, length);
}

/** `in`: whether a text holds another, or a list an item. */
export function contains(haystack: unknown, needle: unknown): boolean {
  // JavaScript's truth, to which an empty list is true.
  if (!haystack) return false;
  const { indexOf } = haystack as { indexOf?: unknown };
  return indexOf !== undefined && (haystack as string).indexOf(needle as string) !== -1;
}
