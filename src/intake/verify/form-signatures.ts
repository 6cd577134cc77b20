import { createHmac, hash } from 'node:crypto';
import { headerOf, type SentRequest } from '../sent-request.ts';
import { isSame } from './same.ts';
import type { Check } from './verifier.ts';

/**
 * Verifies Twilio's signature: HMAC-SHA1 over the address as Twilio calls it and the form's names and values, sorted
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-security). Of a JSON body it is the address alone, whose query
 * then holds the body's hash; a body that neither covers is refused, because anybody may have put it under the signature of
 * a request without one. Twilio signs with and without the port, so both are right.
 */
export const twilioCheck: Check = ({ request, secret, url }) => {
  const given = headerOf(request, 'x-twilio-signature');
  if (given === '') return 'the header X-Twilio-Signature is missing';
  const bodyHash = new URLSearchParams(request.query).get('bodySHA256');
  if (bodyHash !== null && !isSame(hash('sha256', request.body, 'hex'), bodyHash.toLowerCase())) {
    return 'the bodySHA256 in the address is not that of this body';
  }
  const form = bodyHash === null ? sortedForm(request) : '';
  if (form === undefined)
    return 'the body is no form and its bodySHA256 is not in the address: nothing signs it';
  const isRight = portForms(url)
    .map((address) => createHmac('sha1', secret).update(`${address}${form}`).digest('base64'))
    .map((expected) => isSame(expected, given))
    .includes(true);
  return isRight
    ? undefined
    : 'the signature in X-Twilio-Signature is not right; is publicUrl the address that Twilio calls?';
};

/**
 * Verifies Plivo's signature, version 3: HMAC-SHA256 over address, sorted query, sorted form and a nonce; several
 * signatures may stand in the header (github.com/plivo/plivo-node, lib/utils/v3Security.js). A form counts in a POST only, so
 * any other body is refused.
 */
export const plivoCheck: Check = ({ request, secret, url }) => {
  const given = headerOf(request, 'x-plivo-signature-v3').split(',');
  const nonce = headerOf(request, 'x-plivo-signature-v3-nonce');
  if (given[0] === '' || nonce === '') return 'the headers X-Plivo-Signature-V3 and …-Nonce are missing';
  const form = request.method === 'POST' || request.body.length === 0 ? sortedForm(request) : undefined;
  if (form === undefined) return 'the body is not the form of a POST: nothing signs it';
  const signed = `${plivoAddress(request, url, form)}.${nonce}`;
  const expected = createHmac('sha256', secret).update(signed).digest('base64');
  const isRight = given.map((one) => isSame(expected, one.trim())).includes(true);
  return isRight
    ? undefined
    : 'the signature in X-Plivo-Signature-V3 is not right; is publicUrl the address that Plivo calls?';
};

function plivoAddress(request: SentRequest, url: string, form: string): string {
  const [address = ''] = url.split('?');
  const query = sorted(new URLSearchParams(request.query), (name, value) => `${name}=${value}`).join('&');
  if (form !== '') return `${address}?${query}${query === '' ? '' : '.'}${form}`;
  return query === '' ? address : `${address}?${query}`;
}

/** Names and values of the form in the body; `undefined` when it is JSON or something else. */
function sortedForm({ body }: SentRequest): string | undefined {
  const text = body.toString('utf8');
  if (/^\s*[{[<]/.test(text)) return undefined;
  return sorted(new URLSearchParams(text), (name, value) => `${name}${value}`).join('');
}

function sorted(parameters: URLSearchParams, show: (name: string, value: string) => string): string[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...parameters]
    .toSorted(([nameA, a], [nameB, b]) => compare(nameA, nameB) || compare(a, b))
    .map(([name, value]) => show(name, value));
}

function portForms(url: string): string[] {
  const [, start, port, rest = ''] = /^(https?:\/\/[^/:?]+)(:\d+)?(.*)$/is.exec(url) ?? [];
  if (start === undefined) return [url];
  const usual = start.startsWith('https') ? ':443' : ':80';
  return [url, port === undefined ? `${start}${usual}${rest}` : `${start}${rest}`];
}
