import type { DecodedCdr } from '../cdr.ts';
import { decodeJson } from './json.ts';
import { textOf } from './text.ts';
import { UnreadableBodyError } from './unreadable.ts';

/** Three parts in base64url; a header that is a JSON object begins with `eyJ` (RFC 7515 §3.1). */
const COMPACT = /^eyJ[\w-]*\.([\w-]+)\.[\w-]*$/;

/** Whether a text is a JWT in its compact form. */
export function looksLikeJwt(text: string): boolean {
  return COMPACT.test(text);
}

/**
 * Reads the payload of a JWT. Its signature is not looked at here: that is the source's verification.
 *
 * @throws UnreadableBodyError
 */
export function decodeJwt(text: string): Iterable<DecodedCdr> {
  const payload = COMPACT.exec(text)?.[1];
  if (payload === undefined) throw new UnreadableBodyError('the body is not a JWT');
  return decodeJson(textOf(Buffer.from(payload, 'base64url')));
}
