import { isJsonObject, JsonSyntaxError, parseJson, type JsonValue } from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';
import { itemSlices } from './json-slices.ts';
import { trimJsonSpace } from './text.ts';
import { UnreadableBodyError } from './unreadable.ts';

/**
 * Reads JSON: an array of objects, one object, or several, one on each line (NDJSON). Each keeps its text, byte for byte.
 *
 * @throws UnreadableBodyError with the place of the mistake.
 */
export function decodeJson(sent: string): DecodedCdr[] {
  return trimJsonSpace(sent).startsWith('[') ? decodeArray(sent) : decodeObjectOrLines(sent);
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
