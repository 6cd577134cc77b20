import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SentRequest } from '../../../src/intake/sent-request.ts';
import { makeVerifier } from '../../../src/intake/verify/verifier.ts';
import { loadVendors, VENDORS_FOLDER } from '../../../src/package-files.ts';

/** A request as its vendor signs it: a sample, with headers that were computed apart from this code. */
interface Signed {
  readonly vendor: string;
  readonly sample: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly publicUrl?: string;
}

const SIGNED: readonly Signed[] = [
  // The token stands in the sample.
  {
    vendor: 'aircall',
    sample: 'inbound-answered.json',
    secret: '0123456789abcdef0123456789abcdef',
    headers: {},
  },
  // The sample was signed with Python's hmac; `openssl dgst -sha256 -hmac hookswitch-sample -binary` of what stands before
  // its last dot gives the same.
  { vendor: 'dialpad', sample: 'inbound-answered.jwt', secret: 'hookswitch-sample', headers: {} },
  // printf '%s' 'S3CRET|https%3A%2F%2Fhooks.example.com%2Fcdr%2Fjustcall|call.completed|2026-05-12 10:00:00' |
  //   openssl dgst -sha256 -hmac S3CRET
  {
    vendor: 'justcall',
    sample: 'inbound-answered.json',
    secret: 'S3CRET',
    headers: {
      'x-justcall-signature': '74332b40768ed4c83270b63cea13e8b8c6433a8a1a9058c354b19b9d2b59a942',
      'x-justcall-request-timestamp': '2026-05-12 10:00:00',
    },
    publicUrl: 'https://hooks.example.com/cdr/justcall',
  },
  // openssl dgst -sha256 -hmac 0123456789ABCDEF0123456789ABCDEF -binary p-inbound-answered.json | base64
  {
    vendor: 'yeastar',
    sample: 'p-inbound-answered.json',
    secret: '0123456789ABCDEF0123456789ABCDEF',
    headers: { 'x-signature': 'E2pLLcW+jRa0V1y7hDe9tIspKgdBObZalhpI3rJ0Hj4=' },
  },
];

const NOW_MS = Date.parse('2026-05-12T10:00:00Z');
const vendors = loadVendors();

test.each(SIGNED)('what $vendor signs is told from what it does not', (signed) => {
  const { vendor, sample, headers, secret, publicUrl } = signed;
  const method = vendors.get(vendor)?.profile.verification;
  if (method === undefined) throw new Error(`${vendor} says nothing of its verification`);
  const body = readFileSync(join(VENDORS_FOLDER, vendor, 'samples', sample));
  const request: SentRequest = { method: 'POST', headers, query: '', body };
  expect(makeVerifier({ method, secret, publicUrl })(request, NOW_MS)).toBeUndefined();
  expect(makeVerifier({ method, secret: `${secret}0`, publicUrl })(request, NOW_MS)).toBeDefined();
});
