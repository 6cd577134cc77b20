import { errorAt, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { authHeader, type Auth, type ConnectionDocument, type ConnectionDocuments } from './connection.ts';
import { beginsWithReference, holdsReference, withoutReferences } from './references.ts';
import type { WebhookDocument } from './webhook.ts';

/** Form members that the other settings make, so that giving them again would be two truths. */
const RESERVED_PARAMETERS = new Set([
  'audience',
  'client_id',
  'client_secret',
  'grant_type',
  'refresh_token',
  'scope',
]);

/** Checks the connections of a rules document and who names them. */
export function checkConnections(
  connections: ConnectionDocuments,
  webhooks: readonly WebhookDocument[],
): Problem[] {
  const used = new Set(webhooks.map(({ connection }) => connection));
  return Object.entries(connections).flatMap(([name, { auth }]) => {
    const pointer = pointerTo('/connections', name);
    return [
      ...(used.has(name) ? [] : [warningAt(pointer, 'no webhook names this connection')]),
      ...(auth === undefined ? [] : checkAuth(auth, pointerTo(pointer, 'auth'))),
    ];
  });
}

/**
 * Checks a webhook's authentication and the connection it names.
 *
 * @param connections those there are; whether the named one is among them is not checked without.
 */
export function checkAccess(
  webhook: WebhookDocument,
  pointer: string,
  connections: ConnectionDocuments | undefined,
): Problem[] {
  const connection = named(webhook.connection, connections);
  const auth = webhook.auth ?? connection?.auth;
  return [
    ...checkName(webhook.connection, pointerTo(pointer, 'connection'), connections),
    ...(webhook.auth === undefined ? [] : checkAuth(webhook.auth, pointerTo(pointer, 'auth'))),
    ...(['auth', 'tls'] as const)
      .filter((member) => webhook[member] !== undefined && connection?.[member] !== undefined)
      .map((member) =>
        errorAt(pointerTo(pointer, member), 'its connection has one already; keep only one of them'),
      ),
    ...(auth === undefined ? [] : checkUseOf(auth, webhook, pointer)),
  ];
}

function checkName(
  name: string | undefined,
  pointer: string,
  connections: ConnectionDocuments | undefined,
): Problem[] {
  if (name === undefined || connections === undefined || Object.hasOwn(connections, name)) return [];
  const names = Object.keys(connections);
  const known = names.length === 0 ? 'the rules file has none' : `known are ${names.join(', ')}`;
  return [errorAt(pointer, `there is no connection "${name}"; ${known}`)];
}

function named(
  name: string | undefined,
  connections: ConnectionDocuments | undefined,
): ConnectionDocument | undefined {
  return name !== undefined && connections !== undefined && Object.hasOwn(connections, name)
    ? connections[name]
    : undefined;
}

function checkUseOf(auth: Auth, { url, headers = {} }: WebhookDocument, pointer: string): Problem[] {
  const header = authHeader(auth).toLowerCase();
  const given = Object.keys(headers).filter((name) => name.toLowerCase() === header);
  return [
    ...given.map((name) =>
      errorAt(pointerTo(pointerTo(pointer, 'headers'), name), 'is set by auth; keep only one of the two'),
    ),
    ...warnUnlessEncrypted(url, pointerTo(pointer, 'url')),
  ];
}

function checkAuth(auth: Auth, pointer: string): Problem[] {
  if (auth.type === 'basic') return checkUsername(auth.username, pointerTo(pointer, 'username'));
  if (auth.type === 'bearer') return [];
  const place = pointerTo(pointer, 'tokenUrl');
  const isUrl = beginsWithReference(auth.tokenUrl) || /^https?:\/\/[^/]/i.test(auth.tokenUrl);
  const reserved = Object.keys(auth.parameters ?? {}).filter((name) => RESERVED_PARAMETERS.has(name));
  return [
    ...(isUrl && URL.canParse(withoutReferences(auth.tokenUrl, '1').replace(/^1/, 'https://1'))
      ? warnUnlessEncrypted(auth.tokenUrl, place)
      : [errorAt(place, 'is not a url; write it whole, such as https://example.com/oauth2/token')]),
    ...reserved.map((name) =>
      errorAt(pointerTo(pointerTo(pointer, 'parameters'), name), 'is made from the other members of auth'),
    ),
  ];
}

/** RFC 7617 §2: a colon ends the user name. */
function checkUsername(username: string, pointer: string): Problem[] {
  return username.includes(':') && !holdsReference(username)
    ? [errorAt(pointer, 'cannot hold a colon; what follows it belongs into password')]
    : [];
}

/** On this machine nobody listens in. */
const LOOPBACK = /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/?#]|$)/i;

function warnUnlessEncrypted(url: string, pointer: string): Problem[] {
  return /^http:/i.test(url) && !LOOPBACK.test(url)
    ? [warningAt(pointer, 'sends credentials over a connection that anybody can read; use https://')]
    : [];
}
