import { isJsonObject, JsonSyntaxError, parseJson, type JsonValue } from '../check/json-text.ts';
import type { DecodedCdr } from './cdr.ts';

/** Thrown for a request in which no CDR can be read. The message is for the sender and quotes none of the body. */
export class UnreadableBodyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableBodyError';
  }
}

/**
 * Reads the CDRs of one request. The body's first bytes decide, never its Content-Type, because phone systems send
 * JSON labelled as a form and the reverse: `{` is a JSON object or NDJSON, `[` an array of objects, `name=` a form.
 * Without a body the query string is read as a form.
 *
 * @param body the request's bytes, already decompressed. UTF-8; bytes that are not are read as Windows-1252.
 * @param query the query string without its question mark.
 * @returns the CDRs in the order sent; none for an empty array.
 * @throws UnreadableBodyError
 */
export function decode(body: Uint8Array, query: string): DecodedCdr[] {
  const sent = textOf(body);
  const text = trimJsonSpace(sent);
  if (text === '') {
    if (query === '') throw new UnreadableBodyError('the request has neither a body nor a query string');
    return [decodeForm(query)];
  }
  if (text.startsWith('{')) return decodeObjectOrLines(sent);
  if (text.startsWith('[')) return decodeArray(sent);
  if (/^[^\s"'<>{}=]{1,256}=/.test(text)) return [decodeForm(text)];
  throw new UnreadableBodyError('the body is neither a JSON object, an array of them, NDJSON nor a form');
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    // Older systems send names in their own code page. A wrong accent is better than a lost call.
    return new TextDecoder('windows-1252').decode(body);
  }
}

/** Takes off the white space that JSON allows around a value (RFC 8259 §2), and nothing else. */
function trimJsonSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isJsonSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isJsonSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isJsonSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function decodeObjectOrLines(sent: string): DecodedCdr[] {
  try {
    return [makeDecoded(sent, parseJson(sent), 'the body')];
  } catch (error) {
    const lines = sent.split('\n').map((line, index) => ({ line: trimJsonSpace(line), number: index + 1 }));
    const [first, second] = lines.filter(({ line }) => line !== '');
    // Several lines, and the first is JSON by itself: then it is the lines that are meant.
    if (first !== undefined && second !== undefined && isJson(first.line)) return decodeLines(lines);
    if (error instanceof JsonSyntaxError) throw new UnreadableBodyError(`the body is ${error.message}`);
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function decodeLines(lines: readonly { readonly line: string; readonly number: number }[]): DecodedCdr[] {
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      try {
        return makeDecoded(line, parseJson(line), `line ${number}`);
      } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        throw new UnreadableBodyError(
          `line ${number} is not valid JSON: ${error.what} at column ${error.column}`,
        );
      }
    });
}

function makeDecoded(text: string, record: JsonValue, place: string): DecodedCdr {
  if (!isJsonObject(record)) throw new UnreadableBodyError(`${place} is not a JSON object`);
  return { raw: trimJsonSpace(text), record };
}

function decodeArray(sent: string): DecodedCdr[] {
  const items = parseArray(sent);
  const slices = itemSlices(sent);
  return items.map((record, index) => {
    if (!isJsonObject(record))
      throw new UnreadableBodyError(`item ${index} of the array is not a JSON object`);
    return { raw: slices[index] ?? '', record };
  });
}

function parseArray(sent: string): JsonValue[] {
  try {
    return parseJson(sent) as JsonValue[];
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new UnreadableBodyError(`the body is ${error.message}`);
    throw error;
  }
}

/** The text of each object or array that stands directly in a valid JSON array. */
function itemSlices(text: string): string[] {
  const slices: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') {
      if (depth === 1) start = at;
      depth += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 1) slices.push(text.slice(start, at + 1));
    }
  }
  return slices;
}

/** The index of the quote that ends the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

/** A form (WHATWG URL §5) as a JSON object of strings, in the order sent; a repeated name gives an array. */
function decodeForm(text: string): DecodedCdr {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = values.get(name);
    if (earlier === undefined) values.set(name, [value]);
    else earlier.push(value);
  }
  const members = [...values].map(
    ([name, all]) => `${JSON.stringify(name)}:${JSON.stringify(all.length === 1 ? all[0] : all)}`,
  );
  const raw = `{${members.join(',')}}`;
  return makeDecoded(raw, parseJson(raw), 'the form');
}
