/** What a column may hold. */
export type Column = string | number | bigint | boolean | Uint8Array | null;

/** A row as a database driver gives it, columns by name. */
export type Row = Readonly<Record<string, Column>>;

/** An integer column. */
export function integer(value: Column | undefined): number {
  return Number(value);
}

/** An integer column that may be null. */
export function optionalInteger(value: Column | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

/** A text column. */
export function text(value: Column | undefined): string {
  return String(value);
}

/** A text column that may be null. */
export function optionalText(value: Column | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

/** What goes into a column with JSON that may be null. */
export function jsonOf(value: object | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
