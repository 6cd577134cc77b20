/** The first line, a boundary, and what follows it in a form (RFC 7578 §4.2). */
const START = /^--([^\r\n]{1,70}?)[ \t]*\r?\n(?=(?:[\w-]+:[^\r\n]*\r?\n)*?content-disposition: *form-data)/i;

/** Whether a text begins as a form in several parts does. */
export function looksLikeMultipart(text: string): boolean {
  return START.test(text);
}

/** The names and texts in a form of several parts (RFC 7578); `undefined` when the text is none. */
export function multipartPairs(text: string): (readonly [name: string, text: string])[] | undefined {
  const boundary = START.exec(text)?.[1];
  if (boundary === undefined) return undefined;
  return `\n${text}`
    .split(`\n--${boundary}`)
    .slice(1)
    .map(pairOf)
    .filter((pair) => pair !== undefined);
}

/** A part: the end of the boundary's line, headers, an empty line, and the value up to the next boundary's line. */
function pairOf(part: string): readonly [string, string] | undefined {
  const [, headers = '', value] = /^[ \t]*\r?\n([^]*?)\r?\n\r?\n([^]*)$/.exec(part) ?? [];
  const name = /^content-disposition:[^\r\n]*?[; ]name="([^"\r\n]*)"/im.exec(headers)?.[1];
  return name === undefined || value === undefined ? undefined : [name, value.replace(/\r$/, '')];
}
