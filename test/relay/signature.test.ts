import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { Signer, SigningSecretError, type SignedMessage } from '../../src/relay/signature.ts';

const SYMMETRIC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** Svix's own: the private key with its public key behind it. */
const ASYMMETRIC =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const PUBLIC_KEY = Buffer.from('1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', 'base64');

function now(body = '{"name":"Tickets ☎"}'): SignedMessage {
  return { id: 'cdr_01_tickets', timestampSeconds: Math.floor(Date.now() / 1_000), body };
}

function headersOf(message: SignedMessage, signature: string): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': signature,
  };
}

/** Verifies as a target does, by Node's own ed25519. */
function verifiesAsymmetric({ id, timestampSeconds, body }: SignedMessage, signature: string): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), PUBLIC_KEY]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const bytes = Buffer.from(signature.replace('v1a,', ''), 'base64');
  return verify(null, Buffer.from(`${id}.${timestampSeconds}.${body}`), key, bytes);
}

describe('published examples', () => {
  test('of HMAC-SHA256 (docs.svix.com, verifying webhooks manually)', () => {
    const message = {
      id: 'msg_loFOjxBNrRLzqYUf',
      timestampSeconds: 1_731_705_121,
      body: '{"event_type":"ping","data":{"success":true}}',
    };
    expect(new Signer().signature(['whsec_plJ3nmyCDGBKInavdOK15jsl'], message)).toBe(
      'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    );
  });

  test('of ed25519 (Svix server, test_asymmetric_key_signing)', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    const expected =
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';
    const seedAlone = `whsk_${Buffer.from(ASYMMETRIC.slice(5), 'base64').subarray(0, 32).toString('base64')}`;
    for (const secret of [ASYMMETRIC, seedAlone])
      expect(new Signer().signature([secret], message)).toBe(expected);
  });
});

describe('a signature', () => {
  const signer = new Signer();

  test('is accepted by the standardwebhooks library, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.uint8Array({ minLength: 16, maxLength: 80 }), (value, key) => {
        const secret = `whsec_${Buffer.from(key).toString('base64')}`;
        const message = now(JSON.stringify(value));
        const headers = headersOf(message, signer.signature([secret], message));
        expect(new Verifier(secret).verify(message.body, headers)).toEqual(JSON.parse(message.body));
      }),
    );
  });

  test('is not accepted for another body, id, time or secret', () => {
    const message = now();
    const signature = signer.signature([SYMMETRIC], message);
    const accept = (secret: string, changed: SignedMessage): unknown =>
      new Verifier(secret).verify(changed.body, headersOf(changed, signature));
    expect(() => accept(SYMMETRIC, message)).not.toThrow();
    expect(() => accept(SYMMETRIC, { ...message, body: '{}' })).toThrow();
    expect(() => accept(SYMMETRIC, { ...message, id: 'cdr_02_tickets' })).toThrow();
    expect(() => accept(SYMMETRIC, { ...message, timestampSeconds: message.timestampSeconds + 1 })).toThrow();
    expect(() => accept(OTHER, message)).toThrow();
  });

  test('by ed25519 is accepted with the public key, for this message alone', () => {
    const message = now();
    const signature = signer.signature([ASYMMETRIC], message);
    expect(signature).toMatch(/^v1a,/);
    expect(verifiesAsymmetric(message, signature)).toBe(true);
    expect(verifiesAsymmetric({ ...message, body: '{}' }, signature)).toBe(false);
  });

  test('by two secrets is accepted by whoever knows one of them', () => {
    const message = now();
    const headers = headersOf(message, signer.signature([SYMMETRIC, OTHER], message));
    for (const secret of [SYMMETRIC, OTHER])
      expect(() => new Verifier(secret).verify(message.body, headers)).not.toThrow();
  });

  test('by secrets of both kinds has both versions, with a space between', () => {
    const message = now();
    const signature = signer.signature([SYMMETRIC, ASYMMETRIC], message);
    expect(signature).toMatch(/^v1,\S+ v1a,\S+$/);
    expect(() => new Verifier(SYMMETRIC).verify(message.body, headersOf(message, signature))).not.toThrow();
    expect(verifiesAsymmetric(message, signature.split(' ')[1] ?? '')).toBe(true);
  });
});

test.each([
  ['hunter2', /must begin with whsec_/],
  ['', /must begin with whsec_/],
  ['whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', /must begin with whsec_/],
  ['whsec_%%%%hunter2', /is not base64/],
  ['whsec_aHVudGVyMg==\n', /is not base64/],
  ['whsec_aHVudGVyMg==', /at least 16 bytes/],
  ['whsk_aHVudGVyMg==', /must have 32 bytes/],
  [`${ASYMMETRIC.slice(0, -8)}AAAAAA==`, /not that of its private key/],
])('a secret like %j is refused without being told', (secret, told) => {
  const sign = (): string => new Signer().signature([secret], now());
  expect(sign).toThrow(SigningSecretError);
  expect(sign).toThrow(told);
  expect(sign).not.toThrow(/hunter2|aHVudGVyMg|6Xb/);
});
