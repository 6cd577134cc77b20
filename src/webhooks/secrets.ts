import { isJsonObject, type JsonObject } from '../check/json-text.ts';
import { errorAt, InvalidDocumentError, pointerTo, type Problem } from '../check/problem.ts';
import { mapAroundFilledIn } from './references.ts';
import { isSecretName, mapSecrets } from './secret-places.ts';
import type { Webhook } from './webhook.ts';

/** Stands in the place of a secret wherever a webhook is shown. */
export const MASK = '********';

/** Shorter ones are found in any text by chance, and protect nothing. */
const LEAST_CHARACTERS = 4;

/**
 * A copy of a webhook or connection document in which each literal secret is masked: credentials, signing secrets, the
 * values of headers and of url parameters whose name says secret, and what a url has before its host. `${NAME}` is shown
 * as it is.
 */
export function maskDocument<Document extends object>(document: Document): Document {
  return mapSecrets(document as unknown as JsonObject, masked) as unknown as Document;
}

/**
 * Undoes `maskDocument`: a mask that was sent back means that the secret is unchanged.
 *
 * @throws InvalidDocumentError with a pointer to each mask for which `stored` has no secret.
 */
export function restoreMasked(incoming: JsonObject, stored: JsonObject): JsonObject {
  const secrets = new Map<string, string>();
  mapSecrets(stored, (text, place) => {
    secrets.set(place, text);
    return text;
  });
  const problems: Problem[] = [];
  const restored = mapSecrets(incoming, (text, place) => {
    if (!text.includes(MASK)) return text;
    const secret = secrets.get(place);
    if (secret !== undefined && masked(secret) === text) return secret;
    problems.push(nothingToRestore(place.replace(/ .*/s, '')));
    return text;
  });
  problems.push(...masksInOpenHeaders(incoming));
  if (problems.length > 0) throw new InvalidDocumentError('the webhook', problems);
  return restored;
}

/** The literal secrets of a webhook and its connection, as they may turn up in an answer or an error. */
export function literalSecrets(webhook: Webhook): readonly string[] {
  const kept = foundBefore.get(webhook);
  if (kept !== undefined) return kept;
  const found = new Set<string>();
  const collect = (text: string): string =>
    mapSecretParts(text, (part) => {
      // With a scheme before it, as in `Bearer …`, the rest alone is secret too.
      for (const secret of [part, part.replace(/^\S+\s+/, '')]) found.add(secret);
      return part;
    });
  for (const document of [webhook.document, webhook.connection ?? {}]) {
    mapSecrets(document, collect);
  }
  const secrets = [...found].filter((secret) => secret.length >= LEAST_CHARACTERS);
  foundBefore.set(webhook, secrets);
  return secrets;
}

/** A webhook in force never changes. */
const foundBefore = new WeakMap<Webhook, readonly string[]>();

/** Masks secrets wherever `shown` holds them, also as urls and forms write them. */
export function maskSecrets(shown: string, secrets: readonly string[]): string {
  if (shown === '') return shown;
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed()), decoded(secret)])
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, MASK), shown);
}

function masked(text: string): string {
  return mapSecretParts(text, () => MASK);
}

/** What is no secret beside something that is filled in: a scheme, as in `Bearer ${TOKEN}` or `Token token="${TOKEN}"`, and punctuation. */
const OPEN_PART = /^(?:[A-Za-z][A-Za-z-]* )?(?:[a-z_]{1,20}[=:])?[^A-Za-z0-9]*$/;

/** Changes what is literal in a secret. */
function mapSecretParts(text: string, change: (part: string) => string): string {
  if (text === '') return text;
  return mapAroundFilledIn(text, (part) => (part !== text && OPEN_PART.test(part) ? part : change(part)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Masks that were put where no secret is looked for: under another header's name. */
function masksInOpenHeaders({ headers = {} }: JsonObject): Problem[] {
  return Object.entries(isJsonObject(headers) ? headers : {})
    .filter(([name, value]) => value === MASK && !isSecretName(name))
    .map(([name]) => nothingToRestore(pointerTo('/headers', name)));
}

function nothingToRestore(pointer: string): Problem {
  return errorAt(pointer, 'is masked, and there is no secret that it could stand for; write it out');
}
