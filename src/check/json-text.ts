import { printParseErrorCode, visit, type ParseErrorCode } from 'jsonc-parser';

/** Any value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object; its keys are data and may be any text, `__proto__` included. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** What newer JavaScript has and the type library does not yet (https://tc39.es/proposal-json-parse-with-source). */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => JsonValue;
  isRawJSON: (value: unknown) => boolean;
};

/** Whether a parsed JSON value is an object (and not an array, null or a number that keeps its digits). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}

/** Whether a parsed JSON value holds others: an object or an array. */
export function isContainer(value: JsonValue): value is JsonValue[] | JsonObject {
  return Array.isArray(value) || isJsonObject(value);
}

/** Thrown for text that is not JSON. Its message names line and column and never quotes the text. */
export class JsonSyntaxError extends Error {
  /** What is wrong there, in a few words. */
  readonly what: string;
  /** 1-indexed. */
  readonly line: number;
  /** 1-indexed. */
  readonly column: number;

  constructor(what: string, line: number, column: number) {
    super(`not valid JSON: ${what} at line ${line}, column ${column}`);
    this.name = 'JsonSyntaxError';
    this.what = what;
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses JSON text as JSON.parse does, a leading byte order mark allowed.
 *
 * @throws JsonSyntaxError naming line and column. JSON.parse's own message is not used because it quotes
 *   the text, and the text may be call data or hold a secret.
 */
export function parseJson(text: string): JsonValue {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    throw syntaxError(body);
  }
}

/** Where the tolerant parser finds the first error; JSON.parse's own message would quote the text. */
class FirstError extends Error {
  readonly code: ParseErrorCode;
  readonly offset: number;

  constructor(code: ParseErrorCode, offset: number) {
    super('the first error');
    this.code = code;
    this.offset = offset;
  }
}

function syntaxError(text: string): JsonSyntaxError {
  const stopAtFirst = (code: ParseErrorCode, offset: number): never => {
    // Leaves the parser, which would go on to the end of a text of any length.
    throw new FirstError(code, offset);
  };
  try {
    visit(text, { onError: stopAtFirst }, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (error instanceof FirstError) return syntaxErrorAt(text, error);
    // The parser recurses; text nested thousands deep exhausts its stack.
    return new JsonSyntaxError('nested too deeply to say what is wrong', 1, 1);
  }
  return new JsonSyntaxError('unexpected text', 1, 1);
}

function syntaxErrorAt(text: string, { code, offset }: FirstError): JsonSyntaxError {
  const what = printParseErrorCode(code)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return jsonErrorAt(text, offset, what);
}

/** The error of a text that is not JSON from an offset on. */
export function jsonErrorAt(text: string, offset: number, what: string): JsonSyntaxError {
  const { line, column } = linePlace(text, offset);
  return new JsonSyntaxError(what, line, column);
}

/**
 * Parses a part of a text, from `start` to before `end`.
 *
 * @throws JsonSyntaxError naming line and column in the whole text.
 */
export function parseJsonPart(text: string, start: number, end: number): JsonValue {
  try {
    return parseJson(text.slice(start, end));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const before = linePlace(text, start);
    const column = error.line === 1 ? before.column + error.column - 1 : error.column;
    throw new JsonSyntaxError(error.what, before.line + error.line - 1, column);
  }
}

/** Line and column of an offset, both 1-indexed. */
function linePlace(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/**
 * Parses JSON so that JSON.stringify prints every number with the digits it was written with. Such numbers are opaque
 * values: good for printing, not for calculating.
 *
 * @param text valid JSON.
 */
export function parseKeepingDigits(text: string): JsonValue {
  const keepDigits = (_key: string, value: JsonValue, context?: { source?: string }): JsonValue =>
    typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value;
  return JSON.parse(text, keepDigits) as JsonValue;
}
