import type { JsonObject } from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';

/**
 * Makes a CDR of names and texts, in the order given: its JSON is an object of strings, nothing is taken for a number,
 * and a repeated name gives an array.
 */
export function decodedOfPairs(pairs: Iterable<readonly [name: string, text: string]>): DecodedCdr {
  const values = new Map<string, string[]>();
  for (const [name, text] of pairs) {
    const earlier = values.get(name);
    if (earlier === undefined) values.set(name, [text]);
    else earlier.push(text);
  }
  const members = [...values].map(
    ([name, all]) => `${JSON.stringify(name)}:${JSON.stringify(all.length === 1 ? all[0] : all)}`,
  );
  return decodedOfJson(`{${members.join(',')}}`);
}

/** Makes a CDR of the text of a JSON object that we wrote ourselves. */
export function decodedOfJson(raw: string): DecodedCdr {
  return { raw, record: JSON.parse(raw) as JsonObject };
}
