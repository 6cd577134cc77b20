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

/** The places of the values that stand directly in the JSON array at `start`, in their order. The text must be valid JSON. */
export function itemPlaces(text: string, start: number): Place[] {
  const places: Place[] = [];
  let at = skip(text, start + 1);
  while (text.charAt(at) !== ']') {
    const end = endOfValue(text, at);
    places.push({ start: at, end });
    at = skip(text, end);
  }
  return places;
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

/** The text of each value that stands directly in a JSON array, in its order. The text must be valid JSON. */
export function itemSlices(array: string): string[] {
  return itemPlaces(array, array.indexOf('[')).map(({ start, end }) => array.slice(start, end));
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

/** The index after the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return endOfString(text, start) + 1;
  return first === '{' || first === '[' ? endOfContainer(text, start) : endOfScalar(text, start);
}

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
}

/** The index of the quote that ends the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (/[^\s,:\]}]/.test(text.charAt(at))) at += 1;
  return at;
}
