import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import type { StoredCdr } from '../../src/store/records.ts';
import type { Environment } from '../../src/webhooks/references.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { makeSender, quietSending } from '../support/make-sender.ts';
import { ScriptedTransport, type RecordedRequest } from '../support/scripted-transport.ts';
import { storedCdr, webhookWith } from '../support/webhooks.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T12:00:00Z'), fakeNodeBuiltins: true });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Outgoing {
  readonly attempts: AttemptResult[];
  readonly requests: RecordedRequest[];
}

/** Sends a CDR to a webhook with templates, and gives what went out. */
async function send(
  members: Partial<WebhookDocument>,
  cdr: Partial<StoredCdr> = {},
  environment: Environment = {},
  transport = new ScriptedTransport(),
): Promise<Outgoing> {
  const sender = makeSender({ transport, environment });
  const sending = sender.send(webhookWith(members), storedCdr(cdr), quietSending());
  await vi.runAllTimersAsync();
  return { attempts: await sending, requests: transport.requests };
}

describe('a body template', () => {
  test('is what is sent, made of the CDR as it is stored', async () => {
    const body = {
      subject: 'Call from {{cdr.caller}}',
      id: '{{cdr.id}}',
      where: ['{{source}}', '{{vendor}}', '{{receivedAt}}'],
      who: '{{webhook.id}} {{name}} {{meta.team}}',
    };
    const { requests } = await send(
      { body, meta: { team: 'Sales' } },
      {
        raw: '{"caller":"1000","id":12345678901234567890}',
        source: 'office',
        vendor: 'cisco',
        receivedAtMs: Date.UTC(2026, 10, 21, 11, 59, 58),
      },
    );
    expect(requests.map((request) => request.body)).toEqual([
      '{"subject":"Call from 1000","id":12345678901234567890,"where":["office","cisco","2026-11-21T11:59:58.000Z"],' +
        '"who":"tickets Tickets Sales"}',
    ]);
  });

  test('names the delivery as its webhook-id does', async () => {
    const { requests } = await send({ body: '{{delivery.id}}' });
    expect(requests[0]?.body).toBe(JSON.stringify(requests[0]?.headers['webhook-id']));
  });

  test('is signed as it is sent', async () => {
    const SECRET = `whsec_${Buffer.from('a secret of enough bytes').toString('base64')}`;
    const members = { body: { from: '{{cdr.caller}}' }, signing: { secrets: ['${SECRET}'] } };
    const { requests } = await send(members, {}, { SECRET });
    const [{ body, headers } = { body: '', headers: {} }] = requests;
    expect(new Verifier(SECRET).verify(body, headers)).toEqual({ from: '1000' });
  });

  test('has its references filled in, and none that a caller has for a name', async () => {
    const body = { key: '${KEY}', from: '{{cdr.caller}}' };
    const { requests } = await send({ body }, { raw: '{"caller":"${KEY}"}' }, { KEY: 'k-1' });
    expect(requests.map((request) => request.body)).toEqual(['{"key":"k-1","from":"${KEY}"}']);
  });

  test('without a value for a reference is an attempt that names it', async () => {
    const { attempts, requests } = await send({ body: { key: '${KEY}' } });
    expect(requests).toEqual([]);
    expect(attempts).toMatchObject([{ error: { code: 'MISSING_REFERENCE' }, verdict: 'retry' }]);
  });
});

test('url and headers may be templates too, beside others that are not', async () => {
  const { requests } = await send(
    {
      url: 'https://crm.test/calls/{{cdr.caller}}?by=${NAME}',
      headers: { 'X-Caller': '{{cdr.caller}}', 'X-Team': '${NAME}' },
    },
    { raw: '{"caller":"+49 30/1"}' },
    { NAME: 'sales' },
  );
  expect(requests).toMatchObject([
    {
      url: 'https://crm.test/calls/%2B49%2030%2F1?by=sales',
      headers: { 'x-caller': '+49 30/1', 'x-team': 'sales' },
      body: '{"name":"Tickets","meta":{},"cdr":{"caller":"+49 30/1"}}',
    },
  ]);
});

describe('a CDR that lacks what a template wants', () => {
  test.each<[string, Partial<WebhookDocument>, string]>([
    ['the body', { body: { to: ['{{cdr.agent}}'] } }, '/body/to/0: "cdr.agent"'],
    ['the url', { url: 'https://crm.test/{{cdr.agent}}' }, '/url: "cdr.agent"'],
    ['a header', { headers: { 'X-Agent': '{{cdr.agent}}' } }, '/headers/X-Agent: "cdr.agent"'],
  ])(
    'for %s has failed at once, told with place and path, and nothing is sent',
    async (_what, members, told) => {
      const { attempts, requests } = await send(
        { retry: { burst: 5 }, ...members },
        { raw: '{"caller":"1000"}' },
      );
      expect(requests).toEqual([]);
      expect(attempts).toMatchObject([{ verdict: 'failed', error: { code: 'ERR_TEMPLATE' } }]);
      expect(attempts[0]?.error?.message).toContain(told);
      expect(attempts[0]?.error?.message).not.toContain('1000');
    },
  );
});

describe('no secret of a body is in an attempt', () => {
  test.each([
    ['a reference', { body: { key: '${KEY}' } }, 'k-"1"-from-the-environment'],
    ['a literal one', { body: { account: { api_key: 'literal-key' } } }, 'literal-key'],
  ])('not %s', async (_what, members, secret) => {
    const transport = new ScriptedTransport(({ body }) => ({ status: 400, body: `${body} ${secret}` }));
    const { attempts } = await send(members, {}, { KEY: secret }, transport);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.excerpt).toMatch(/KEY|\*{8}/);
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)])
      expect(attempts[0]?.excerpt).not.toContain(form);
  });
});
