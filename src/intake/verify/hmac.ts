import { createHmac } from 'node:crypto';
import type { HmacVerification } from '../../cdr/vendor-profile.ts';
import { headerOf } from '../sent-request.ts';
import { isSame } from './same.ts';
import type { Check } from './verifier.ts';

/** Verifies a keyed hash over a template of the request, such as Zoom's `v0:{timestamp}:{body}`. */
export function hmacCheck({ hmac }: HmacVerification): Check {
  const { algorithm, header, prefix = '', encoding, signed = '{body}', timestampHeader } = hmac;
  return ({ request, secret, url, nowMs }) => {
    const given = headerOf(request, header);
    if (given === '') return `the header ${header} is missing`;
    const timestamp = timestampHeader === undefined ? '' : headerOf(request, timestampHeader);
    if (timestampHeader !== undefined && !isNear(timestamp, hmac.toleranceSeconds ?? 300, nowMs)) {
      return `the header ${timestampHeader} is missing or too far from the time of this machine`;
    }
    const expected = createHmac(algorithm, secret);
    // The body goes in as bytes: what is not UTF-8 would change as text.
    for (const part of signed.split(/(\{(?:body|timestamp|url)\})/)) {
      expected.update(part === '{body}' ? request.body : textPart(part, timestamp, url));
    }
    const signature = `${prefix}${expected.digest(encoding)}`;
    return isSame(signature, given.trim())
      ? undefined
      : `the signature in ${header} is not that of this body`;
  };
}

function textPart(part: string, timestamp: string, url: string): string {
  if (part === '{timestamp}') return timestamp;
  return part === '{url}' ? url : part;
}

/** Whether an epoch time, in seconds or in milliseconds, is near to now. */
export function isNear(timestamp: string, toleranceSeconds: number, nowMs: number): boolean {
  if (!/^\d{9,14}$/.test(timestamp)) return false;
  const number = Number(timestamp);
  const sentMs = number < 100_000_000_000 ? number * 1_000 : number;
  return Math.abs(nowMs - sentMs) <= toleranceSeconds * 1_000;
}
