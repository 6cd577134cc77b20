import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { headerOf } from '../sent-request.ts';
import { isNear } from './hmac.ts';
import type { Check } from './verifier.ts';

/** What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410 §4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const TOLERANCE_SECONDS = 300;

/**
 * Verifies Telnyx's signature: Ed25519 over `timestamp|body`; the secret is the account's public key in base64
 * (github.com/team-telnyx/telnyx-node, src/lib/webhooks.ts).
 */
export const telnyxCheck: Check = ({ request, secret, nowMs }) => {
  const signature = headerOf(request, 'telnyx-signature-ed25519');
  const timestamp = headerOf(request, 'telnyx-timestamp');
  if (signature === '') return 'the header telnyx-signature-ed25519 is missing';
  if (!isNear(timestamp, TOLERANCE_SECONDS, nowMs)) {
    return 'the header telnyx-timestamp is missing or too far from the time of this machine';
  }
  const signed = Buffer.concat([Buffer.from(`${timestamp}|`), request.body]);
  const isRight = verify(null, signed, keyOf(secret), Buffer.from(signature, 'base64'));
  return isRight ? undefined : 'the signature in telnyx-signature-ed25519 is not that of this body';
};

/** @throws Error when this is no public key as Telnyx shows it. */
export function keyOf(publicKey: string): KeyObject {
  const bytes = Buffer.from(publicKey, 'base64');
  if (bytes.length !== 32)
    throw new Error('must be the public key of 32 bytes in base64, as Telnyx shows it');
  return createPublicKey({ key: Buffer.concat([ED25519_PREFIX, bytes]), format: 'der', type: 'spki' });
}
