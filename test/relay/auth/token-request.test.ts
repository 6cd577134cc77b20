import { describe, expect, test } from 'vitest';
import { requestToken, TokenError, type GrantedToken } from '../../../src/relay/auth/token-request.ts';
import { TransportError } from '../../../src/relay/transport.ts';
import type { OAuth2Auth } from '../../../src/webhooks/connection.ts';
import { ScriptedTransport, type Reply } from '../../support/scripted-transport.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const SECRET = 'hunter2+of/the pbx';
const REFRESH_TOKEN = 'refresh-of-the-pbx';

const AUTH: OAuth2Auth = {
  type: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'https://login.test/oauth2/token?tenant=1',
  clientId: 'pbx:1',
  clientSecret: SECRET,
};

interface Asked {
  readonly granted: Promise<GrantedToken>;
  readonly transport: ScriptedTransport;
}

function ask(reply: Reply, members: Partial<OAuth2Auth> = {}, refreshToken?: string): Asked {
  const transport = new ScriptedTransport(() => reply);
  const request = { auth: { ...AUTH, ...members }, tls: { caFile: 'ca.pem' }, refreshToken };
  return { granted: requestToken(transport, request, NOW_MS), transport };
}

function answer(document: object, status = 200): Reply {
  return { status, body: JSON.stringify(document) };
}

async function formOf(members: Partial<OAuth2Auth>, refreshToken?: string): Promise<Record<string, string>> {
  const { granted, transport } = ask(answer({ access_token: 't' }), members, refreshToken);
  await granted;
  return Object.fromEntries(new URLSearchParams(transport.requests[0]?.body));
}

async function messageOf({ granted }: Asked): Promise<string> {
  const error: unknown = await granted.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TokenError);
  const { message } = error as TokenError;
  expect(message).not.toContain(SECRET);
  expect(message).not.toContain(REFRESH_TOKEN);
  return message;
}

describe('a token request', () => {
  test('is a form that is posted to the endpoint, with the certificates of the target', async () => {
    const { granted, transport } = ask(answer({ access_token: 't' }));
    await granted;
    expect(transport.requests).toMatchObject([
      {
        method: 'POST',
        url: 'https://login.test/oauth2/token?tenant=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        tls: { caFile: 'ca.pem' },
      },
    ]);
  });

  test('has client id and secret in its body unless told otherwise', async () => {
    expect(await formOf({})).toEqual({
      grant_type: 'client_credentials',
      client_id: 'pbx:1',
      client_secret: SECRET,
    });
  });

  test('has them in its header, encoded as in a form, when told so (RFC 6749 §2.3.1)', async () => {
    const { granted, transport } = ask(answer({ access_token: 't' }), { clientAuth: 'header' });
    await granted;
    const credentials = transport.requests[0]?.headers['authorization']?.replace('Basic ', '') ?? '';
    expect(Buffer.from(credentials, 'base64').toString()).toBe('pbx%3A1:hunter2%2Bof%2Fthe+pbx');
    expect(transport.requests[0]?.body).toBe('grant_type=client_credentials');
  });

  test('has what else the settings say', async () => {
    const more = { scope: 'a b', audience: 'https://crm.test', parameters: { resource: 'x&y', tenant: '2' } };
    expect(await formOf(more)).toMatchObject({
      ...more.parameters,
      scope: 'a b',
      audience: 'https://crm.test',
    });
  });

  test('has the refresh token for the grant of that name, and only for that', async () => {
    expect(await formOf({ grant: 'refresh_token' }, REFRESH_TOKEN)).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: REFRESH_TOKEN,
    });
    expect(await formOf({}, REFRESH_TOKEN)).not.toHaveProperty('refresh_token');
  });
});

describe('an answer with a token', () => {
  test.each([
    [{ expires_in: 3_600 }, 3_600_000],
    [{ expires_in: '3599' }, 3_599_000],
    [{ expires_in: 3_600_000, expires_in_sec: 3_600 }, 3_600_000],
    [{}, undefined],
    [{ expires_in: 0 }, undefined],
    [{ expires_in: 'soon' }, undefined],
    [{ expires_in: null }, undefined],
  ])('is good for as long as it says: %j', async (members, expiresInMs) => {
    const { granted } = ask(answer({ access_token: 't-1', token_type: 'Bearer', ...members }));
    expect(await granted).toEqual({ accessToken: 't-1', expiresInMs, refreshToken: undefined });
  });

  test('may hold another refresh token', async () => {
    const { granted } = ask(answer({ access_token: 't', refresh_token: 'next' }));
    expect(await granted).toMatchObject({ refreshToken: 'next' });
  });
});

describe('no token is told with why', () => {
  test.each([
    [
      answer({ error: 'invalid_client', error_description: 'AADSTS7000215: wrong' }, 401),
      'answered 401 without a token: invalid_client (AADSTS7000215: wrong)',
    ],
    [answer({ error: 'invalid_code' }), 'answered 200 without a token: invalid_code'],
    [{ status: 502, body: '<html>busy</html>' }, 'answered 502 without a token'],
    [answer({ access_token: 'a\nb' }), 'answered 200 without a token'],
    [answer({ access_token: 5, error: { message: 'x' } }), 'answered 200 without a token'],
    [answer([]), 'answered 200 without a token'],
    [answer({ access_token: 't' }, 400), 'answered 400 without a token'],
    [answer({ error: `line\nbreak\u0000${'x'.repeat(500)}` }, 400), `: line break ${'x'.repeat(287)}`],
    [
      new TransportError('ENOTFOUND', 'getaddrinfo ENOTFOUND login.test'),
      'gave no answer: getaddrinfo ENOTFOUND login.test',
    ],
    [new TypeError('secret'), 'gave no answer: TypeError'],
  ] satisfies [Reply, string][])('%#', async (reply, message) => {
    const told = await messageOf(ask(reply));
    expect(told).toMatch(/^the token endpoint login\.test /);
    expect(told.endsWith(message)).toBe(true);
  });

  test('and without a secret, however the endpoint writes it', async () => {
    const echo = `${SECRET} ${encodeURIComponent(SECRET)} ${REFRESH_TOKEN}`;
    const told = await messageOf(
      ask(answer({ error: 'invalid_grant', error_description: echo }, 400), {}, REFRESH_TOKEN),
    );
    expect(told).toContain('invalid_grant (******** ******** ********)');
    expect(told).not.toContain('hunter2');
  });

  test('and with how long the endpoint wants to be left alone', async () => {
    const { granted } = ask({ status: 429, headers: { 'retry-after': '30' } });
    await expect(granted).rejects.toMatchObject({ retryAfterMs: 30_000 });
  });

  test('when the endpoint does not answer in time', async () => {
    const { granted } = ask(new TransportError('ETIMEDOUT', 'no answer within 15000 ms'));
    await expect(granted).rejects.toThrow('gave no answer: no answer within 15000 ms');
  });
});
