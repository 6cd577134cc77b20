import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';

/** Nested deeper than this is any value. */
const DEEPEST = 4;

/** A JSON Schema that some values satisfy: the types they have, and of objects the members that any of them has. */
export function inferSchema(values: readonly JsonValue[], depth = 0): JsonObject {
  const types = [...new Set(values.map(typeOf))].sort();
  // An integer may be a fraction in the next record only where one has been seen.
  const told = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  const [only] = told;
  const schema: JsonObject = told.length === 0 ? {} : { type: told.length === 1 ? (only ?? '') : told };
  if (depth === DEEPEST) return schema;
  const objects = values.filter(isJsonObject);
  const items = values.filter((value) => Array.isArray(value)).flat();
  return {
    ...schema,
    ...(objects.length === 0 ? {} : membersOf(objects, depth)),
    ...(items.length === 0 ? {} : { items: inferSchema(items, depth + 1) }),
  };
}

function membersOf(objects: readonly JsonObject[], depth: number): JsonObject {
  const names = [...new Set(objects.flatMap((one) => Object.keys(one)))];
  const properties = names.map((name): [string, JsonValue] => {
    const values = objects.flatMap((one) => (Object.hasOwn(one, name) ? [one[name] ?? null] : []));
    return [name, inferSchema(values, depth + 1)];
  });
  return { properties: Object.fromEntries(properties) };
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
