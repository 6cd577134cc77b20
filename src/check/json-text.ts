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
  const before = text.slice(0, offset).split('\n');
  const what = printParseErrorCode(code)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return new JsonSyntaxError(what, before.length, (before.at(-1)?.length ?? 0) + 1);
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
