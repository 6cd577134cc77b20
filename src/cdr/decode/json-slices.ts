import { jsonErrorAt } from '../../check/json-text.ts';
import { isJsonSpace } from './text.ts';

/** Where a value stands in a text: from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where a member of an object stands: its name begins at `nameStart`, its value is at its place. */
export interface MemberPlace extends Place {
  readonly name: string;
  readonly nameStart: number;
}

/**
 * The places of the values that stand directly in the JSON array at `start`, one after the other. What stands at a place is not
 * looked into: it is JSON if the text is.
 *
 * @returns the index behind the array.
 * @throws JsonSyntaxError for what is wrong between the places.
 */
export function* eachItem(text: string, start: number): Generator<Place, number> {
  let at = skipSpace(text, start + 1);
  if (text.charAt(at) === ']') return at + 1;
  for (;;) {
    const end = endOfValue(text, at);
    yield { start: at, end };
    at = skipSpace(text, end);
    const separator = text.charAt(at);
    if (separator === ']') return at + 1;
    if (separator === '') throw jsonErrorAt(text, at, 'close bracket expected');
    if (separator !== ',') throw jsonErrorAt(text, at, 'comma expected');
    at = skipSpace(text, at + 1);
  }
}

/** The places of the values that stand directly in the JSON array at `start`, in their order. The text must be valid JSON. */
export function itemPlaces(text: string, start: number): Place[] {
  return [...eachItem(text, start)];
}

/** The places of the members of the JSON object at `start`, in their order, all of those with one name. The text must be valid JSON. */
export function memberPlaces(text: string, start: number): MemberPlace[] {
  const places: MemberPlace[] = [];
  let nameStart = skip(text, start + 1);
  while (text.charAt(nameStart) !== '}') {
    const endOfName = endOfValue(text, nameStart);
    const name = JSON.parse(text.slice(nameStart, endOfName)) as string;
    const valueStart = skip(text, endOfName);
    const end = endOfValue(text, valueStart);
    places.push({ name, nameStart, start: valueStart, end });
    nameStart = skip(text, end);
  }
  return places;
}

/** The text of each value that stands directly in a JSON array, one after the other. The text must be valid JSON. */
export function* itemSlices(array: string): Generator<string> {
  for (const { start, end } of eachItem(array, array.indexOf('['))) yield array.slice(start, end);
}

/**
 * The text of the value of each member of a JSON object; of two members with one name the last, as JSON.parse has it.
 * The text must be valid JSON.
 */
export function memberSlices(object: string): Map<string, string> {
  const places = memberPlaces(object, object.indexOf('{'));
  return new Map(places.map(({ name, start, end }) => [name, object.slice(start, end)]));
}

/** The next index that is neither white space nor a comma or colon. */
function skip(text: string, start: number): number {
  let at = start;
  while (isJsonSpace(text.charCodeAt(at)) || text.charAt(at) === ',' || text.charAt(at) === ':') at += 1;
  return at;
}

/** The next index at which there is no white space. */
export function skipSpace(text: string, start: number): number {
  let at = start;
  while (isJsonSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** The index after the value that begins at `start`; at the end of the text for one that has no end. */
function endOfValue(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return Math.min(endOfString(text, start) + 1, text.length);
  return first === '{' || first === '[' ? endOfContainer(text, start) : endOfScalar(text, start);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** The index of the quote that ends the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE && at < text.length; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1;
  }
  return at;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[^\s,:\]}]/.test(text.charAt(at))) at += 1;
  return at;
}
