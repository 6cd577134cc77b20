import { isJsonSpace } from './text.ts';

/** The text of each value that stands directly in a JSON array, in its order. The text must be valid JSON. */
export function itemSlices(array: string): string[] {
  const slices: string[] = [];
  let at = skip(array, array.indexOf('[') + 1);
  while (array.charAt(at) !== ']') {
    const end = endOfValue(array, at);
    slices.push(array.slice(at, end));
    at = skip(array, end);
  }
  return slices;
}

/**
 * The text of the value of each member of a JSON object; of two members with one name the last, as JSON.parse has it.
 * The text must be valid JSON.
 */
export function memberSlices(object: string): Map<string, string> {
  const slices = new Map<string, string>();
  let at = skip(object, object.indexOf('{') + 1);
  while (object.charAt(at) !== '}') {
    const endOfName = endOfValue(object, at);
    const name = JSON.parse(object.slice(at, endOfName)) as string;
    const start = skip(object, endOfName);
    const end = endOfValue(object, start);
    slices.set(name, object.slice(start, end));
    at = skip(object, end);
  }
  return slices;
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
