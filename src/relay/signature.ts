import { createHmac, createPrivateKey, createPublicKey, createSecretKey, sign } from 'node:crypto';

/** Thrown for a signing secret of the wrong form. The message is for people and holds nothing of the secret. */
export class SigningSecretError extends Error {
  constructor(what: string) {
    super(`the signing secret ${what}`);
    this.name = 'SigningSecretError';
  }
}

/** What is signed of a request. */
export interface SignedMessage {
  /** `webhook-id`. */
  readonly id: string;
  /** `webhook-timestamp`: seconds since 1970. */
  readonly timestampSeconds: number;
  /** The body as it is sent. */
  readonly body: string;
}

/** A secret made ready: gives one signature, with its version before it. */
type Signing = (content: string) => string;

/** More secrets than webhooks that anybody has; beyond that they are made ready anew. */
const MAX_READY = 10_000;

/**
 * Signs requests by Standard Webhooks 1.0 (https://www.standardwebhooks.com): `whsec_<base64>` gives
 * `v1,<HMAC-SHA256>`, `whsk_<base64>` gives `v1a,<ed25519>`. Each secret is made ready once.
 */
export class Signer {
  readonly #ready = new Map<string, Signing>();

  /**
   * The header `webhook-signature`: a signature by every secret, with a space between, so that during a rotation a target
   * finds the one it knows.
   *
   * @throws SigningSecretError
   */
  signature(secrets: readonly string[], { id, timestampSeconds, body }: SignedMessage): string {
    const content = `${id}.${timestampSeconds}.${body}`;
    return secrets.map((secret) => this.#signingBy(secret)(content)).join(' ');
  }

  #signingBy(secret: string): Signing {
    const known = this.#ready.get(secret);
    if (known !== undefined) return known;
    // Secrets are exchanged now and then; what is not used any more need not be kept for ever.
    if (this.#ready.size >= MAX_READY) this.#ready.clear();
    const made = signingBy(secret);
    this.#ready.set(secret, made);
    return made;
  }
}

/** Bytes of the shortest key that is taken: 128 bits. */
const MIN_HMAC_KEY_BYTES = 16;

function signingBy(secret: string): Signing {
  const [, prefix, base64] = /^(whsec|whsk)_(.*)$/s.exec(secret) ?? [];
  if (prefix === undefined || base64 === undefined)
    throw new SigningSecretError('must begin with whsec_ (HMAC-SHA256) or whsk_ (ed25519)');
  const bytes = Buffer.from(base64, 'base64');
  if (withoutPadding(bytes.toString('base64')) !== withoutPadding(base64))
    throw new SigningSecretError(`is not base64 after ${prefix}_`);
  return prefix === 'whsec' ? hmacSigning(bytes) : ed25519Signing(bytes);
}

function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}

function hmacSigning(bytes: Buffer): Signing {
  if (bytes.length < MIN_HMAC_KEY_BYTES)
    throw new SigningSecretError(`must have at least ${MIN_HMAC_KEY_BYTES} bytes; 32 are usual`);
  const key = createSecretKey(bytes);
  return (content) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410 §7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** @param bytes the private key alone, or with its public key behind it, as Svix and libsodium have it. */
function ed25519Signing(bytes: Buffer): Signing {
  if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES)
    throw new SigningSecretError('must have 32 bytes after whsk_, or 64 with its public key');
  const pkcs8 = Buffer.concat([PKCS8_ED25519, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-SEED_BYTES);
  if (bytes.length > SEED_BYTES && !publicKey.equals(bytes.subarray(SEED_BYTES)))
    throw new SigningSecretError('holds a public key that is not that of its private key');
  return (content) => `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`;
}
