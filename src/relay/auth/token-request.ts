import { isJsonObject, parseJson, type JsonObject } from '../../check/json-text.ts';
import type { OAuth2Auth, TlsFiles } from '../../webhooks/connection.ts';
import { maskSecrets } from '../../webhooks/secrets.ts';
import { retryAfterMs } from '../retry-after.ts';
import { basicCredentials } from './basic-credentials.ts';
import { TransportError, type Transport, type TransportAnswer } from '../transport.ts';

/** A token as the token endpoint gave it. */
export interface GrantedToken {
  readonly accessToken: string;
  /** How long it is good for; `undefined` when the endpoint does not say. */
  readonly expiresInMs: number | undefined;
  /** The refresh token to use from now on, when the endpoint gave one. */
  readonly refreshToken: string | undefined;
}

/** Thrown when there is no token. The message is for people and holds no secret. */
export class TokenError extends Error {
  /** How long the endpoint wants to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, waitMs?: number) {
    super(message);
    this.name = 'TokenError';
    this.retryAfterMs = waitMs;
  }
}

/** What a token is asked for with, every reference filled in. */
export interface TokenRequest {
  readonly auth: OAuth2Auth;
  readonly tls: TlsFiles | undefined;
  /** The settings' own, until the endpoint has given another. */
  readonly refreshToken: string | undefined;
}

const TIMEOUT_MS = 15_000;

/** What of an endpoint's own words is told. */
const TOLD_CHARACTERS = 300;

/**
 * Asks a token endpoint for a token (RFC 6749 §4.4.2, §6).
 *
 * @throws TokenError
 */
export async function requestToken(
  transport: Transport,
  request: TokenRequest,
  nowMs: number,
): Promise<GrantedToken> {
  const { auth, refreshToken } = request;
  const place = `the token endpoint ${URL.parse(auth.tokenUrl)?.host ?? ''}`;
  const secrets = [auth.clientSecret, auth.refreshToken, refreshToken].filter((text) => text !== undefined);
  const answer = await exchange(transport, request).catch((error: unknown) => {
    const why = error instanceof TransportError ? error.message : (error as Error).name;
    throw new TokenError(`${place} gave no answer: ${maskSecrets(why, secrets)}`);
  });
  const document = documentOf(answer.body);
  const granted = grantOf(document);
  if (granted !== undefined && answer.status >= 200 && answer.status < 300) return granted;
  const told = maskSecrets(errorOf(document), secrets).slice(0, TOLD_CHARACTERS);
  const waitMs = retryAfterMs(answer.headers['retry-after'], nowMs);
  throw new TokenError(`${place} answered ${answer.status} without a token${told}`, waitMs);
}

function exchange(transport: Transport, request: TokenRequest): Promise<TransportAnswer> {
  return transport.exchange({
    method: 'POST',
    url: request.auth.tokenUrl,
    headers: headersOf(request.auth),
    body: formOf(request).toString(),
    timeoutMs: TIMEOUT_MS,
    // Several deliveries may wait for the token, so none of them can end this.
    signal: new AbortController().signal,
    tls: request.tls,
  });
}

function headersOf({ clientAuth, clientId, clientSecret }: OAuth2Auth): Record<string, string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  if (clientAuth !== 'header') return headers;
  return { ...headers, authorization: basicCredentials(formEncoded(clientId), formEncoded(clientSecret)) };
}

/** RFC 6749 §2.3.1: in the header, client id and secret are encoded as in a form. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function formOf({ auth, refreshToken }: TokenRequest): URLSearchParams {
  const { grant, clientAuth, clientId, clientSecret, scope, audience, parameters } = auth;
  const members = {
    grant_type: grant,
    ...(grant === 'refresh_token' ? { refresh_token: refreshToken } : {}),
    ...(clientAuth === 'header' ? {} : { client_id: clientId, client_secret: clientSecret }),
    scope,
    audience,
    ...parameters,
  };
  const given = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
}

function documentOf(body: string): JsonObject {
  try {
    const document = parseJson(body);
    return isJsonObject(document) ? document : {};
  } catch {
    return {};
  }
}

/** RFC 6749 §A.12: printable characters. Others could not be sent in a header. */
const TOKEN_TEXT = /^[\x21-\x7e]+$/;

/** RFC 6749 §5.1. `undefined` when there is no usable token, whatever the status: Zoho answers errors with 200. */
function grantOf(document: JsonObject): GrantedToken | undefined {
  const { access_token: accessToken, refresh_token: refreshToken } = document;
  if (typeof accessToken !== 'string' || !TOKEN_TEXT.test(accessToken)) return undefined;
  // Some of Zoho's services give expires_in in milliseconds, and expires_in_sec beside it.
  const seconds = Number(document['expires_in_sec'] ?? document['expires_in'] ?? Number.NaN);
  return {
    accessToken,
    expiresInMs: seconds > 0 ? seconds * 1_000 : undefined,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
  };
}

/** RFC 6749 §5.2: a code, and words for people. */
function errorOf(document: JsonObject): string {
  const { error, error_description: description } = document;
  const words = [error, description].filter((text) => typeof text === 'string');
  return words
    .map((text, index) => (index === 0 ? `: ${printable(text)}` : ` (${printable(text)})`))
    .join('');
}

function printable(text: string): string {
  return text.replaceAll(/[^\P{C}]+/gu, ' ').trim();
}
