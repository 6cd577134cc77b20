import { isJsonObject, type JsonObject, type JsonValue } from '../check/json-text.ts';
import { errorAt, InvalidDocumentError, pointerTo, type Problem } from '../check/problem.ts';
import { holdsFilledIn, mapAroundFilledIn } from './references.ts';
import { isSecretName, mapSecrets } from './secret-places.ts';
import type { Webhook } from './webhook.ts';
import { basicOfUserinfo, userinfoOf, withReplaced, writtenForms } from './written-forms.ts';

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
 * Undoes `maskDocument`: a mask that was sent back means that the secret is unchanged. But nobody who may not see a secret can
 * have it sent to another server: a mask counts only while the servers it goes to are the same.
 *
 * @throws InvalidDocumentError with a pointer to each mask for which `stored` has no secret, or has one for another server.
 */
export function restoreMasked(incoming: JsonObject, stored: JsonObject): JsonObject {
  const isMoved = serversOf(incoming).some(
    (server, index) => server !== '' && server !== serversOf(stored)[index],
  );
  const secrets = new Map<string, string>();
  mapSecrets(stored, (text, place) => {
    secrets.set(place, text);
    return text;
  });
  const problems: Problem[] = [];
  const restored = mapSecrets(incoming, (text, place) => {
    if (!text.includes(MASK)) return text;
    const secret = secrets.get(place);
    const pointer = place.replace(/ .*/s, '');
    const isKnown = secret !== undefined && masked(secret) === text;
    // A signing secret is never sent.
    if (isKnown && (!isMoved || pointer.startsWith('/signing/'))) return secret;
    problems.push(isKnown ? forAnotherServer(pointer) : nothingToRestore(pointer));
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
  const userinfo = userinfoOf(webhook.document.url);
  if (userinfo?.includes(':') === true) found.add(basicOfUserinfo(userinfo));
  const secrets = [...found].filter((secret) => secret.length >= LEAST_CHARACTERS);
  foundBefore.set(webhook, secrets);
  return secrets;
}

/** A webhook in force never changes. */
const foundBefore = new WeakMap<Webhook, readonly string[]>();

/** Masks secrets wherever `shown` holds them, also as urls, forms and JSON write them. */
export function maskSecrets(shown: string, secrets: readonly string[]): string {
  if (shown === '') return shown;
  return withReplaced(
    shown,
    secrets.flatMap(writtenForms).map((form) => [form, MASK]),
  );
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

/** Masks that were put where no secret is looked for: under another header's name. */
function masksInOpenHeaders({ headers = {} }: JsonObject): Problem[] {
  return Object.entries(isJsonObject(headers) ? headers : {})
    .filter(([name, value]) => value === MASK && !isSecretName(name))
    .map(([name]) => nothingToRestore(pointerTo('/headers', name)));
}

/** Where a webhook's secrets are sent: the servers of its target and of its tokens. */
function serversOf({ url, auth }: JsonObject): string[] {
  const tokenUrl = isJsonObject(auth) ? auth['tokenUrl'] : undefined;
  return [serverOf(url), serverOf(tokenUrl)];
}

/** Scheme, host and port, as far as they are not filled in when sending. */
function serverOf(url: JsonValue | undefined): string {
  if (typeof url !== 'string') return '';
  const origin = holdsFilledIn(url) ? undefined : URL.parse(url)?.origin;
  return (
    origin ?? url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)(?:[^/]*@)?([^/]*).*$/is, '$1$2')
  );
}

function forAnotherServer(pointer: string): Problem {
  return errorAt(pointer, 'is masked, and would go to another server than before; enter the secret again');
}

function nothingToRestore(pointer: string): Problem {
  return errorAt(pointer, 'is masked, and there is no secret that it could stand for; write it out');
}
