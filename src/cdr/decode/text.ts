/** The text of a body: UTF-8, or Windows-1252 when the bytes are not. */
export function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    // Older systems send names in their own code page. A wrong accent is better than a lost call.
    return new TextDecoder('windows-1252').decode(body);
  }
}

/** Takes off the white space that JSON allows around a value (RFC 8259 §2), and nothing else. */
export function trimJsonSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isJsonSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isJsonSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** What is kept of the text of a JSON value: without white space around it, and without a byte order mark before it. */
export function keptJson(text: string): string {
  const trimmed = trimJsonSpace(text);
  return trimmed.startsWith('\uFEFF') ? trimJsonSpace(trimmed.slice(1)) : trimmed;
}

/** Whether a UTF-16 code unit is white space between JSON's tokens. */
export function isJsonSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
