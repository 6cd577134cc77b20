import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import type { TransportRequest } from '../../src/relay/transport.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { makeSender, quietSending } from '../support/make-sender.ts';
import { ScriptedTransport, type Reply } from '../support/scripted-transport.ts';
import { storedCdr, webhookWith } from '../support/webhooks.ts';

const TOKEN_URL = 'https://login.test/token';
const OAUTH2 = {
  type: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: TOKEN_URL,
  clientId: 'pbx',
  clientSecret: 'hunter2-of-the-client',
} as const;

/** Longer than a token is new. */
const A_WHILE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T12:00:00Z'), fakeNodeBuiltins: true });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A token endpoint that grants `granted-1`, `granted-2` and so on, and a target that answers by the token it is sent. */
function transportOf(
  target: (token: string, request: TransportRequest) => Reply | Promise<Reply>,
): ScriptedTransport {
  return new ScriptedTransport((request, number) =>
    request.url === TOKEN_URL
      ? { body: JSON.stringify({ access_token: `granted-${number}` }) }
      : target(request.headers['authorization']?.replace('Bearer ', '') ?? '', request),
  );
}

function statusesOf(attempts: readonly AttemptResult[]): (number | undefined)[] {
  return attempts.map(({ status }) => status);
}

/** A sender whose deliveries go to one webhook, one after another. */
function sending(transport: ScriptedTransport, members: Partial<WebhookDocument> = {}) {
  const sender = makeSender({ transport });
  const webhook = webhookWith({ auth: OAUTH2, retry: { burst: 2 }, ...members });
  return async (): Promise<AttemptResult[]> => {
    const sent = sender.send(webhook, storedCdr(), quietSending());
    await vi.runAllTimersAsync();
    return sent;
  };
}

describe('a target that refuses a token', () => {
  test('is sent the CDR once more with a new one, each call an attempt', async () => {
    let refused = '';
    const transport = transportOf((token) => (token === refused ? 401 : 200));
    const send = sending(transport);
    expect(statusesOf(await send())).toEqual([200]);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    refused = 'granted-1';
    expect(statusesOf(await send())).toEqual([401, 200]);
    expect(transport.to(TOKEN_URL)).toHaveLength(2);
  });

  test('is not sent it a third time, not even when the new one has become old meanwhile', async () => {
    let status = 200;
    const transport = transportOf(async () => {
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      return status;
    });
    const send = sending(transport);
    await send();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    status = 401;
    expect(statusesOf(await send())).toEqual([401, 401]);
  });

  test('that is new is not sent it again, and the endpoint is not asked', async () => {
    const transport = transportOf(() => 401);
    expect(statusesOf(await sending(transport)())).toEqual([401]);
    expect(transport.to(TOKEN_URL)).toHaveLength(1);
  });

  test('is not sent it again when no other token is to be had', async () => {
    const transport = transportOf(() => 401);
    for (const auth of [
      { type: 'bearer', token: 'fixed' },
      { type: 'basic', username: 'a', password: 'b' },
    ] as const)
      expect(statusesOf(await sending(transport, { auth })())).toEqual([401]);
  });

  test('has not ended the delivery when the router stops before the new attempt', async () => {
    const replies = [200, 401];
    const transport = transportOf(() => replies.shift() ?? 200);
    const sender = makeSender({ transport });
    const webhook = webhookWith({ auth: OAUTH2, retry: { burst: 2 } });
    const stopping = new AbortController();
    await sender.send(webhook, storedCdr(), { ...quietSending(), signal: stopping.signal });
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    const stop = (): void => {
      stopping.abort(new Error('the router is stopping'));
    };
    const attempts = await sender.send(webhook, storedCdr(), {
      ...quietSending(),
      onAttempt: stop,
      signal: stopping.signal,
    });
    expect(attempts).toMatchObject([{ status: 401, verdict: 'retry' }]);
    expect(transport.to(webhook.url)).toHaveLength(2);
  });

  test('is not sent it again at once when the limits leave no room, and the delivery waits for another round', async () => {
    const replies = [200, 401];
    const transport = transportOf(() => replies.shift() ?? 200);
    const sender = makeSender({ transport });
    const webhook = webhookWith({ auth: OAUTH2, retry: { burst: 2 } });
    await sender.send(webhook, storedCdr(), quietSending());
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    const permit = { mayRepeat: () => false, begin: () => undefined };
    const attempts = await sender.send(webhook, storedCdr(), { ...quietSending(), permit });
    expect(attempts).toMatchObject([{ status: 401, verdict: 'retry' }]);
  });

  test('that counts as success is not sent it again', async () => {
    let status = 200;
    const send = sending(
      transportOf(() => status),
      { successOn: [401] },
    );
    await send();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    status = 401;
    expect(statusesOf(await send())).toEqual([401]);
  });

  test('counts the new attempt beside the burst', async () => {
    const replies = [200, 503, 401, 503, 401];
    const send = sending(transportOf(() => replies.shift() ?? 200));
    await send();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(statusesOf(await send())).toEqual([503, 401, 503, 401]);
  });
});

describe('a token endpoint that gives no token', () => {
  test('is one attempt that tells why, and nothing is sent to the target', async () => {
    const transport = new ScriptedTransport(() => ({
      status: 401,
      body: '{"error":"invalid_client","error_description":"hunter2-of-the-client is wrong"}',
    }));
    const attempts = await sending(transport)();
    expect(attempts).toMatchObject([
      {
        error: {
          code: 'ERR_TOKEN',
          message:
            'the token endpoint login.test answered 401 without a token: invalid_client (******** is wrong)',
        },
      },
    ]);
    expect(attempts[0]).not.toHaveProperty('status');
    expect(transport.requests).toHaveLength(1);
  });

  test('is not asked again by the next delivery at once', async () => {
    const transport = new ScriptedTransport(() => 500);
    const send = sending(transport);
    await send();
    expect(await send()).toMatchObject([{ error: { code: 'ERR_TOKEN' } }]);
    expect(transport.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    await send();
    expect(transport.requests).toHaveLength(2);
  });
});

test('the certificates of a webhook go with its requests', async () => {
  const transport = transportOf(() => 200);
  await sending(transport, { tls: { caFile: 'ca.pem' } })();
  expect(transport.requests.map(({ tls }) => tls)).toEqual([{ caFile: 'ca.pem' }, { caFile: 'ca.pem' }]);
});

describe('no credential is in an attempt', () => {
  /** What a target that sends everything back was sent. */
  const echo = (_token: string, { url, headers, body }: TransportRequest): Reply => ({
    status: 400,
    body: `${JSON.stringify(headers)} at ${url} ${body}`,
  });

  test.each([
    ['an OAuth token', { auth: OAUTH2 }, ['granted-1']],
    [
      'a password',
      { auth: { type: 'basic', username: 'pbx', password: 'literal-pass' } },
      ['literal-pass', Buffer.from('pbx:literal-pass').toString('base64')],
    ],
    ['a fixed token', { auth: { type: 'bearer', token: 'literal-token' } }, ['literal-token']],
    [
      'a header',
      { auth: { type: 'bearer', token: 'x' }, headers: { 'X-Api-Key': 'literal-key' } },
      ['literal-key'],
    ],
    [
      'a url',
      { url: 'https://a:literal-pass@crm.test/?sig=literal%2Fsig' },
      ['literal-pass', 'literal%2Fsig'],
    ],
  ] satisfies [string, Partial<WebhookDocument>, string[]][])('not %s', async (_what, members, secrets) => {
    const attempts = await sending(transportOf(echo), members)();
    expect(attempts[0]?.excerpt).toContain('********');
    for (const secret of secrets) expect(JSON.stringify(attempts)).not.toContain(secret);
  });

  test('not part of one, when the target sends it back over and over', async () => {
    const token = 'long-token-'.repeat(200);
    const transport = new ScriptedTransport(({ url }) =>
      url === TOKEN_URL
        ? { body: JSON.stringify({ access_token: token }) }
        : { status: 400, body: `${token} `.repeat(20) },
    );
    expect((await sending(transport)())[0]?.excerpt).toMatch(/^(?:\*{8} ){20}$/);
  });
});
