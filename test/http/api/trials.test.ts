import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { ScriptedTransport } from '../../support/scripted-transport.ts';
import { newCdr } from '../../support/webhooks.ts';

const RENDER = '/api/v1/templates:render';
const TEST = '/api/v1/webhooks:test';

const TICKETS = {
  id: 'tickets',
  name: 'Tickets',
  url: 'https://tickets.test/in?key=planted-key&page=1',
  headers: { Authorization: 'Bearer planted-token', 'X-Tenant': '${TENANT}', 'X-From': '{{cdr.from}}' },
  signing: { secrets: ['${SIGNING}'] },
  conditions: [{ '==': [{ var: 'status' }, 'missed'] }],
  body: { caller: '{{cdr.from}}', note: 'planted-token', name: '{{name}}' },
};
const CDR = { status: 'missed', from: '555-0100' };

interface Answer {
  readonly body: object;
}

interface Shown {
  readonly request: { url: string | null; headers: Record<string, string>; body: string };
}

function post({ app }: TestApp, path: string, body: object): Promise<Response> {
  return request(app).post(path).send(body).then();
}

async function render(started: TestApp, body: object): Promise<Shown['request']> {
  const response = await post(started, RENDER, body);
  expect(response.status).toBe(200);
  return (response.body as Shown).request;
}

const environment = { TENANT: 'acme-tenant', SIGNING: 'whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ=' };

describe('rendering', () => {
  test('shows the request, with references as they are written and secrets masked', async () => {
    const started = await startApp({ webhooks: [TICKETS], environment });
    const shown = await render(started, { webhookId: 'tickets', cdr: CDR });
    expect(shown).toMatchObject({
      method: 'POST',
      url: 'https://tickets.test/in?key=********&page=1',
      headers: {
        authorization: '********',
        'x-tenant': '${TENANT}',
        'x-from': '555-0100',
        'content-type': 'application/json',
        'webhook-id': expect.stringMatching(/^test_cdr_.+_tickets$/) as string,
        'webhook-signature': '********',
      },
    });
    expect(JSON.parse(shown.body)).toEqual({ caller: '555-0100', note: '********', name: 'Tickets' });
    expect(started.transport.requests).toEqual([]);
  });

  test('shows what a draft that is not whole yet would send', async () => {
    const shown = await render(await startApp(), { webhook: { meta: { a: 1 } }, cdr: CDR });
    expect(shown.url).toBeNull();
    expect(JSON.parse(shown.body)).toEqual({ name: 'Draft', meta: { a: 1 }, cdr: CDR });
  });

  test('sends the digits that the sender wrote', async () => {
    const { app } = await startApp({
      webhooks: [{ id: 'tickets', name: 'Tickets', url: 'https://t.test/' }],
    });
    const body = '{"webhookId":"tickets","cdr":{"id":9223372036854775807}}';
    const response = await request(app).post(RENDER).type('json').send(body).expect(200);
    expect((response.body as Shown).request.body).toContain('"cdr":{"id":9223372036854775807}');
  });

  test('takes the newest CDR when none is given', async () => {
    const started = await startApp();
    await started.store.accept([newCdr([], { raw: '{"from":"555-0101"}' })]);
    const shown = await render(started, { webhook: { body: { from: '{{cdr.from}}' } } });
    expect(shown.body).toBe('{"from":"555-0101"}');
  });

  test('tells the path that the CDR lacks, and where it is asked for', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const draft = { webhook: { body: { a: '{{cdr.nothing}}' } }, cdr: CDR };
    const { errors } = expectProblem(await post(started, RENDER, draft), 422, 'invalid');
    expect(errors).toMatchObject([
      { pointer: '/webhook/body/a', detail: expect.stringContaining('cdr.nothing') as string },
    ]);
  });

  test.each([
    [{ webhook: { url: 'nowhere' }, cdr: CDR }, '/webhook/url'],
    [{ webhook: { bodi: {} }, cdr: CDR }, '/webhook/bodi'],
    [{ webhook: { headers: { Authorization: '********' } }, cdr: CDR }, '/webhook/headers/Authorization'],
    [{ webhookId: 'none', cdr: CDR }, '/webhookId'],
    [{ webhook: {} }, ''],
  ])('refuses %j', async (body, pointer) => {
    const { errors } = expectProblem(await post(await startApp(), RENDER, body), 422, 'invalid');
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });
});

describe('a test', () => {
  test('tells whether the webhook matches, why, and what it would send', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const { body } = (await post(started, '/api/v1/webhooks/tickets/test', {
      cdr: { status: 'x', from: '1' },
    })) as Answer;
    expect(body).toMatchObject({
      webhookId: 'tickets',
      matched: false,
      conditions: [{ result: false, values: [{ path: 'status', value: 'x' }] }],
      request: { method: 'POST', headers: { 'x-from': '1' } },
    });
    expect(body).not.toHaveProperty('response');
    expect(started.transport.requests).toEqual([]);
  });

  test('is sent once when that is asked for, and counted nowhere', async () => {
    const transport = new ScriptedTransport(() => ({
      status: 503,
      headers: { 'x-trace': 'abc', 'set-cookie': ['sid=1'] },
      body: 'busy, planted-token',
    }));
    const started = await startApp({ webhooks: [TICKETS], transport, environment });
    const { body } = (await post(started, '/api/v1/webhooks/tickets/test', {
      cdr: CDR,
      send: true,
    })) as Answer;
    expect(body).toMatchObject({
      matched: true,
      isDelivered: false,
      response: {
        statusCode: 503,
        headers: { 'x-trace': 'abc', 'set-cookie': '********' },
        excerpt: 'busy, ********',
        durationMs: expect.any(Number) as number,
      },
    });
    expect(transport.requests).toHaveLength(1);
    expect(transport.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer planted-token',
      'x-tenant': 'acme-tenant',
      'webhook-id': expect.stringMatching(/^test_/) as string,
    });
    expect(await started.store.deliveries({ limit: 9 })).toEqual([]);
    expect(await started.store.stats(['tickets'])).toEqual(new Map());
    expect(started.logOf('webhook.tried')).toMatchObject([{ webhookId: 'tickets', status: 503 }]);
    expect(started.logText() + JSON.stringify(body)).not.toContain('planted');
  });

  test('of a draft that is stored uses the secrets that its masks stand for', async () => {
    const started = await startApp({ webhooks: [TICKETS], environment });
    const shown = await request(started.app).get('/api/v1/webhooks/tickets');
    const draft = { ...(shown.body as object), name: 'Changed' };
    const { body } = (await post(started, TEST, { webhook: draft, cdr: CDR, send: true })) as Answer;
    expect(body).toMatchObject({ webhookId: null, name: 'Changed', isDelivered: true });
    expect(started.transport.requests[0]?.headers).toMatchObject({ authorization: 'Bearer planted-token' });
  });

  test('tells why nothing came back', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const { body } = (await post(started, '/api/v1/webhooks/tickets/test', {
      cdr: CDR,
      send: true,
    })) as Answer;
    expect(body).toMatchObject({ isDelivered: false, error: { code: 'MISSING_REFERENCE' } });
    const lacking = await post(started, '/api/v1/webhooks/tickets/test', { cdr: {}, send: true });
    expect(lacking.body).toMatchObject({ request: null, error: { code: 'ERR_TEMPLATE' } });
    expect(started.transport.requests).toEqual([]);
  });

  test('refuses what cannot be sent', async () => {
    const started = await startApp();
    const { errors } = expectProblem(
      await post(started, TEST, { webhook: {}, cdr: CDR, send: true }),
      422,
      'invalid',
    );
    expect(errors).toMatchObject([{ pointer: '/webhook/url' }]);
    expectProblem(await post(started, '/api/v1/webhooks/none/test', { cdr: CDR }), 404, 'not-found');
    expectProblem(await request(started.app).get(TEST), 405, 'method-not-allowed');
  });

  test('are limited for each token by itself; what is not sent is not counted', async () => {
    let nowMs = 0;
    const tokens = ['one', 'two'].map((name) => ({
      name,
      token: `token-${name}`,
      scopes: ['read', 'write'] as const,
    }));
    const clock = (): number => nowMs;
    const started = await startApp({ webhooks: [TICKETS], environment, access: { tokens }, clock });
    const send = (name: string, isSent = true): request.Test =>
      request(started.app)
        .post('/api/v1/webhooks/tickets/test')
        .set({ authorization: `Bearer token-${name}` })
        .send({ cdr: CDR, send: isSent });
    await send('one').expect(200);
    nowMs = 10_500;
    for (let sent = 1; sent < 30; sent += 1) await send('one').expect(200);
    const refused = await send('one');
    expectProblem(refused, 429, 'too-many-requests');
    expect(refused.headers['retry-after']).toBe('50');
    expect(started.transport.requests).toHaveLength(30);
    await send('one', false).expect(200);
    await send('two').expect(200);
    nowMs = 60_000;
    await send('one').expect(200);
  });
});
