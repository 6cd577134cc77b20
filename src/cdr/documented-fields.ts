import { isJsonObject, type JsonObject, type JsonValue } from '../check/json-text.ts';
import { flatten } from './flatten.ts';

/** A field that a vendor documents. */
export interface DocumentedField {
  /** Its flattened path; of a list the first element stands for all. */
  readonly path: string;
  readonly description?: string;
}

/** Deeper than any vendor documents, and the end of a schema that refers to itself. */
const DEEPEST = 8;

/** The leaves that a JSON Schema of a vendor's records names, in its order. */
export function documentedFields(schema: JsonObject): DocumentedField[] {
  const fields: DocumentedField[] = [];
  const add = (path: string, value: JsonValue | undefined, depth: number): void => {
    const one = referredTo(value, schema);
    if (one === undefined || depth > DEEPEST) return;
    const inner = membersOf(one);
    for (const [name, member] of inner) add(path === '' ? name : `${path}.${name}`, member, depth + 1);
    if (inner.length > 0 || path === '') return;
    const { description } = one;
    fields.push(typeof description === 'string' ? { path, description } : { path });
  };
  add('', schema, 0);
  return fields;
}

/** What may stand inside a value of this schema, by names as paths write them. */
function membersOf({ properties, items }: JsonObject): (readonly [string, JsonValue])[] {
  if (isJsonObject(properties)) {
    return Object.entries(properties).map(([name, member]) => [pathOf(name), member]);
  }
  return isJsonObject(items) ? [['0', items]] : [];
}

/** A record's own name as a path writes it. */
function pathOf(name: string): string {
  return [...flatten({ [name]: '' }).keys()][0] ?? name;
}

/** A schema, or the one among the `$defs` of its document that it refers to. */
function referredTo(value: JsonValue | undefined, { $defs }: JsonObject): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const { $ref } = value;
  if (typeof $ref !== 'string') return value;
  const found = isJsonObject($defs) ? $defs[$ref.replace('#/$defs/', '')] : undefined;
  return isJsonObject(found) ? { ...found, ...value } : undefined;
}
