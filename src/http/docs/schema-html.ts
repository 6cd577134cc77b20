import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { html, NOTHING, type Html } from './html.ts';

/** Bounds that are worth telling, and how. */
const BOUNDS: Readonly<Record<string, string>> = {
  minimum: 'at least',
  maximum: 'at most',
  minLength: 'length at least',
  maxLength: 'length at most',
  minItems: 'items at least',
  maxItems: 'items at most',
  default: 'default',
};

/** A schema in a few words, such as `list of Delivery or null`. */
export function typeHtml(schema: JsonObject): Html {
  const { $ref, enum: words, type } = schema;
  const choices = choicesOf(schema);
  if (typeof $ref === 'string') return refHtml($ref);
  if (Array.isArray(words)) return joined(words.map(codeHtml), ' | ');
  if ('const' in schema) return codeHtml(schema['const'] ?? null);
  if (choices.length > 0) return joined(choices.map(typeHtml), ' or ');
  if (isJsonObject(schema['items'])) return html`list of ${typeHtml(schema['items'])}`;
  return html`${type === undefined ? 'anything' : [type].flat().map(String).join(' or ')}`;
}

/** The members of a schema, each with its type and what it means; nothing when it has none. */
export function membersHtml(schema: JsonObject): Html {
  const inner = isJsonObject(schema['items']) ? schema['items'] : schema;
  const choices = choicesOf(inner);
  if (choices.length > 0) return html`${choices.map(membersHtml)}`;
  const { properties, required = [] } = inner;
  if (!isJsonObject(properties)) return NOTHING;
  const members = Object.entries(properties).map(([name, member]) =>
    memberHtml(name, isJsonObject(member) ? member : {}, (required as JsonValue[]).includes(name)),
  );
  return html`<dl>${members}</dl>`;
}

/** What bounds a schema has, such as `at least 1`. */
export function boundsHtml(schema: JsonObject): Html {
  const bounds = Object.entries(BOUNDS).flatMap(([keyword, told]) => {
    const value = schema[keyword];
    return value === undefined ? [] : [html`${told} ${codeHtml(value)}`];
  });
  return bounds.length === 0 ? NOTHING : html`, ${joined(bounds, ', ')}`;
}

function memberHtml(name: string, member: JsonObject, isRequired: boolean): Html {
  const description = textOf(member['description']);
  return html`<dt>
      <code>${name}</code>
      <span class="type"
        >${typeHtml(member)}${boundsHtml(member)}${isRequired ? '' : ', can be missing'}</span
      >
    </dt>
    <dd>${description}${membersHtml(member)}</dd>`;
}

function choicesOf({ anyOf, oneOf, allOf }: JsonObject): JsonObject[] {
  const choices = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return choices.filter(isJsonObject).filter((choice) => !('if' in choice));
}

function refHtml(reference: string): Html {
  const [, , , name = '', ...rest] = reference.split('/');
  return html`<a href="#schema-${name}">${[name, ...rest.slice(-1)].join(' ')}</a>`;
}

function codeHtml(value: JsonValue): Html {
  return html`<code>${JSON.stringify(value)}</code>`;
}

function joined(parts: readonly Html[], between: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${between}${part}`))}`;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
