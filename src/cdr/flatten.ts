import { isContainer, type JsonObject, type JsonValue } from '../check/json-text.ts';

/** The leaves of a record by their flattened paths, in the order in which the record holds them. */
export type Fields = ReadonlyMap<string, JsonValue>;

/** Bounds on the work one record can cause. What lies beyond them stays reachable through its container. */
export interface FlattenLimits {
  /** Containers nested deeper than this are kept whole, as one field. */
  readonly maxDepth: number;
  /** Leaves after this many are left out of the fields. */
  readonly maxLeaves: number;
  /** What has a longer path is left out of the fields. */
  readonly maxPathCharacters: number;
}

/** Far above any documented CDR: a Vodia record with its whole log has about two thousand leaves, six deep. */
export const FLATTEN_LIMITS: FlattenLimits = { maxDepth: 32, maxLeaves: 50_000, maxPathCharacters: 1_024 };

/**
 * Flattens a record to its leaves: `{"a":[{"b":1}]}` has the field `a.0.b`.
 *
 * A path joins keys and array indices with dots. A dot or backslash inside a key is written `\.` or `\\`, and a
 * dollar sign that begins a record's own name is written `\$`; so no two leaves share a path, and none can be
 * mistaken for one of the `$` names that are ours. An empty object or array is a leaf.
 */
export function flatten(record: JsonObject, limits: FlattenLimits = FLATTEN_LIMITS): Fields {
  const fields = new Map<string, JsonValue>();
  const add = (path: string, value: JsonValue, depth: number): void => {
    // One long key before many leaves would make a small record into endless work: V8 tells very long texts of one
    // length apart only by comparing them.
    if (path.length > limits.maxPathCharacters) return;
    const isOpened = depth < limits.maxDepth && isContainer(value);
    const keys = isOpened ? Object.keys(value) : [];
    for (const key of keys) {
      add(`${path}.${escapeKey(key)}`, (value as JsonObject)[key] ?? null, depth + 1);
    }
    if (keys.length === 0 && fields.size < limits.maxLeaves) fields.set(path, value);
  };
  for (const key of Object.keys(record)) {
    const segment = escapeKey(key);
    add(segment.startsWith('$') ? `\\${segment}` : segment, record[key] ?? null, 1);
  }
  return fields;
}

function escapeKey(key: string): string {
  return key.includes('.') || key.includes('\\') ? key.replaceAll(/[.\\]/g, '\\$&') : key;
}

/** Splits a flattened path into the keys it was made of; the inverse of how `flatten` writes one. */
export function pathKeys(path: string): string[] {
  const keys = [''];
  for (let at = path.startsWith('\\$') ? 1 : 0; at < path.length; at += 1) {
    const character = path.charAt(at);
    if (character === '.') keys.push('');
    else keys.push((keys.pop() ?? '') + (character === '\\' ? path.charAt((at += 1)) : character));
  }
  return keys;
}
