import fc, { type Arbitrary } from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/check/json-text.ts';
import { pointerTokens } from '../../src/check/problem.ts';

const MAX_DEPTH = 4;

/**
 * Values of a schema of a document, most of them valid: what a pattern or a format asks for is guessed.
 *
 * @param words texts that are tried where text is wanted.
 */
export function valuesOf(
  schema: JsonValue,
  document: JsonObject,
  words: readonly string[],
): Arbitrary<unknown> {
  const word = fc.oneof(fc.constantFrom(...words), fc.string());
  const values = (inner: JsonValue | undefined, depth: number): Arbitrary<unknown> => {
    if (!isJsonObject(inner) || depth > MAX_DEPTH) return fc.jsonValue();
    const { $ref, const: only, enum: choices, type } = inner;
    const alternatives = [inner['oneOf'], inner['anyOf'], inner['allOf']].find((list) => Array.isArray(list));
    if (typeof $ref === 'string') return values(pointerValue(document, $ref.slice(1)), depth + 1);
    if (only !== undefined) return fc.constant(only);
    if (Array.isArray(choices)) return fc.constantFrom(...choices);
    if (Array.isArray(alternatives)) return fc.oneof(...alternatives.map((one) => values(one, depth + 1)));
    return typed(inner, [type].flat()[0], depth);
  };
  const typed = (inner: JsonObject, type: unknown, depth: number): Arbitrary<unknown> => {
    const { minimum = -2, maximum = 1_000_000, items, properties, required = [] } = inner;
    switch (type) {
      case 'object':
        return objects(properties, required as string[], depth);
      case 'array':
        return fc.array(values(items, depth + 1), { maxLength: 3 });
      case 'integer':
      case 'number':
        return fc.integer({ min: Math.ceil(Number(minimum)), max: Math.floor(Number(maximum)) });
      case 'boolean':
        return fc.boolean();
      case 'string':
        return word;
      default:
        return fc.jsonValue();
    }
  };
  const objects = (
    properties: JsonValue | undefined,
    required: string[],
    depth: number,
  ): Arbitrary<unknown> => {
    if (!isJsonObject(properties)) return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
    const members = Object.entries(properties).map(
      ([name, inner]) => [name, values(inner, depth + 1)] as const,
    );
    return fc.record(Object.fromEntries(members), { requiredKeys: required });
  };
  return values(schema, 0);
}

function pointerValue(document: JsonObject, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const token of pointerTokens(pointer)) value = isJsonObject(value) ? value[token] : undefined;
  return value;
}
