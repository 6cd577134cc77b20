import { findNodeAtLocation, parse, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { pointerTokens, type Problem } from './problem.ts';

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

/** Thrown for text that is not JSON. The message names line and column and never quotes the text. */
export class JsonSyntaxError extends Error {
  /** 1-indexed. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.line = line;
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

function syntaxError(text: string): JsonSyntaxError {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // The tolerant parser recurses; text nested thousands deep exhausts its stack.
    return new JsonSyntaxError('not valid JSON, and nested too deeply to say where', 1);
  }
  const [first] = errors;
  if (first === undefined) return new JsonSyntaxError('not valid JSON', 1);
  const before = text.slice(0, first.offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const what = printParseErrorCode(first.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return new JsonSyntaxError(
    `not valid JSON: ${what} at line ${before.length}, column ${column}`,
    before.length,
  );
}

/** Adds to each problem the line of `text` that its pointer leads to, or the nearest one above that exists. */
export function withLines(text: string, problems: readonly Problem[]): Problem[] {
  if (problems.length === 0) return [];
  const tree = parseTree(text);
  return problems.map((problem) => {
    const path = pointerTokens(problem.pointer).map((token) => (/^\d+$/.test(token) ? Number(token) : token));
    for (let length = path.length; tree !== undefined && length >= 0; length -= 1) {
      const node = findNodeAtLocation(tree, path.slice(0, length));
      if (node !== undefined) return { ...problem, line: text.slice(0, node.offset).split('\n').length };
    }
    return problem;
  });
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
