import { isJsonObject, type JsonObject, type JsonValue } from '../check/json-text.ts';
import { pointerTo } from '../check/problem.ts';

/** What to make of a secret; `place` is a JSON Pointer, and for a part of a url, after a space, which part. */
export type SecretChange = (text: string, place: string) => string;

/** Names of headers, url parameters and members whose value is a secret. */
const SECRET_NAME =
  /authorization|cookie|token|secret|passw|pwd|credential|signature|assertion|api-?key|[-_]key$|(?:private|access)Key$|^(?:key|sig|auth|code)$/i;

/** Names that look like one and are none. */
const OPEN_NAME = /(?:url|file|id)$|idempotency/i;

/** Whether the value of a header, a url parameter or a member of `auth`, `signing` or `body` is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !OPEN_NAME.test(name);
}

/** Members of a document in which secrets may be. */
const HOLD_SECRETS = new Set(['headers', 'auth', 'signing', 'body']);

/** A copy of a webhook or connection document with every text changed that is a secret by its place or its name. */
export function mapSecrets(document: JsonObject, change: SecretChange): JsonObject {
  const copy = Object.entries(document).map(([name, value]): [string, JsonValue] => {
    if (name === 'url') return [name, mapUrl(value, '/url', change)];
    return [name, HOLD_SECRETS.has(name) ? mapMembers(value, pointerTo('', name), change) : value];
  });
  return Object.fromEntries(copy);
}

/** Deeper than a schema or a template's check lets anything be; what an API client sends is not checked yet. */
const DEEPEST = 64;

function mapMembers(value: JsonValue, pointer: string, change: SecretChange, depth = 0): JsonValue {
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) {
    return value.map((inner, index) => mapMembers(inner, pointerTo(pointer, index), change, depth + 1));
  }
  if (!isJsonObject(value)) return value;
  const copy = Object.entries(value).map(([name, inner]): [string, JsonValue] => {
    const place = pointerTo(pointer, name);
    if (name === 'tokenUrl') return [name, mapUrl(inner, place, change)];
    const map = isSecretName(name) ? mapTexts : mapMembers;
    return [name, map(inner, place, change, depth + 1)];
  });
  return Object.fromEntries(copy);
}

/** A secret, or a list of several. */
function mapTexts(value: JsonValue, place: string, change: SecretChange, depth: number): JsonValue {
  if (typeof value === 'string') return change(value, place);
  if (!Array.isArray(value) || depth > DEEPEST) return mapMembers(value, place, change, depth);
  return value.map((inner, index) => mapTexts(inner, pointerTo(place, index), change, depth + 1));
}

/** `user:password@`; a name alone is a key, as some services have it. */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#:@]*):)?([^/?#]*)@/i;
const PARAMETER = /([?&])([^=&#]+)=([^&#]*)/g;

function mapUrl(url: JsonValue, pointer: string, change: SecretChange): JsonValue {
  if (typeof url !== 'string') return url;
  const counts = new Map<string, number>();
  return url
    .replace(USERINFO, (_, scheme: string, user: string | undefined, secret: string) => {
      const start = user === undefined ? '' : `${user}:`;
      return `${scheme}${start}${change(secret, `${pointer} @`)}@`;
    })
    .replaceAll(PARAMETER, (whole, mark: string, name: string, value: string) => {
      if (!isSecretName(name)) return whole;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return `${mark}${name}=${change(value, `${pointer} ${name} ${count}`)}`;
    });
}
