import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { InvalidDocumentError, type Problem } from '../../src/check/problem.ts';
import {
  literalSecrets,
  MASK,
  maskDocument,
  maskSecrets,
  restoreMasked,
} from '../../src/webhooks/secrets.ts';
import { webhookWith } from '../support/webhooks.ts';

const SECRETS = {
  url: 'https://pbx:url-password@crm.test/in?team=sales&sig=url-sig&api_key=url-key',
  headers: {
    Authorization: 'Bearer header-token',
    'X-Api-Key': 'header-key',
    'x-auth-token': 'header-auth-token',
    'Client-Secret': 'header-client-secret',
    Cookie: 'session=header-cookie',
    'X-Team': 'sales',
    'Idempotency-Key': 'call-1',
  },
  auth: {
    type: 'oauth2',
    tokenUrl: 'https://:token-url-password@login.test/token?tenant=1',
    clientId: 'pbx',
    clientSecret: 'oauth-client-secret',
    refreshToken: 'oauth-refresh-token',
    parameters: { resource: 'crm', client_assertion: 'oauth-assertion' },
  },
  signing: { secret: 'whsec_one', previousSecrets: ['whsec_two', 'whsec_three'] },
  meta: { token: 'sent with each CDR' },
} as const;

const MASKED = {
  url: `https://pbx:${MASK}@crm.test/in?team=sales&sig=${MASK}&api_key=${MASK}`,
  headers: {
    Authorization: MASK,
    'X-Api-Key': MASK,
    'x-auth-token': MASK,
    'Client-Secret': MASK,
    Cookie: MASK,
    'X-Team': 'sales',
    'Idempotency-Key': 'call-1',
  },
  auth: {
    type: 'oauth2',
    tokenUrl: `https://:${MASK}@login.test/token?tenant=1`,
    clientId: 'pbx',
    clientSecret: MASK,
    refreshToken: MASK,
    parameters: { resource: 'crm', client_assertion: MASK },
  },
  signing: { secret: MASK, previousSecrets: [MASK, MASK] },
  meta: { token: 'sent with each CDR' },
} as const;

function document(members: object): JsonObject {
  return members as JsonObject;
}

describe('a document', () => {
  test('is masked where it is secret by place or name, and nowhere else', () => {
    const before = structuredClone(SECRETS);
    expect(maskDocument(SECRETS)).toEqual(MASKED);
    expect(SECRETS).toEqual(before);
  });

  test.each([
    ['https://token-as-user@crm.test/', `https://${MASK}@crm.test/`],
    ['https://a:p@ss@crm.test/?x=1', `https://a:${MASK}@crm.test/?x=1`],
    ['https://${USER}:${PASSWORD}@crm.test/', 'https://${USER}:${PASSWORD}@crm.test/'],
    ['https://crm.test/?key=${KEY}&token=abc${TAIL}', `https://crm.test/?key=\${KEY}&token=${MASK}\${TAIL}`],
    ['https://crm.test/@name?q=a@b', 'https://crm.test/@name?q=a@b'],
    ['${URL}', '${URL}'],
  ])('has its url %s shown as %s', (url, shown) => {
    expect(maskDocument({ url })).toEqual({ url: shown });
  });

  test.each([
    ['Bearer ${TOKEN}', 'Bearer ${TOKEN}'],
    ['Zoho-oauthtoken ${TOKEN}', 'Zoho-oauthtoken ${TOKEN}'],
    ['Token token="${TOKEN}"', 'Token token="${TOKEN}"'],
    ['${USER}:${PASSWORD}', '${USER}:${PASSWORD}'],
    ['Bearer abc${TAIL}', `${MASK}\${TAIL}`],
    ['${HEAD}abc', `\${HEAD}${MASK}`],
    ['Bearer abc', MASK],
    ['', ''],
  ])('has its header %j shown as %j', (value, shown) => {
    expect(maskDocument({ headers: { Authorization: value } })).toEqual({
      headers: { Authorization: shown },
    });
  });
});

describe('the body', () => {
  const body = {
    dedup_key: '{{delivery.id}}',
    routing_key: '${KEY}',
    account: [{ api_key: 'body-key', token: '{{cdr.token}}-body-token', id: 'open' }],
    password: { $: { var: 'cdr.password' } },
  };
  const shown = {
    ...body,
    account: [{ api_key: MASK, token: `{{cdr.token}}${MASK}`, id: 'open' }],
  };

  test('is masked where its names say secret; what is filled in is none', () => {
    expect(maskDocument({ body })).toEqual({ body: shown });
    expect(restoreMasked(document({ body: shown }), document({ body }))).toEqual(document({ body }));
  });

  test('has its literal secrets among those that answers are searched for', () => {
    expect(literalSecrets(webhookWith({ body }))).toEqual(['body-key', '-body-token']);
  });
});

describe('a mask that is sent back', () => {
  function problemsOf(incoming: object, stored: object): readonly Problem[] {
    try {
      restoreMasked(document(incoming), document(stored));
    } catch (error) {
      if (error instanceof InvalidDocumentError) return error.problems;
      throw error;
    }
    return [];
  }

  test('stands for the secret that was there', () => {
    expect(restoreMasked(document(MASKED), document(SECRETS))).toEqual(SECRETS);
  });

  test('stands for it beside what was changed', () => {
    const url = `https://pbx:${MASK}@crm.test/other?api_key=${MASK}&new=1&sig=new`;
    const headers = { 'X-Api-Key': MASK, Authorization: 'Bearer new' };
    expect(restoreMasked({ url, headers }, document(SECRETS))).toEqual({
      url: 'https://pbx:url-password@crm.test/other?api_key=url-key&new=1&sig=new',
      headers: { 'X-Api-Key': 'header-key', Authorization: 'Bearer new' },
    });
  });

  test.each([
    ['host', 'https://other.test/in', ['/url', '/headers/X-Api-Key']],
    ['port', 'https://crm.test:8443/in', ['/url', '/headers/X-Api-Key']],
    ['scheme', 'http://crm.test/in', ['/url', '/headers/X-Api-Key']],
    ['host, which is filled in', 'https://${HOST}/in', ['/url', '/headers/X-Api-Key']],
  ])('does not go along to another %s', (_what, url, pointers) => {
    const incoming = { url: `${url}?sig=${MASK}`, headers: { 'X-Api-Key': MASK }, signing: SECRETS.signing };
    const problems = problemsOf(incoming, SECRETS);
    expect(problems.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(problems[0]?.message).toMatch(/another server .* enter the secret again/);
  });

  test('does not go along to another token endpoint, but a signing secret may, which is never sent', () => {
    const auth = { ...MASKED.auth, tokenUrl: 'https://attacker.test/token' };
    expect(problemsOf({ ...MASKED, auth }, SECRETS).length).toBeGreaterThan(0);
    const moved = { url: 'https://other.test/', signing: MASKED.signing };
    expect(restoreMasked(document(moved), document(SECRETS))).toEqual({ ...moved, signing: SECRETS.signing });
  });

  test('goes along where the server is only written in another way', () => {
    const stored = { url: 'https://crm.test/a', headers: { 'X-Api-Key': 'k' } };
    const incoming = { url: 'HTTPS://CRM.test:443/b', headers: { 'X-Api-Key': MASK } };
    expect(restoreMasked(incoming, stored)).toMatchObject({ headers: { 'X-Api-Key': 'k' } });
  });

  test('tells parameters of one name apart', () => {
    const stored = { url: 'https://crm.test/?key=first&key=second' };
    expect(restoreMasked(maskDocument(stored), stored)).toEqual(stored);
  });

  test.each([
    [{ headers: { 'X-New-Token': MASK } }, '/headers/X-New-Token'],
    [{ headers: { 'X-Open': MASK } }, '/headers/X-Open'],
    [{ headers: { Authorization: `Bearer ${MASK}` } }, '/headers/Authorization'],
    [{ url: `https://crm.test/?token=${MASK}` }, '/url'],
    [{ auth: { type: 'basic', password: MASK } }, '/auth/password'],
    [{ signing: { previousSecrets: ['whsec_two', 'whsec_three', MASK] } }, '/signing/previousSecrets/2'],
  ])('where there is nothing it stands for is an error: %j', (incoming, pointer) => {
    expect(problemsOf(incoming, SECRETS)).toMatchObject([{ severity: 'error', pointer }]);
  });

  test('restores any document, and shows none of its secrets', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9:@=. /%+-]{0,20}$/);
    const part = fc.stringMatching(/^[A-Za-z0-9.%+-]{1,10}$/);
    const documents = fc.record({
      url: fc
        .tuple(part, part, part)
        .map(([a, b, c]) => `https://u:S${a}S@h.test/?sig=S${b}S&x=1&token=S${c}S`),
      headers: fc.dictionary(fc.constantFrom('Authorization', 'X-Key', 'X-Team'), text),
      auth: fc.record({ password: text, token: text, username: part }),
    });
    fc.assert(
      fc.property(documents, (stored) => {
        const shown = maskDocument(stored);
        expect(restoreMasked(document(shown), document(stored))).toEqual(stored);
        expect(shown.url).not.toMatch(/S.*S/);
        expect([stored.auth.password === '' ? '' : MASK]).toEqual([shown.auth.password]);
      }),
    );
  });
});

describe('the secrets of a webhook', () => {
  const webhook = webhookWith({
    url: 'https://crm.test/?key=a%2Bb-of-url',
    headers: { Authorization: 'Bearer header-token', 'X-Key': '${KEY}-tail' },
    auth: { type: 'basic', username: 'open-name', password: 'basic-password' },
  });

  test('are found, with and without the scheme before them', () => {
    expect([...literalSecrets(webhook)].sort()).toEqual(
      ['-tail', 'Bearer header-token', 'a%2Bb-of-url', 'basic-password', 'header-token'].sort(),
    );
  });

  test('are masked in a text in every way they may be written', () => {
    const secrets = ['a+b/c d', 'a%2Bb-of-url', '%'];
    expect(maskSecrets('x a+b/c d y a%2Bb%2Fc%20d z a+b-of-url', secrets)).toBe(
      `x ${MASK} y ${MASK} z ${MASK}`,
    );
  });

  test('of which one is in another are masked whole', () => {
    expect(maskSecrets('longer-secret', ['secret', 'longer-secret'])).toBe(MASK);
  });

  test('are those of its connection too', () => {
    const connection = { name: 'crm', auth: { type: 'bearer', token: 'connection-token' } } as const;
    expect(literalSecrets({ ...webhook, connection })).toContain('connection-token');
  });
});

test('a secret with special characters is masked however it is written', () => {
  const secret = 'a "b"\\c+ü&/=';
  for (const written of [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    new URLSearchParams({ x: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
  ]) {
    expect(maskSecrets(`sent ${written}!`, [secret])).toBe(`sent ${MASK}!`);
  }
});

test('what a url has before its host is masked as the header that is sent for it', () => {
  const webhook = webhookWith({ url: 'https://bob:pass%2Dword@crm.test/' });
  const sent = Buffer.from('bob:pass-word').toString('base64');
  expect(maskSecrets(`Basic ${sent}`, literalSecrets(webhook))).toBe(`Basic ${MASK}`);
});
