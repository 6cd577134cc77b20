import { describe, expect, test } from 'vitest';
import type { SentRequest } from '../../../src/intake/sent-request.ts';
import { makeVerifier } from '../../../src/intake/verify/verifier.ts';
import { loadVendors } from '../../../src/package-files.ts';

const vendors = loadVendors();

/** `date -u -d @1778580000`: 2026-05-12, 10:00 UTC. */
const NOW_MS = 1_778_580_000_000;

/** A request as one vendor signs it, with a signature that openssl has made or without one. */
interface Vector {
  readonly vendor: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The same, but not the vendor's. */
  readonly forged: string;
}

const VECTORS: readonly Vector[] = [
  {
    // printf '{"items":[]}' | openssl dgst -sha1 -hmac webex-secret
    vendor: 'webex',
    secret: 'webex-secret',
    headers: { 'x-spark-signature': 'b061d106765e620b8ec1dc88508bf665df17bd46' },
    body: '{"items":[]}',
    forged: '{"items":[{}]}',
  },
  {
    // openssl pkeyutl -sign -rawin over 1778580000|<body>, with the key of RFC 8032 §7.1, TEST 3.
    vendor: 'telnyx',
    secret: '/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=',
    headers: {
      'telnyx-timestamp': '1778580000',
      'telnyx-signature-ed25519':
        'VO/x0eT9qb9CbGvWxU7BMp5aw2yScVCMsphvcmU2/GgiolsiuKNz5+VJckwEDocVTSF762/R0f6KEhSoOrdIBQ==',
    },
    body: '{"data":{"event_type":"call.hangup"}}',
    forged: '{"data":{"event_type":"call.answered"}}',
  },
  {
    // printf '%s' "$body" | openssl dgst -sha256 for payload_hash, then openssl dgst -sha256 -hmac vonage-secret.
    vendor: 'vonage',
    secret: 'vonage-secret',
    headers: {
      authorization:
        'Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE3Nzg1ODAwMDAsImp0aSI6ImM1YmE4ZjI0IiwiaXNzIjoiVm9uYWdlIiwicGF5bG9hZF9oYXNoIjoiZDA3NjVmNzNjZDVkMWRmMzliZTM1M2Q1MzhlYTdjNDdhMDE3ZDY2YThiZDAwMWRjNDcwNzI0MGRiYjcxZTU4YyIsImFwaV9rZXkiOiJhMWIyYzNkIn0.KC1iYM4wHInEAgeCWsZ2QBxne1qQOLVS0f8tWLGm8So',
    },
    body: '{"status":"completed"}',
    forged: '{"status":"busy"}',
  },
  {
    // printf 'https://hooks.example.com/cdr/plivo?CallStatuscompletedCallUUIDu1EventHangup.12345' |
    //   openssl dgst -sha256 -hmac plivo-token -binary | base64
    vendor: 'plivo',
    secret: 'plivo-token',
    headers: {
      'x-plivo-signature-v3': 'XMWcu+uVXVW4o5LiVQ0nU0jmqKPAmbJkcB0of6Gl/FQ=',
      'x-plivo-signature-v3-nonce': '12345',
    },
    body: 'Event=Hangup&CallUUID=u1&CallStatus=completed',
    forged: 'Event=Hangup&CallUUID=u2&CallStatus=completed',
  },
  {
    vendor: 'ms-teams',
    secret: 'client-state',
    headers: {},
    body: '{"value":[{"clientState":"client-state"},{"clientState":"client-state"}]}',
    forged: '{"value":[{"clientState":"client-state"},{"clientState":"other"}]}',
  },
];

function reasonFor({ vendor, secret }: Vector, headers: SentRequest['headers'], body: string): unknown {
  const method = vendors.get(vendor)?.profile.verification;
  if (method === undefined) throw new Error(`${vendor} has no verification`);
  const verify = makeVerifier({ method, secret, publicUrl: `https://hooks.example.com/cdr/${vendor}` });
  return verify({ method: 'POST', headers, query: '', body: Buffer.from(body) }, NOW_MS);
}

describe.each(VECTORS)('the profile of $vendor', (vector) => {
  const { headers, body, forged } = vector;

  test('takes what the vendor has signed', () => {
    expect(reasonFor(vector, headers, body)).toBeUndefined();
  });

  test('refuses another body, and another secret', () => {
    expect(reasonFor(vector, headers, forged)).toMatch(/\S/);
    const other = vector.vendor === 'telnyx' ? `A${vector.secret.slice(1)}` : 'other';
    expect(reasonFor({ ...vector, secret: other }, headers, body)).toMatch(/\S/);
  });
});

test.each([
  ['ringcentral', 'verification-token'],
  ['amazon-connect', 'x-amz-firehose-access-key'],
])('the profile of %s takes the secret in the header %s, and nothing else', (vendor, header) => {
  const vector: Vector = { vendor, secret: 'k', headers: {}, body: '{}', forged: '' };
  expect(reasonFor(vector, { [header]: 'k' }, '{}')).toBeUndefined();
  expect(reasonFor(vector, { [header]: 'x' }, '{}')).toMatch(/does not hold the token/);
  expect(reasonFor(vector, {}, '{}')).toMatch(/does not hold the token/);
});
