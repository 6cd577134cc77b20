/**
 * Parses JSON; a number that JavaScript cannot hold is kept as its text, and printed so again. Browsers that cannot do
 * that round it.
 */
export function parseKeepingDigits(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON?: (text: string) => unknown };
  if (rawJSON === undefined) return JSON.parse(text);
  const revive = (_name: string, value: unknown, { source }: { source?: string } = {}): unknown =>
    typeof value === 'number' && source !== undefined && isRounded(value, source) ? rawJSON(source) : value;
  return JSON.parse(text, revive);
}

/** JSON on several lines, each number as it was written; a text that is no JSON stays as it is. */
export function onSeveralLines(text: string): string {
  try {
    return JSON.stringify(parseKeepingDigits(text), null, 2);
  } catch {
    return text;
  }
}

function isRounded(value: number, source: string): boolean {
  return /^-?\d{16,}$/.test(source) && String(value) !== source;
}
