import {
  isJsonObject,
  jsonErrorAt,
  JsonSyntaxError,
  parseJson,
  parseJsonPart,
} from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';
import { eachItem, skipSpace } from './json-slices.ts';
import { keptJson, trimJsonSpace } from './text.ts';
import { TooLargeBodyError, UnreadableBodyError } from './unreadable.ts';

/**
 * Reads JSON: an array of objects, one object, or several, one on each line (NDJSON). Each keeps its text, byte for byte, and
 * is read when it is asked for.
 *
 * @param maxCdrBytes no object may be longer, because it is parsed in one go.
 * @throws UnreadableBodyError with the place of the mistake, TooLargeBodyError.
 */
export function decodeJson(sent: string, maxCdrBytes = Infinity): Generator<DecodedCdr> {
  const text = trimJsonSpace(sent);
  if (text.startsWith('[')) return decodeArray(sent, maxCdrBytes);
  return isLines(text) ? decodeLines(sent, maxCdrBytes) : decodeObject(sent, maxCdrBytes);
}

/** Whether each line is an object of its own: the first is JSON by itself, so with another there the whole is not. */
function isLines(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0) return false;
  try {
    JSON.parse(text.slice(0, end));
    return true;
  } catch {
    return false;
  }
}

function* decodeObject(sent: string, maxCdrBytes: number): Generator<DecodedCdr> {
  refuseLong(sent.length, maxCdrBytes, 'the body is one JSON document that');
  const record = told(() => parseJson(sent));
  if (!isJsonObject(record)) throw new UnreadableBodyError('the body is not a JSON object');
  yield { raw: keptJson(sent), record };
}

function* decodeLines(sent: string, maxCdrBytes: number): Generator<DecodedCdr> {
  const numberOf = (at: number): number => jsonErrorAt(sent, at, '').line;
  for (let start = skipSpace(sent, 0); start < sent.length;) {
    const feed = sent.indexOf('\n', start);
    const end = feed < 0 ? sent.length : feed;
    if (end - start > maxCdrBytes) refuseLong(end - start, maxCdrBytes, `line ${numberOf(start)}`);
    yield decodeLine(sent.slice(start, end), () => numberOf(start));
    start = skipSpace(sent, end);
  }
}

function decodeLine(line: string, number: () => number): DecodedCdr {
  try {
    const record = parseJson(line);
    if (isJsonObject(record)) return { raw: keptJson(line), record };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new UnreadableBodyError(
      `line ${number()} is not valid JSON: ${error.what} at column ${error.column}`,
    );
  }
  throw new UnreadableBodyError(`line ${number()} is not a JSON object`);
}

function* decodeArray(sent: string, maxCdrBytes: number): Generator<DecodedCdr> {
  const places = eachItem(sent, sent.indexOf('['));
  for (let index = 0; ; index += 1) {
    const { done, value: place } = told(() => places.next());
    if (done === true) {
      refuseRest(sent, place);
      return;
    }
    const { start, end } = place;
    if (end - start > maxCdrBytes) refuseLong(end - start, maxCdrBytes, `item ${index} of the array`);
    const record = told(() => parseJsonPart(sent, start, end));
    if (!isJsonObject(record)) {
      throw new UnreadableBodyError(`item ${index} of the array is not a JSON object`);
    }
    yield { raw: sent.slice(start, end), record };
  }
}

function refuseRest(sent: string, end: number): void {
  const rest = skipSpace(sent, end);
  if (rest === sent.length) return;
  told(() => {
    throw jsonErrorAt(sent, rest, 'end of file expected');
  });
}

/** @param what has so many characters, which are as many bytes at least. */
function refuseLong(characters: number, maxCdrBytes: number, what: string): void {
  if (characters <= maxCdrBytes) return;
  throw new TooLargeBodyError(`${what} is longer than ${maxCdrBytes} bytes (intake.maxCdrBytes)`);
}

/** Tells the sender of the first mistake. */
function told<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new UnreadableBodyError(`the body is ${error.message}`);
    throw error;
  }
}
