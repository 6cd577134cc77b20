import { createHmac, hash } from 'node:crypto';
import { isJsonObject, parseJson, JsonSyntaxError, type JsonObject } from '../../check/json-text.ts';
import { headerOf } from '../sent-request.ts';
import { isSame } from './same.ts';
import type { Check } from './verifier.ts';

/** Clocks of two machines differ. */
const SKEW_MS = 60_000;

/**
 * Verifies Vonage's signed webhooks: a JWT in `Authorization` whose `payload_hash` is the SHA-256 of the body
 * (https://developer.vonage.com/en/getting-started/concepts/webhooks). Nothing in it covers a query, so an event by GET
 * is refused: whoever has seen one JWT could send any other under it.
 */
export const vonageCheck: Check = ({ request, secret, nowMs }) => {
  const token = /^bearer +(\S+)$/i.exec(headerOf(request, 'authorization'))?.[1];
  if (token === undefined) return 'there is no JWT in the header Authorization';
  const claims = claimsOf(token, secret, nowMs);
  if (typeof claims === 'string') return claims;
  const expected = hash('sha256', request.body, 'hex');
  const given = claims['payload_hash'];
  const isRight = typeof given === 'string' && isSame(given.toLowerCase(), expected);
  if (!isRight) return 'the payload_hash in the JWT is not that of this body';
  return request.body.length > 0
    ? undefined
    : 'the JWT does not cover a query: let Vonage send events by POST';
};

/** Verifies Dialpad's, whose whole body is a JWT (https://developers.dialpad.com/docs/call-events). */
export const dialpadCheck: Check = ({ request, secret, nowMs }) => {
  const claims = claimsOf(request.body.toString('utf8').trim(), secret, nowMs);
  return typeof claims === 'string' ? claims : undefined;
};

/** The payload of a JWT signed with HS256 (RFC 7515, RFC 7519); in words what is wrong with another. */
function claimsOf(token: string, secret: string, nowMs: number): JsonObject | string {
  const parts = token.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || signature === undefined) return 'this is not a JWT';
  // Whatever else the header names, "none" above all, is not what the secret is for.
  if (jsonOf(header)?.['alg'] !== 'HS256') return 'the JWT is not signed with HS256';
  const expected = createHmac('sha256', secret).update(parts.slice(0, 2).join('.')).digest('base64url');
  if (!isSame(expected, signature)) return 'the signature of the JWT is not right';
  const claims = jsonOf(payload);
  return claims === undefined ? 'the JWT holds no JSON object' : (untimely(claims, nowMs) ?? claims);
}

function untimely({ exp, nbf }: JsonObject, nowMs: number): string | undefined {
  if (typeof exp === 'number' && exp * 1_000 + SKEW_MS < nowMs) return 'the JWT has expired';
  return typeof nbf === 'number' && nbf * 1_000 - SKEW_MS > nowMs ? 'the JWT is not valid yet' : undefined;
}

function jsonOf(part = ''): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}
