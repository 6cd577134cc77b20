import { describe, expect, test } from 'vitest';
import { Authenticator, type Credentials } from '../../../src/relay/auth/authenticator.ts';
import type { Auth, OAuth2Auth } from '../../../src/webhooks/connection.ts';
import { MissingReferenceError, type Environment } from '../../../src/webhooks/references.ts';
import type { Webhook } from '../../../src/webhooks/webhook.ts';
import { ScriptedTransport } from '../../support/scripted-transport.ts';
import { webhookWith } from '../../support/webhooks.ts';

const OAUTH2: OAuth2Auth = {
  type: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'https://login.test/token',
  clientId: 'pbx',
  clientSecret: '${CLIENT_SECRET}',
};

/** Grants `token-1`, `token-2` and so on. */
function granting(more: object = {}): ScriptedTransport {
  return new ScriptedTransport((_request, number) => ({
    body: JSON.stringify({ access_token: `token-${number}`, ...more }),
  }));
}

interface Given {
  readonly authenticator: Authenticator;
  readonly transport: ScriptedTransport;
  readonly environment: Record<string, string>;
  readonly rotated: string[];
  readonly headersFor: (webhook: Webhook, signal?: AbortSignal) => Promise<Credentials>;
}

function given(transport = granting(), environment: Environment = { CLIENT_SECRET: 'one' }): Given {
  const own = { ...environment } as Record<string, string>;
  const rotated: string[] = [];
  let nowMs = 0;
  const authenticator = new Authenticator({
    transport,
    environment: own,
    onRefreshTokenRotated: (owner) => void rotated.push(owner),
    // Each look at the clock is a minute later, so no token is new.
    now: () => (nowMs += 60_000),
  });
  return {
    authenticator,
    transport,
    environment: own,
    rotated,
    headersFor: (webhook, signal = new AbortController().signal) => authenticator.headersFor(webhook, signal),
  };
}

describe('the headers of a request', () => {
  test.each<[Auth | undefined, Record<string, string>]>([
    [undefined, {}],
    [
      { type: 'basic', username: 'pbx', password: '${PASSWORD}' },
      { authorization: `Basic ${Buffer.from('pbx:pässword').toString('base64')}` },
    ],
    [{ type: 'bearer', token: '${TOKEN}' }, { authorization: 'Bearer t' }],
    [OAUTH2, { authorization: 'Bearer token-1' }],
    [{ ...OAUTH2, scheme: 'Zoho-oauthtoken' }, { authorization: 'Zoho-oauthtoken token-1' }],
    [{ ...OAUTH2, header: 'X-Access-Token', scheme: '' }, { 'x-access-token': 'token-1' }],
  ])('for %j are %j', async (auth, headers) => {
    const { headersFor } = given(granting(), { PASSWORD: 'pässword', TOKEN: 't', CLIENT_SECRET: 's' });
    expect((await headersFor(webhookWith(auth === undefined ? {} : { auth }))).headers).toEqual(headers);
  });

  test('are not made without the value of a reference', async () => {
    const { headersFor } = given(granting(), {});
    await expect(headersFor(webhookWith({ auth: OAUTH2 }))).rejects.toThrow(MissingReferenceError);
  });

  test('have the token that can be renewed only where it can be', async () => {
    const { headersFor } = given();
    expect(await headersFor(webhookWith({ auth: { type: 'bearer', token: 't' } }))).not.toHaveProperty(
      'token',
    );
    expect(await headersFor(webhookWith({ auth: OAUTH2 }))).toMatchObject({ token: 'token-1' });
  });
});

describe('a token', () => {
  test('is shared by all webhooks of equal settings', async () => {
    const { headersFor, transport } = given();
    await Promise.all(['a', 'b', 'c'].map((id) => headersFor(webhookWith({ id, auth: { ...OAUTH2 } }))));
    expect(transport.requests).toHaveLength(1);
  });

  test('is another for other settings, other certificates and another secret', async () => {
    const { headersFor, transport, environment } = given();
    await headersFor(webhookWith({ auth: OAUTH2 }));
    await headersFor(webhookWith({ auth: { ...OAUTH2, scope: 'x' } }));
    await headersFor(webhookWith({ auth: OAUTH2, tls: { caFile: 'ca.pem' } }));
    environment['CLIENT_SECRET'] = 'two';
    await headersFor(webhookWith({ auth: OAUTH2 }));
    expect(transport.requests).toHaveLength(4);
    expect(transport.requests[3]?.body).toContain('client_secret=two');
  });

  test('that was refused is renewed', async () => {
    const { headersFor, authenticator } = given();
    const webhook = webhookWith({ auth: OAUTH2 });
    const { token = '' } = await headersFor(webhook);
    expect(authenticator.invalidate(webhook, token)).toBe(true);
    expect(await headersFor(webhook)).toMatchObject({ token: 'token-2' });
  });

  test('is not renewed when a secret for that has gone', async () => {
    const { headersFor, authenticator, environment } = given();
    const webhook = webhookWith({ auth: OAUTH2 });
    const { token = '' } = await headersFor(webhook);
    delete environment['CLIENT_SECRET'];
    expect(authenticator.invalidate(webhook, token)).toBe(false);
  });

  test('that does not change cannot be renewed', () => {
    const { authenticator } = given();
    expect(authenticator.invalidate(webhookWith({ auth: { type: 'bearer', token: 't' } }), 't')).toBe(false);
    expect(authenticator.invalidate(webhookWith(), 't')).toBe(false);
  });

  test('is no longer waited for after a stop, and others get it all the same', async () => {
    const answer = Promise.withResolvers<{ body: string }>();
    const { headersFor } = given(new ScriptedTransport(() => answer.promise));
    const stopping = new AbortController();
    const webhook = webhookWith({ auth: OAUTH2 });
    const [stopped, other] = [headersFor(webhook, stopping.signal), headersFor(webhook)];
    stopping.abort(new Error('stopping'));
    await expect(stopped).rejects.toThrow('stopping');
    answer.resolve({ body: '{"access_token":"late"}' });
    expect(await other).toMatchObject({ token: 'late' });
  });
});

describe('a refresh token that was exchanged', () => {
  const auth = { ...OAUTH2, grant: 'refresh_token', refreshToken: 'RT0' } as const;

  /** The refresh tokens that the endpoint was asked with; it gives RT1, RT2 and so on. */
  function rotating(): Given & { readonly asked: () => (string | null)[] } {
    const transport = new ScriptedTransport((_request, number) => ({
      body: JSON.stringify({ access_token: `token-${number}`, refresh_token: `RT${number}` }),
    }));
    const bodies = (): URLSearchParams[] => transport.requests.map(({ body }) => new URLSearchParams(body));
    return { ...given(transport), asked: () => bodies().map((form) => form.get('refresh_token')) };
  }

  test.each([
    ['the client secret is changed', { clientSecret: 'another' }],
    ['a webhook asks for another scope', { scope: 'x' }],
    ['a webhook shows its secret otherwise', { clientAuth: 'header' }],
  ] as const)('is not gone back to when %s', async (_what, members) => {
    const { headersFor, asked } = rotating();
    await headersFor(webhookWith({ auth }));
    await headersFor(webhookWith({ id: 'other', auth: { ...auth, ...members } }));
    expect(asked()).toEqual(['RT0', 'RT1']);
  });

  test('is not even asked with by a webhook that only shows the token otherwise', async () => {
    const { headersFor, asked } = rotating();
    await headersFor(webhookWith({ auth }));
    const other = webhookWith({ id: 'other', auth: { ...auth, header: 'X-Token', scheme: '' } });
    expect(await headersFor(other)).toMatchObject({ headers: { 'x-token': 'token-1' } });
    expect(asked()).toEqual(['RT0']);
  });

  test('is remembered however long nobody has used it', async () => {
    const { headersFor, asked } = rotating();
    await headersFor(webhookWith({ auth }));
    for (let uses = 0; uses < 200; uses += 1) await headersFor(webhookWith({ id: 'other', auth: OAUTH2 }));
    await headersFor(webhookWith({ id: 'new', auth: { ...OAUTH2, scope: 'x' } }));
    await headersFor(webhookWith({ auth }));
    expect(asked().filter((token) => token !== null)).toEqual(['RT0', 'RT1']);
  });

  test('in the rules themselves begins anew', async () => {
    const { headersFor, asked } = rotating();
    await headersFor(webhookWith({ auth }));
    await headersFor(webhookWith({ auth: { ...auth, refreshToken: 'fresh' } }));
    expect(asked()).toEqual(['RT0', 'fresh']);
  });
});

test('another refresh token is told by the name of the connection, or the id of the webhook', async () => {
  const auth = { ...OAUTH2, grant: 'refresh_token', refreshToken: 'first' } as const;
  const { headersFor, rotated } = given(granting({ refresh_token: 'second' }));
  const connection = { name: 'zoho' };
  await headersFor({ ...webhookWith({ auth }), connection });
  await headersFor(webhookWith({ id: 'inline', auth: { ...auth, refreshToken: 'another' } }));
  expect(rotated).toEqual(['zoho', 'inline']);
});
