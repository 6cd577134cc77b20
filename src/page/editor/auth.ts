import type { Json, JsonObject } from '../api/types.ts';
import { withMember } from './document.ts';

/** A text of `auth` that the form shows. */
export interface AuthField {
  readonly name: string;
  readonly label: string;
  readonly isSecret?: boolean;
  /** Missing when it is empty; the others are there with an empty text. */
  readonly isOptional?: boolean;
}

const TOKEN_ENDPOINT: readonly AuthField[] = [
  { name: 'tokenUrl', label: 'URL of the token endpoint' },
  { name: 'clientId', label: 'Client id' },
  { name: 'clientSecret', label: 'Client secret', isSecret: true },
];

const TOKEN_REQUEST: readonly AuthField[] = [
  { name: 'scope', label: 'Scope, if it asks for one', isOptional: true },
  { name: 'audience', label: 'Audience, if it asks for one', isOptional: true },
];

/** The kinds of authentication that have a form: the members that make the kind, and the texts. */
const FORMS = {
  basic: {
    members: { type: 'basic' },
    fields: [
      { name: 'username', label: 'User name' },
      { name: 'password', label: 'Password', isSecret: true },
    ],
  },
  bearer: { members: { type: 'bearer' }, fields: [{ name: 'token', label: 'Token', isSecret: true }] },
  clientCredentials: {
    members: { type: 'oauth2', grant: 'client_credentials' },
    fields: [...TOKEN_ENDPOINT, ...TOKEN_REQUEST],
  },
  refreshToken: {
    members: { type: 'oauth2', grant: 'refresh_token' },
    fields: [
      ...TOKEN_ENDPOINT,
      { name: 'refreshToken', label: 'Refresh token', isSecret: true },
      ...TOKEN_REQUEST,
    ],
  },
} as const satisfies Record<string, { members: JsonObject; fields: readonly AuthField[] }>;

type FormKind = keyof typeof FORMS;

/** A kind of authentication; `other` is what no form shows as it is, and is edited as JSON. */
export type AuthKind = 'none' | FormKind | 'other';

/** How `auth` can be shown. A form opens only for what it writes again as it was. */
export function authKindOf(auth: Json | undefined): AuthKind {
  if (auth === undefined) return 'none';
  if (!isObject(auth)) return 'other';
  const kinds = Object.keys(FORMS) as FormKind[];
  return kinds.find((kind) => isOfKind(auth, kind)) ?? 'other';
}

/** The texts that the form of a kind shows. */
export function authFieldsOf(kind: AuthKind): readonly AuthField[] {
  return kind === 'none' || kind === 'other' ? [] : FORMS[kind].fields;
}

/** `auth` with a text changed; whatever else it has stays. */
export function withAuthText(auth: JsonObject, { name, isOptional }: AuthField, text: string): JsonObject {
  return withMember(auth, name, isOptional === true && text === '' ? undefined : text);
}

/** `auth` of another kind. What both kinds have stays, as from one grant of OAuth 2 to another. */
export function authOfKind(kind: AuthKind, before: Json | undefined): Json | undefined {
  if (kind === 'other') return before;
  if (kind === 'none') return undefined;
  const { members } = FORMS[kind];
  const fields: readonly AuthField[] = FORMS[kind].fields;
  const texts = fields.filter(({ isOptional }) => isOptional !== true);
  const empty: JsonObject = Object.fromEntries(texts.map(({ name }) => [name, '']));
  const isLike = isObject(before) && authKindOf(before) !== 'other' && before['type'] === members.type;
  const kept = isLike ? withMember(before, 'refreshToken', undefined) : {};
  return { ...members, ...empty, ...kept, ...members };
}

function isOfKind(auth: JsonObject, kind: FormKind): boolean {
  const fields: readonly AuthField[] = FORMS[kind].fields;
  return (
    Object.entries(FORMS[kind].members).every(([name, value]) => auth[name] === value) &&
    fields.every(({ name, isOptional }) => {
      const value = Object.hasOwn(auth, name) ? auth[name] : undefined;
      return isOptional === true
        ? value === undefined || (typeof value === 'string' && value !== '')
        : typeof value === 'string';
    })
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
