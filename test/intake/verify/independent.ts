import { createHash } from 'node:crypto';

const BLOCK_BYTES = { sha1: 64, sha256: 64, sha512: 128 };

/** HMAC written out from RFC 2104, so that the signatures in tests come another way than those they check. */
export function hmac(algorithm: keyof typeof BLOCK_BYTES, secret: string, text: Buffer): Buffer {
  const digest = (...parts: readonly Buffer[]): Buffer =>
    createHash(algorithm).update(Buffer.concat(parts)).digest();
  const size = BLOCK_BYTES[algorithm];
  const bytes = Buffer.from(secret);
  const key = Buffer.alloc(size);
  (bytes.length > size ? digest(bytes) : bytes).copy(key);
  const padded = (pad: number): Buffer => Buffer.from(key.map((byte) => byte ^ pad));
  return digest(padded(0x5c), digest(padded(0x36), text));
}

/** SHA-256 of some bytes. */
export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Bytes in base 16. */
export function hex(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Bytes in base 64. */
export function base64(bytes: Buffer): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Bytes in base 64 as URLs and JWTs have it. */
export function base64url(bytes: Buffer): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
