import { createHmac } from 'node:crypto';
import { isSame } from '../verify/same.ts';

/** What a permit is for. */
export type Permitted = 'send' | 'read';

/** How a permit was found. */
export type PermitState = 'good' | 'expired' | 'wrong';

/**
 * A permit is part of an address, `<epoch seconds>.<HMAC-SHA256>`: whoever has the address may do one thing with one recording
 * until then. It stands in the path, because some phone systems lose a query. It is kept nowhere; every node with the key
 * takes it.
 */
export function sealPermit(key: Buffer, permitted: Permitted, name: string, endsAtMs: number): string {
  const seconds = String(Math.floor(endsAtMs / 1_000));
  return `${seconds}.${signature(key, permitted, name, seconds)}`;
}

/** Looks whether a permit is good now. */
export function checkPermit(
  key: Buffer,
  permit: string,
  { permitted, name }: { readonly permitted: Permitted; readonly name: string },
  nowMs: number,
): PermitState {
  const [, seconds, given] = /^(\d{1,12})\.([\w-]{43})$/.exec(permit) ?? [];
  if (seconds === undefined || given === undefined) return 'wrong';
  if (!isSame(signature(key, permitted, name, seconds), given)) return 'wrong';
  return Number(seconds) * 1_000 > nowMs ? 'good' : 'expired';
}

function signature(key: Buffer, permitted: Permitted, name: string, seconds: string): string {
  // The label keeps this signature from meaning anything elsewhere.
  return createHmac('sha256', key)
    .update(`hookswitch recording ${permitted} ${name} ${seconds}`)
    .digest('base64url');
}
