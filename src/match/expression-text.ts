/**
 * An expression as text, the same for two expressions only if they mean the same: JSON, but for numbers that JSON prints as
 * others. `-0` divides otherwise than `0`, and a number too big for JavaScript is not null.
 */
export function expressionText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expressionText).join(',')}]`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${expressionText(inner)}`,
  );
  return `{${members.join(',')}}`;
}
