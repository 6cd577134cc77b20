import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import { TransportError } from '../../src/relay/transport.ts';
import type { Environment } from '../../src/webhooks/references.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { makeSender, quietSending } from '../support/make-sender.ts';
import { ScriptedTransport, type RecordedRequest } from '../support/scripted-transport.ts';
import { storedCdr, webhookWith } from '../support/webhooks.ts';

const NOW = new Date('2026-11-21T12:00:00.900Z');
const SECRET = 'hunter2-of-the-tickets';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, fakeNodeBuiltins: true });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Outgoing {
  readonly attempts: AttemptResult[];
  readonly requests: RecordedRequest[];
}

/** Sends a CDR to a webhook of these members, and gives what went out. */
async function send(
  members: Partial<WebhookDocument>,
  environment: Environment = {},
  { transport = new ScriptedTransport(), cdr = storedCdr() } = {},
): Promise<Outgoing> {
  const webhook = webhookWith(members);
  const sending = makeSender({ transport, environment }).send(webhook, cdr, quietSending());
  await vi.runAllTimersAsync();
  return { attempts: await sending, requests: transport.requests };
}

describe('a request', () => {
  test('goes by the method, to the url, with the payload and the timeout of the webhook', async () => {
    const { requests } = await send({ method: 'PUT', timeoutMs: 4_000, url: 'https://crm.test/in?x=1' });
    expect(requests).toMatchObject([
      {
        method: 'PUT',
        url: 'https://crm.test/in?x=1',
        timeoutMs: 4_000,
        body: '{"name":"Tickets","meta":{},"cdr":{"caller":"1000"}}',
      },
    ]);
  });

  test('says that it is JSON, who sends it and when', async () => {
    const { requests } = await send({});
    expect(requests[0]?.headers).toEqual({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Hookswitch/) as string,
      'webhook-id': expect.stringMatching(/^\S+$/) as string,
      'webhook-timestamp': String(Math.floor(NOW.getTime() / 1_000)),
    });
  });

  test('has the same webhook-id on every attempt, and a timestamp of its own', async () => {
    const transport = new ScriptedTransport(() => 503);
    const { requests } = await send({ retry: { burst: 5 } }, {}, { transport });
    expect(requests).toHaveLength(6);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const stamps = requests.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(stamps).toEqual(requests.map(({ atMs }) => Math.floor(atMs / 1_000)));
    expect(new Set(stamps).size).toBeGreaterThan(1);
  });

  test('has a webhook-id that is equal for the same CDR and webhook only', async () => {
    const idOf = async (webhookId: string, cdrId: string): Promise<string | undefined> => {
      const { requests } = await send({ id: webhookId }, {}, { cdr: storedCdr({ id: cdrId }) });
      return requests[0]?.headers['webhook-id'];
    };
    const first = await idOf('a', 'cdr_1');
    expect(await idOf('a', 'cdr_1')).toBe(first);
    expect(await idOf('b', 'cdr_1')).not.toBe(first);
    expect(await idOf('a', 'cdr_2')).not.toBe(first);
  });

  test('takes the headers of the webhook over its own, whatever their case', async () => {
    const headers = { 'Content-TYPE': 'application/vnd.crm+json', 'USER-agent': 'pbx', 'X-Team': 'Sales' };
    const { requests } = await send({ headers });
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/vnd.crm+json',
      'user-agent': 'pbx',
      'x-team': 'Sales',
    });
    expect(Object.keys(requests[0]?.headers ?? {})).toHaveLength(5);
  });
});

describe('a reference', () => {
  const headers = { Authorization: 'Bearer ${TOKEN}' };

  test('is filled in from the environment as it is at that moment', async () => {
    const environment: Record<string, string> = { TOKEN: 'first', HOST: 'one' };
    const members = { headers, url: 'https://${HOST}.test/hook' };
    const before = await send(members, environment);
    environment['TOKEN'] = 'second';
    environment['HOST'] = 'two';
    const after = await send(members, environment);
    expect([before, after].map(({ requests }) => requests[0])).toMatchObject([
      { url: 'https://one.test/hook', headers: { authorization: 'Bearer first' } },
      { url: 'https://two.test/hook', headers: { authorization: 'Bearer second' } },
    ]);
  });

  test('is not looked for in the value of another', async () => {
    const { requests } = await send({ headers }, { TOKEN: '${OTHER}', OTHER: 'x' });
    expect(requests[0]?.headers['authorization']).toBe('Bearer ${OTHER}');
  });

  test.each([
    ['a header', { headers: { authorization: 'Bearer ${TOKEN}', 'x-key': '${KEY}' } }],
    ['the url', { url: 'https://${KEY}.test/' }],
  ])('without a value in %s is an attempt that names it, and nothing is sent', async (_where, members) => {
    const { attempts, requests } = await send(members, { TOKEN: SECRET });
    expect(requests).toEqual([]);
    expect(attempts).toMatchObject([{ error: { code: 'MISSING_REFERENCE' } }]);
    expect(attempts[0]?.error?.message).toContain('KEY');
    expect(JSON.stringify(attempts)).not.toContain(SECRET);
  });

  test('that makes the url invalid is an attempt without the value, and nothing is sent', async () => {
    const { attempts, requests } = await send({ url: '${URL}', retry: { burst: 0 } }, { URL: SECRET });
    expect(requests).toEqual([]);
    expect(attempts).toMatchObject([{ error: { code: 'ERR_INVALID_URL' } }]);
    expect(JSON.stringify(attempts)).not.toContain(SECRET);
  });
});

describe('the value of a reference is never in an attempt', () => {
  const members = { headers: { Authorization: 'Bearer ${TOKEN}' }, url: 'https://crm.test/${TOKEN}/in' };

  test('when the target sends back what it was sent', async () => {
    const transport = new ScriptedTransport(({ headers: sent, url }) => ({
      status: 400,
      body: `bad request: ${JSON.stringify(sent)} at ${url}`,
    }));
    const { attempts } = await send(members, { TOKEN: SECRET }, { transport });
    expect(attempts[0]?.excerpt).toContain('bad request');
    expect(attempts[0]?.excerpt).toContain('https://crm.test/${TOKEN}/in');
    expect(JSON.stringify(attempts)).not.toContain(SECRET);
  });

  test('when the answer is cut off in the middle of it', async () => {
    const transport = new ScriptedTransport(() => ({
      status: 400,
      body: `${'x'.repeat(1_024 - SECRET.length / 2)}${SECRET}${'y'.repeat(1_000)}`,
    }));
    const { attempts } = await send(members, { TOKEN: SECRET }, { transport });
    expect(attempts[0]?.excerpt?.length).toBeLessThanOrEqual(1_024);
    expect(attempts[0]?.excerpt).not.toContain(SECRET.slice(0, 8));
  });

  test('when the error tells of the host', async () => {
    const error = new TransportError('ENOTFOUND', `getaddrinfo ENOTFOUND ${SECRET}.crm.test`);
    const transport = new ScriptedTransport(() => error);
    const url = 'https://${TOKEN}.crm.test/';
    const { attempts } = await send({ url, retry: { burst: 0 } }, { TOKEN: SECRET }, { transport });
    expect(attempts).toMatchObject([{ error: { code: 'ENOTFOUND' } }]);
    expect(JSON.stringify(attempts)).not.toContain(SECRET);
  });
});

describe('a signed request', () => {
  const signing = { secrets: ['${OLD}', '${NEW}'] };
  const environment = {
    OLD: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    NEW: `whsec_${Buffer.alloc(24, 2).toString('base64')}`,
  };

  test('is accepted by whoever knows one of its secrets', async () => {
    const { requests } = await send({ signing }, environment);
    const [{ body, headers } = { body: '', headers: {} }] = requests;
    for (const secret of Object.values(environment))
      expect(new Verifier(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
  });

  test('is only made when the webhook has secrets', async () => {
    const { requests } = await send({});
    expect(requests[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  test('that cannot be signed is not sent, and its secret is not told', async () => {
    const retry = { burst: 2 };
    const bad = await send({ signing, retry }, { ...environment, NEW: `whsec_${SECRET}` });
    expect(bad.requests).toEqual([]);
    expect(bad.attempts).toMatchObject([{ verdict: 'retry', error: { code: 'ERR_SIGNING_SECRET' } }]);
    expect(JSON.stringify(bad.attempts)).not.toContain(SECRET);
    const missing = await send({ signing, retry }, {});
    expect(missing.attempts).toMatchObject([{ error: { code: 'MISSING_REFERENCE' } }]);
  });

  test('keeps its secrets out of the excerpt', async () => {
    const transport = new ScriptedTransport(() => ({ body: `known: ${environment.NEW}` }));
    const { attempts } = await send({ signing }, environment, { transport });
    expect(attempts[0]?.excerpt).toBe('known: ${NEW}');
  });
});
