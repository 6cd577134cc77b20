import { createHmac, hash } from 'node:crypto';
import { isJsonObject, parseJson, JsonSyntaxError, type JsonObject } from '../../check/json-text.ts';
import { headerOf } from '../sent-request.ts';
import { isSame } from './same.ts';
import type { Check } from './verifier.ts';

/** Clocks of two machines differ. */
const SKEW_MS = 60_000;

/**
 * Verifies Vonage's signed webhooks: a JWT in `Authorization` whose `payload_hash` is the SHA-256 of the body
 * (https://developer.vonage.com/en/getting-started/concepts/webhooks). Without a body there is no hash to compare.
 */
export const vonageCheck: Check = ({ request, secret, nowMs }) => {
  const token = /^bearer +(\S+)$/i.exec(headerOf(request, 'authorization'))?.[1];
  if (token === undefined) return 'there is no JWT in the header Authorization';
  const claims = claimsOf(token, secret, nowMs);
  if (typeof claims === 'string') return claims;
  if (request.body.length === 0) return undefined;
  const expected = hash('sha256', request.body, 'hex');
  const isRight = isSame(String(claims['payload_hash']).toLowerCase(), expected);
  return isRight ? undefined : 'the payload_hash in the JWT is not that of this body';
};

/** Verifies Dialpad's, whose whole body is a JWT (https://developers.dialpad.com/docs/call-events). */
export const dialpadCheck: Check = ({ request, secret, nowMs }) => {
  const claims = claimsOf(request.body.toString('utf8').trim(), secret, nowMs);
  return typeof claims === 'string' ? claims : undefined;
};

/** The payload of a JWT signed with HS256 (RFC 7515, RFC 7519); in words what is wrong with another. */
function claimsOf(token: string, secret: string, nowMs: number): JsonObject | string {
  const [header = '', payload = '', signature = '', ...others] = token.split('.');
  if (signature === '' || others.length > 0) return 'this is not a JWT';
  // Whatever else the header names, "none" above all, is not what the secret is for.
  if (jsonOf(header)?.['alg'] !== 'HS256') return 'the JWT is not signed with HS256';
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  if (!isSame(expected, signature)) return 'the signature of the JWT is not right';
  const claims = jsonOf(payload);
  if (claims === undefined) return 'the JWT holds no JSON object';
  const { exp, nbf } = claims;
  if (typeof exp === 'number' && exp * 1_000 + SKEW_MS < nowMs) return 'the JWT has expired';
  if (typeof nbf === 'number' && nbf * 1_000 - SKEW_MS > nowMs) return 'the JWT is not valid yet';
  return claims;
}

function jsonOf(part: string): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}
