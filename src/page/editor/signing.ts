import type { Json, JsonObject } from '../api/types.ts';
import { withMember } from './document.ts';

/** At most so many secrets at a time, while a target changes from one to the other. */
export const MOST_SECRETS = 2;

/**
 * The names of the secrets that requests are signed with, each written as `${NAME}` in `signing`; `undefined` for what the
 * form would not write again as it was.
 */
export function secretNamesOf(signing: Json | undefined): readonly string[] | undefined {
  if (signing === undefined) return [];
  if (typeof signing !== 'object' || signing === null || Array.isArray(signing)) return undefined;
  const secrets = (signing as JsonObject)['secrets'];
  if (!Array.isArray(secrets) || secrets.length === 0 || secrets.length > MOST_SECRETS) return undefined;
  const names = secrets.map((secret) =>
    typeof secret === 'string' ? /^\$\{(.+)\}$/s.exec(secret)?.[1] : undefined,
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** `signing` with other secrets; whatever else it has stays, and without anything it is left out. */
export function withSecretNames(signing: Json | undefined, names: readonly string[]): JsonObject | undefined {
  const before = typeof signing === 'object' && signing !== null ? (signing as JsonObject) : {};
  const secrets = names.length === 0 ? undefined : names.map((name) => `\${${name}}`);
  const after = withMember(before, 'secrets', secrets);
  return Object.keys(after).length === 0 ? undefined : after;
}

/** The usual length of a key for HMAC-SHA256. */
const KEY_BYTES = 32;

/** A new secret as Standard Webhooks 1.0 writes it (https://www.standardwebhooks.com). */
export function generateSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(KEY_BYTES))))}`;
}

/** A secret that was generated, and the name it is to be stored under. */
export interface GeneratedSecret {
  readonly name: string;
  readonly secret: string;
}

/** The one that was generated last. The page has it until it is dismissed, also while views come and go. */
let generated: GeneratedSecret | undefined;

/** The secret that was generated for one of some names and is not dismissed yet. */
export function generatedFor(names: readonly string[]): GeneratedSecret | undefined {
  return generated !== undefined && names.includes(generated.name) ? generated : undefined;
}

/** Keeps a secret that was generated; `undefined` forgets it. */
export function keepGenerated(secret: GeneratedSecret | undefined): void {
  generated = secret;
}

/** A name for the secret of a webhook: `missed-call-ticket` gives `MISSED_CALL_TICKET_SIGNING_SECRET`. */
export function secretNameFor(idOrName: string): string {
  const words = idOrName.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  return `${words}_SIGNING_SECRET`.replace(/^[_0-9]+/, '');
}
