import { createHmac } from 'node:crypto';
import { timeOf } from '../../cdr/mapping/time.ts';
import type { HmacVerification } from '../../cdr/vendor-profile.ts';
import { headerOf } from '../sent-request.ts';
import { membersIn } from './body-members.ts';
import { isSame } from './same.ts';
import type { Check, CheckInput } from './verifier.ts';

const PLACEHOLDER = /(\{(?:body(?:\.[^{}]+)?|timestamp|url|encodedUrl|secret)\})/;

/** Verifies a keyed hash over a template of the request, such as Zoom's `v0:{timestamp}:{body}`. */
export function hmacCheck({ hmac }: HmacVerification): Check {
  const { algorithm, header, prefix = '', encoding, signed = '{body}', timestampHeader } = hmac;
  const parts = signed.split(PLACEHOLDER);
  return (input) => {
    const given = headerOf(input.request, header);
    if (given === '') return `the header ${header} is missing`;
    const timestamp = timestampHeader === undefined ? '' : headerOf(input.request, timestampHeader);
    if (timestampHeader !== undefined && !isNear(timestamp, hmac.toleranceSeconds ?? 300, input.nowMs)) {
      return `the header ${timestampHeader} is missing or too far from the time of this machine`;
    }
    const expected = createHmac(algorithm, input.secret);
    for (const part of parts) expected.update(partOf(part, timestamp, input));
    const signature = `${prefix}${expected.digest(encoding)}`;
    return isSame(signature, given.trim())
      ? undefined
      : `the signature in ${header} is not that of this ${signed.includes('{body}') ? 'body' : 'request'}`;
  };
}

/** What stands for a placeholder; other text is itself. */
function partOf(part: string, timestamp: string, { request, secret, url }: CheckInput): string | Buffer {
  switch (part) {
    case '{body}':
      // As bytes: what is not UTF-8 would change as text.
      return request.body;
    case '{timestamp}':
      return timestamp;
    case '{url}':
      return url;
    case '{encodedUrl}':
      return encodeURIComponent(url);
    case '{secret}':
      return secret;
  }
  const [, path] = /^\{body\.(.+)\}$/.exec(part) ?? [];
  return path === undefined ? part : (membersIn(request, path)[0] ?? '');
}

/** Whether a time, epoch seconds or milliseconds or a text (UTC where it names no zone), is near to now. */
export function isNear(timestamp: string, toleranceSeconds: number, nowMs: number): boolean {
  return Math.abs(nowMs - sentMsOf(timestamp)) <= toleranceSeconds * 1_000;
}

/** Epoch milliseconds; NaN for what is no time. */
function sentMsOf(timestamp: string): number {
  if (!/^\d{9,14}$/.test(timestamp)) return Date.parse(timeOf(timestamp, 'text', 'UTC') ?? '');
  const number = Number(timestamp);
  return number < 100_000_000_000 ? number * 1_000 : number;
}
