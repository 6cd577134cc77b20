/** Stands before the digit of what it replaces. The ASCII control "substitute" comes in no text that people write. */
const ESCAPE = '\u001a';

/**
 * PostgreSQL stores any character but NUL in `text`, and so do databases like it. What is written goes through `escaped`
 * and what is read through `unescaped`, so every text comes back as it was, and nearly every one is stored as it is.
 */
export function escaped(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text;
  return text.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`);
}

/** What `escaped` was given. */
export function unescaped(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored;
  return stored.replaceAll(`${ESCAPE}0`, '\0').replaceAll(`${ESCAPE}1`, ESCAPE);
}
