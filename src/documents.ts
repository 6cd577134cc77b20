import { readFileSync } from 'node:fs';
import { JsonSyntaxError, parseJson, type JsonValue } from './check/json-text.ts';
import { errorAt, InvalidDocumentError } from './check/problem.ts';

/** A JSON file that somebody wrote. */
export interface Document {
  readonly text: string;
  readonly value: JsonValue;
}

/**
 * Reads a JSON file.
 *
 * @throws InvalidDocumentError with the file's name, and the line when it is not JSON.
 */
export function readDocument(path: string): Document {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, value: parseJson(text) };
  } catch (error) {
    const line = error instanceof JsonSyntaxError ? { line: error.line } : {};
    const message =
      error instanceof JsonSyntaxError ? error.message : `cannot be read: ${(error as Error).message}`;
    throw new InvalidDocumentError(path, [{ ...errorAt('', message), ...line }]);
  }
}
