import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Verification } from '../../../src/cdr/vendor-profile.ts';
import type { SentRequest } from '../../../src/intake/sent-request.ts';
import { makeVerifier } from '../../../src/intake/verify/verifier.ts';
import { base64, base64url, hex, hmac, sha256 } from './independent.ts';

const NOW_MS = Date.parse('2026-05-12T10:00:00Z');
const NOW = String(NOW_MS / 1_000);

function sent(
  body: string | Buffer,
  headers: Record<string, string> = {},
  query = '',
  method = 'POST',
): SentRequest {
  return { method, headers, query, body: Buffer.from(body) };
}

function reasonFor(
  method: Verification,
  secret: string,
  request: SentRequest,
  publicUrl = 'https://hooks.example.com/cdr/x',
): string | undefined {
  return makeVerifier({ method, secret, publicUrl })(request, NOW_MS);
}

describe('a token', () => {
  test.each([
    ['header', 'x-amz-firehose-access-key', sent('{}', { 'x-amz-firehose-access-key': 'key 1' })],
    ['query', 'key', sent('{}', {}, 'a=b&key=key+1')],
    ['body', 'auth.token', sent('{"auth":{"token":"key 1"}}')],
    ['body', 'token', sent('token=key+1&a=b')],
    ['body', 'token', sent('[{"token":"key 1"},{"token":"key 1"}]')],
  ] as const)('in the %s %s is taken when it is right, and only then', (place, name, request) => {
    expect(reasonFor({ token: { in: place, name } }, 'key 1', request)).toBeUndefined();
    expect(reasonFor({ token: { in: place, name } }, 'key 2', request)).toMatch(/does not hold the token/);
    expect(reasonFor({ token: { in: place, name: 'other' } }, 'key 1', request)).toMatch(/"other"/);
  });

  test('is needed in every record, and in what cannot be read there is none', () => {
    const method: Verification = { token: { in: 'body', name: 'token' } };
    expect(reasonFor(method, 'k', sent('[{"token":"k"},{"token":"x"}]'))).toBeDefined();
    expect(reasonFor(method, 'k', sent('[]'))).toBeDefined();
    expect(reasonFor(method, 'k', sent('{"token":'))).toBeDefined();
  });

  test.each([
    ['in each item of a list', '{"value":[{"clientState":"k"},{"clientState":"k"}]}', true],
    ['in one of two', '{"value":[{"clientState":"k"},{"clientState":"x"}]}', false],
    ['missing in one of two', '{"value":[{"clientState":"k"},{"id":"1"}]}', false],
    ['beside the list', '{"clientState":"k","value":[{}]}', false],
    ['in no item, because there is none', '{"value":[]}', false],
    ['no scalar', '{"value":[{"clientState":{"k":"k"}}]}', false],
    ['one item that is no list', '{"value":{"clientState":"k"}}', true],
  ])('that is %s (%s)', (_what, body, isRight) => {
    const method: Verification = { token: { in: 'body', name: 'value.clientState' } };
    expect(reasonFor(method, 'k', sent(body)) === undefined).toBe(isRight);
  });
});

describe('a keyed hash', () => {
  const zoom: Verification = {
    hmac: {
      algorithm: 'sha256',
      header: 'x-zm-signature',
      prefix: 'v0=',
      encoding: 'hex',
      signed: 'v0:{timestamp}:{body}',
      timestampHeader: 'x-zm-request-timestamp',
      toleranceSeconds: 300,
    },
  };
  const body = Buffer.from([0x7b, 0xff, 0x22, 0x7d]);

  test('over a template is computed over the raw bytes', () => {
    const signature = `v0=${hex(hmac('sha256', 'secret', Buffer.concat([Buffer.from(`v0:${NOW}:`), body])))}`;
    const headers = { 'x-zm-signature': signature, 'x-zm-request-timestamp': NOW };
    expect(reasonFor(zoom, 'secret', sent(body, headers))).toBeUndefined();
    expect(reasonFor(zoom, 'other', sent(body, headers))).toMatch(/not that of this body/);
    expect(reasonFor(zoom, 'secret', sent('{}', headers))).toMatch(/not that of this body/);
    expect(
      reasonFor(zoom, 'secret', sent(body, { ...headers, 'x-zm-signature': signature.slice(3) })),
    ).toBeDefined();
    expect(reasonFor(zoom, 'secret', sent(body, { 'x-zm-request-timestamp': NOW }))).toMatch(/is missing/);
  });

  test.each([
    ['now', 0, true],
    ['at the limit', 300, true],
    ['before it', -300, true],
    ['beyond it', 301, false],
    ['long ago', -301, false],
  ])('with a time %s', (_what, seconds, isTaken) => {
    const at = String(Number(NOW) + seconds);
    const headers = {
      'x-zm-signature': `v0=${hex(hmac('sha256', 'secret', Buffer.from(`v0:${at}:{}`)))}`,
      'x-zm-request-timestamp': at,
    };
    expect(reasonFor(zoom, 'secret', sent('{}', headers)) === undefined).toBe(isTaken);
  });

  test('may be SHA-1 over the body alone, and over the address', () => {
    const spark: Verification = { hmac: { algorithm: 'sha1', header: 'X-Spark-Signature', encoding: 'hex' } };
    const right = hex(hmac('sha1', 'k', Buffer.from('{"a":1}')));
    expect(reasonFor(spark, 'k', sent('{"a":1}', { 'x-spark-signature': right }))).toBeUndefined();
    const url: Verification = {
      hmac: { algorithm: 'sha512', header: 'x-s', encoding: 'base64', signed: '{url}' },
    };
    const signed = base64(hmac('sha512', 'k', Buffer.from('https://hooks.example.com/cdr/x?a=%20b')));
    expect(reasonFor(url, 'k', sent('{}', { 'x-s': signed }, 'a=%20b'))).toBeUndefined();
  });

  // https://developer.justcall.io/docs/dynamic-webhook-signatures prints these values.
  test('over secret, address, a member of the body and a written time is as JustCall prints it', () => {
    const secret = 'ea39089c40790e9dc7a080ec95e849b8fa0fa5fb';
    const publicUrl = 'https://webhook.site/3bcea770-370a-4b09-8b66-426f687e08a4';
    const justcall: Verification = {
      hmac: {
        algorithm: 'sha256',
        header: 'x-justcall-signature',
        encoding: 'hex',
        signed: '{secret}|{encodedUrl}|{body.type}|{timestamp}',
        timestampHeader: 'x-justcall-request-timestamp',
      },
    };
    const headers = {
      'x-justcall-signature': '56761bae5b27a784a3ddd2af828bc5def7176bc0a8650199b04c737bd39bbecf',
      'x-justcall-request-timestamp': '2024-03-21 17:08:22',
    };
    const verify = makeVerifier({ method: justcall, secret, publicUrl });
    const sentMs = Date.parse('2024-03-21T17:08:22Z');
    const body = '{"type":"call.completed"}';
    expect(verify(sent(body, headers), sentMs + 300_000)).toBeUndefined();
    expect(verify(sent(body, headers), sentMs + 301_000)).toMatch(/too far/);
    expect(verify(sent('{"type":"call.missed"}', headers), sentMs)).toMatch(/not that of this request/);
    expect(verify(sent('no JSON', headers), sentMs)).toBeDefined();
    const untimed = { ...headers, 'x-justcall-request-timestamp': 'yesterday' };
    expect(verify(sent(body, untimed), sentMs)).toMatch(/too far/);
    const elsewhere = makeVerifier({ method: justcall, secret, publicUrl: 'https://hooks.example.com' });
    expect(elsewhere(sent(body, headers), sentMs)).toBeDefined();
  });

  // RFC 4231 §4.3
  test('is that of the standard', () => {
    const plain: Verification = { hmac: { algorithm: 'sha256', header: 's', encoding: 'hex' } };
    const s = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(reasonFor(plain, 'Jefe', sent('what do ya want for nothing?', { s }))).toBeUndefined();
  });
});

/** Bodies that are no form, and one that is. */
const OTHER_BODIES = ['{"a":1}', '\uFEFF {"a":1}', '[{"a":1}]', '<a>1</a>', 'a=1'];

describe('Twilio', () => {
  const twilio: Verification = { scheme: 'twilio' };
  const url = 'https://mycompany.com/myapp.php';
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  }).toString();

  // https://www.twilio.com/docs/usage/security prints this request with its signature.
  test('signs as its documentation prints it', () => {
    const headers = { 'x-twilio-signature': 'GvWf1cFY/Q7PnoempGyD5oXAezc=' };
    expect(reasonFor(twilio, '12345', sent(form, headers, 'foo=1&bar=2'), url)).toBeUndefined();
    expect(reasonFor(twilio, '12346', sent(form, headers, 'foo=1&bar=2'), url)).toMatch(/publicUrl/);
    expect(reasonFor(twilio, '12345', sent(`${form}&x=1`, headers, 'foo=1&bar=2'), url)).toBeDefined();
    expect(reasonFor(twilio, '12345', sent(form, headers, 'foo=1'), url)).toBeDefined();
    expect(reasonFor(twilio, '12345', sent(form, {}, 'foo=1&bar=2'), url)).toMatch(/is missing/);
  });

  test.each([
    ['https://mycompany.com:443/myapp.php', url],
    [url, 'https://mycompany.com:443/myapp.php'],
  ])('may sign %s when its address is %s', (signed, given) => {
    const signature = base64(hmac('sha1', 't', Buffer.from(`${signed}aAb1b2`)));
    const request = sent('b=2&a=A&b=1', { 'x-twilio-signature': signature });
    expect(reasonFor(twilio, 't', request, given)).toBeUndefined();
  });

  test('signs the address alone when the query holds the hash of a JSON body', () => {
    const query = `bodySHA256=${hex(sha256(Buffer.from('{"a":1}')))}`;
    const headers = { 'x-twilio-signature': base64(hmac('sha1', 't', Buffer.from(`${url}?${query}`))) };
    expect(reasonFor(twilio, 't', sent('{"a":1}', headers, query), url)).toBeUndefined();
    expect(reasonFor(twilio, 't', sent('{"a":2}', headers, query), url)).toMatch(/bodySHA256/);
  });

  test('signs no body with the address alone', () => {
    const query = 'CallSid=CA1&From=1';
    const headers = { 'x-twilio-signature': base64(hmac('sha1', 't', Buffer.from(`${url}?${query}`))) };
    expect(reasonFor(twilio, 't', sent('', headers, query, 'GET'), url)).toBeUndefined();
    for (const body of OTHER_BODIES) {
      expect(reasonFor(twilio, 't', sent(body, headers, query), url)).toMatch(/\S/);
    }
  });
});

describe('Plivo', () => {
  const plivo: Verification = { scheme: 'plivo-v3' };
  const url = 'https://hooks.example.com/cdr/plivo';

  test.each([
    ['POST', '', 'To=2&From=1&From=0', `${url}?From0From1To2.n0nce`],
    ['POST', 'b=2&a=%2B1', 'To=2', `${url}?a=+1&b=2.To2.n0nce`],
    ['POST', 'a=1', '', `${url}?a=1.n0nce`],
    ['GET', 'To=2&From=1', '', `${url}?From=1&To=2.n0nce`],
    ['GET', '', '', `${url}.n0nce`],
  ])('signs %s ?%s with %s as %s', (method, query, body, signed) => {
    const signature = base64(hmac('sha256', 'token', Buffer.from(signed)));
    const headers = { 'x-plivo-signature-v3-nonce': 'n0nce', 'x-plivo-signature-v3': `b2xk, ${signature}` };
    expect(reasonFor(plivo, 'token', sent(body, headers, query, method), url)).toBeUndefined();
    expect(reasonFor(plivo, 'other', sent(body, headers, query, method), url)).toMatch(/publicUrl/);
    const otherNonce = { ...headers, 'x-plivo-signature-v3-nonce': 'other' };
    expect(reasonFor(plivo, 'token', sent(body, otherNonce, query, method), url)).toBeDefined();
  });

  test('signs no body with a query', () => {
    const signature = base64(hmac('sha256', 'token', Buffer.from(`${url}?From=1.n0nce`)));
    const headers = { 'x-plivo-signature-v3-nonce': 'n0nce', 'x-plivo-signature-v3': signature };
    expect(reasonFor(plivo, 'token', sent('', headers, 'From=1', 'GET'), url)).toBeUndefined();
    for (const body of OTHER_BODIES) {
      for (const method of ['GET', 'POST']) {
        expect(reasonFor(plivo, 'token', sent(body, headers, 'From=1', method), url)).toMatch(/\S/);
      }
    }
  });
});

describe('Telnyx', () => {
  const telnyx: Verification = { scheme: 'telnyx-ed25519' };

  // RFC 8032 §7.1, TEST 3, gives the key pair.
  const publicKey = base64(
    Buffer.from('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'hex'),
  );
  const seed = 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7';
  const privateKey = createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });

  test('signs time and body with its private key', () => {
    const signature = base64(sign(null, Buffer.from(`${NOW}|{"a":1}`), privateKey));
    const headers = { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': NOW };
    expect(reasonFor(telnyx, publicKey, sent('{"a":1}', headers))).toBeUndefined();
    expect(reasonFor(telnyx, publicKey, sent('{"a":2}', headers))).toMatch(/not that of this body/);
    const old = { ...headers, 'telnyx-timestamp': String(Number(NOW) - 301) };
    expect(reasonFor(telnyx, publicKey, sent('{"a":1}', old))).toMatch(/too far/);
    expect(
      reasonFor(telnyx, publicKey, sent('{"a":1}', { ...headers, 'telnyx-signature-ed25519': 'x' })),
    ).toBeDefined();
    expect(reasonFor(telnyx, publicKey, sent('{"a":1}'))).toMatch(/is missing/);
  });

  test('wants its public key', () => {
    expect(() => makeVerifier({ method: telnyx, secret: 'short' })).toThrow(/public key/);
  });
});

/** A JWT made by hand. */
function jwtOf(header: object, payload: object, secret: string): string {
  const signed = [header, payload].map((part) => base64url(Buffer.from(JSON.stringify(part)))).join('.');
  return `${signed}.${base64url(hmac('sha256', secret, Buffer.from(signed)))}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };

describe('Vonage', () => {
  const vonage: Verification = { scheme: 'vonage-jwt' };

  function withJwt(body: string, token: string): SentRequest {
    return sent(body, { authorization: `Bearer ${token}` });
  }

  test('signs a hash of the body', () => {
    const token = jwtOf(HS256, { payload_hash: hex(sha256(Buffer.from('{"a":1}'))), iat: Number(NOW) }, 's');
    expect(reasonFor(vonage, 's', withJwt('{"a":1}', token))).toBeUndefined();
    expect(reasonFor(vonage, 's', withJwt('{"a":2}', token))).toMatch(/payload_hash/);
    expect(reasonFor(vonage, 'other', withJwt('{"a":1}', token))).toMatch(/signature/);
    expect(reasonFor(vonage, 's', sent('{"a":1}'))).toMatch(/no JWT/);
    expect(reasonFor(vonage, 's', withJwt('{"a":1}', jwtOf(HS256, {}, 's')))).toMatch(/payload_hash/);
  });

  test.each([
    ['that of another body', { payload_hash: hex(sha256(Buffer.from('{"a":1}'))) }, /payload_hash/],
    ['none', {}, /payload_hash/],
    ['that of no body', { payload_hash: hex(sha256(Buffer.from(''))) }, /by POST/],
  ])('signs no query, whose hash is %s', (_what, claims, reason) => {
    const headers = { authorization: `Bearer ${jwtOf(HS256, claims, 's')}` };
    expect(reasonFor(vonage, 's', sent('', headers, 'uuid=1&from=2', 'GET'))).toMatch(reason);
  });
});

describe('Dialpad', () => {
  const dialpad: Verification = { scheme: 'dialpad-jwt' };

  // https://jwt.io prints this token for the secret "your-256-bit-secret"; RFC 7515 gives the form.
  const printed =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c';

  test('signs the whole body', () => {
    expect(reasonFor(dialpad, 'your-256-bit-secret', sent(printed))).toBeUndefined();
    expect(reasonFor(dialpad, 'another-secret', sent(printed))).toMatch(/signature/);
    expect(reasonFor(dialpad, 's', sent('{"a":1}'))).toMatch(/not a JWT/);
  });

  test.each([
    ['none', jwtOf({ alg: 'none' }, {}, 's')],
    ['none, unsigned', jwtOf({ alg: 'none' }, {}, 's').replace(/[^.]*$/, '')],
    ['another algorithm', jwtOf({ alg: 'HS512' }, {}, 's')],
    ['a header that is no JSON', `e30x.${base64url(Buffer.from('{}'))}.x`],
  ])('is refused with %s', (_what, token) => {
    expect(reasonFor(dialpad, 's', sent(token))).toBeDefined();
  });

  test('is refused when it has expired or is not valid yet', () => {
    const at = (claims: object): string | undefined =>
      reasonFor(dialpad, 's', sent(jwtOf(HS256, claims, 's')));
    expect(at({ exp: Number(NOW) - 61 })).toMatch(/expired/);
    expect(at({ nbf: Number(NOW) + 61 })).toMatch(/not valid yet/);
    expect(at({ exp: Number(NOW) - 59, nbf: Number(NOW) + 59 })).toBeUndefined();
  });
});

test('a secret that is empty is refused', () => {
  expect(() => makeVerifier({ method: { token: { in: 'query', name: 'k' } }, secret: '' })).toThrow(/empty/);
});

test('no reason quotes a secret or the body', () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const telnyxKey = base64(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const methods: [Verification, string][] = [
    [{ token: { in: 'query', name: 'k' } }, 'TOPSECRET'],
    [{ hmac: { algorithm: 'sha1', header: 'x-s', encoding: 'hex' } }, 'TOPSECRET'],
    [{ scheme: 'twilio' }, 'TOPSECRET'],
    [{ scheme: 'plivo-v3' }, 'TOPSECRET'],
    [{ scheme: 'telnyx-ed25519' }, telnyxKey],
    [{ scheme: 'vonage-jwt' }, 'TOPSECRET'],
    [{ scheme: 'dialpad-jwt' }, 'TOPSECRET'],
  ];
  for (const [method, secret] of methods) {
    const reason = reasonFor(method, secret, sent('from=4930', { 'x-s': '4930' }, 'k=4930'));
    expect(reason).toMatch(/\S/);
    expect(reason).not.toMatch(/4930|TOPSECRET/);
  }
});
