import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';

/**
 * JSON Schemas as components of an OpenAPI document: what they refer to, in themselves or in each other, is referred to
 * where it is there.
 *
 * @param schemas by the names of their components.
 * @param files which component stands for which file that is referred to.
 */
export function withRefs(
  schemas: Readonly<Record<string, JsonObject>>,
  files: Readonly<Record<string, string>>,
): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const moved = (value: JsonValue): JsonValue => {
        if (Array.isArray(value)) return value.map(moved);
        if (!isJsonObject(value)) return value;
        // Which draft it is is said by the document; a property of that name is described by an object.
        const members = Object.entries(value).filter(
          ([key, inner]) => key !== '$schema' || isJsonObject(inner),
        );
        return Object.fromEntries(
          members.map(([key, inner]) => [
            key,
            key === '$ref' && typeof inner === 'string' ? movedRef(inner, name, files) : moved(inner),
          ]),
        );
      };
      return [name, moved(schema)];
    }),
  );
}

function movedRef(reference: string, name: string, files: Readonly<Record<string, string>>): string {
  const [file = '', pointer = ''] = reference.split('#');
  const component = file === '' ? name : files[file];
  if (component === undefined) throw new Error(`${name} refers to ${file}, which is no component`);
  return `#/components/schemas/${component}${pointer}`;
}
