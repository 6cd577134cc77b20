import type { SchemeVerification, Verification } from '../../cdr/vendor-profile.ts';
import type { SentRequest } from '../sent-request.ts';
import { plivoCheck, twilioCheck } from './form-signatures.ts';
import { hmacCheck } from './hmac.ts';
import { dialpadCheck, vonageCheck } from './jwt.ts';
import { keyOf, telnyxCheck } from './telnyx.ts';
import { tokenCheck } from './token.ts';

/** What a check looks at. */
export interface CheckInput {
  readonly request: SentRequest;
  readonly secret: string;
  /** The address as the sender calls it, its query included. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Why a request is not the vendor's own; `undefined` when it is. Compares in constant time and quotes nothing. */
export type Check = (input: CheckInput) => string | undefined;

/** Looks whether a request is the vendor's own, with the source's secret: why it is not, or `undefined`. */
export type Verifier = (request: SentRequest, nowMs: number) => string | undefined;

/** What a source is verified by. */
export interface VerifierOptions {
  readonly method: Verification;
  readonly secret: string;
  /** The source's address as the sender calls it, without a query. */
  readonly publicUrl?: string | undefined;
}

const SCHEMES: Readonly<Record<SchemeVerification['scheme'], Check>> = {
  twilio: twilioCheck,
  'plivo-v3': plivoCheck,
  'telnyx-ed25519': telnyxCheck,
  'vonage-jwt': vonageCheck,
  'dialpad-jwt': dialpadCheck,
};

/** Whether a method signs the address, so that a source has to say what that is. */
export function needsPublicUrl(method: Verification): boolean {
  if ('hmac' in method) return /\{(?:url|encodedUrl)\}/.test(method.hmac.signed ?? '');
  return 'scheme' in method && ['twilio', 'plivo-v3'].includes(method.scheme);
}

/** @throws Error when the secret is of no use for the method. */
export function makeVerifier({ method, secret, publicUrl = '' }: VerifierOptions): Verifier {
  if (secret === '') throw new Error('must not be empty');
  if ('scheme' in method && method.scheme === 'telnyx-ed25519') keyOf(secret);
  const check = checkOf(method);
  return (request, nowMs) => {
    const url = request.query === '' ? publicUrl : `${publicUrl}?${request.query}`;
    return check({ request, secret, url, nowMs });
  };
}

function checkOf(method: Verification): Check {
  if ('token' in method) return tokenCheck(method);
  return 'hmac' in method ? hmacCheck(method) : SCHEMES[method.scheme];
}
