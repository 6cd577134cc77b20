import { createHmac } from 'node:crypto';
import { isSame } from '../intake/verify/same.ts';
import type { ApiToken } from './api-token.ts';

/**
 * A session is a signed end, `<epoch milliseconds>.<HMAC-SHA256>`, and is kept nowhere. Its key is made of the API token it
 * was opened with: it ends with the token, and any node that has the token takes it. It cannot be used to learn the token.
 */
export function sealSession(token: ApiToken, endsAtMs: number): string {
  return `${endsAtMs}.${signature(token, String(endsAtMs))}`;
}

/** The token that a session was opened with and its end; `undefined` when it has ended or is not ours. */
export function openSession(
  session: string,
  tokens: readonly ApiToken[],
  nowMs: number,
): { readonly token: ApiToken; readonly endsAtMs: number } | undefined {
  const { endsAt, given } = /^(?<endsAt>\d{1,15})\.(?<given>[\w-]{43})$/.exec(session)?.groups ?? {};
  if (endsAt === undefined || given === undefined || Number(endsAt) <= nowMs) return undefined;
  const token = tokens.find((candidate) => isSame(signature(candidate, endsAt), given));
  return token === undefined ? undefined : { token, endsAtMs: Number(endsAt) };
}

function signature({ token }: ApiToken, endsAt: string): string {
  // The label keeps this signature from meaning anything elsewhere.
  return createHmac('sha256', token).update(`hookswitch session ${endsAt}`).digest('base64url');
}
