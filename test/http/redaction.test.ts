import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { compileRedaction } from '../../src/cdr/redaction.ts';
import { makeVerifier } from '../../src/intake/verify/verifier.ts';
import { expectProblem, postBytes, startApp, type AppSettings, type TestApp } from '../support/app.ts';

const redact = compileRedaction({ drop: ['packets'], redact: ['caller.name'] });
const SOURCES = { pbx: { redact } };
const RAW = '{"id":12345678901234567890,"packets":["SIP 1"],"caller":{"name":"Ann","number":"+15550100"}}';
const KEPT = '{"id":12345678901234567890,"caller":{"name":"***","number":"+15550100"}}';

async function take({ app, idle }: TestApp, raw: string): Promise<string> {
  const response = await postBytes(app, '/cdr/pbx', raw).expect(200);
  await idle();
  return (response.body as { ids: string[] }).ids[0] ?? '';
}

function sentBodies({ transport }: TestApp): string[] {
  return transport.requests.map(({ body }) => body);
}

describe('what a source has taken out', () => {
  test('is neither stored nor sent, and the rest is as it came', async () => {
    const webhook = { id: 'crm', name: 'CRM', url: 'https://crm.test/in' };
    const started = await startApp({ sources: SOURCES, webhooks: [webhook] });
    const id = await take(started, RAW);
    expect((await started.store.cdr(id))?.raw).toBe(KEPT);
    expect(sentBodies(started)).toEqual([`{"name":"CRM","meta":{},"cdr":${KEPT}}`]);
    expect(started.logText()).not.toContain('Ann');
  });

  test('is nothing that conditions see', async () => {
    const asked = (name: string): NonNullable<AppSettings['webhooks']> => [
      {
        id: 'crm',
        name: 'CRM',
        url: 'https://crm.test/in',
        conditions: [{ '==': [{ var: 'caller.name' }, name] }],
      },
    ];
    const seen = await startApp({ sources: SOURCES, webhooks: asked('***') });
    await take(seen, RAW);
    const unseen = await startApp({ sources: SOURCES, webhooks: asked('Ann') });
    await take(unseen, RAW);
    expect([sentBodies(seen).length, sentBodies(unseen).length]).toEqual([1, 0]);
  });

  test('still tells one CDR from another: a duplicate is one of what was sent', async () => {
    const started = await startApp({ sources: SOURCES });
    const first = await take(started, RAW);
    expect(await take(started, RAW)).toBe(first);
    expect(await take(started, RAW.replace('SIP 1', 'SIP 2'))).not.toBe(first);
  });

  test('is not missed: the shape is that of what was sent', async () => {
    const withoutType = compileRedaction({ drop: ['direction'] });
    const started = await startApp({ sources: { pbx: { vendor: 'telecmi', redact: withoutType } } });
    const id = await take(
      started,
      '{"type":"cdr","cmiuuid":"1","direction":"inbound","status":"missed","time":1}',
    );
    expect(await started.store.cdr(id)).toMatchObject({ violation: undefined });
    expect((await started.store.cdr(id))?.raw).not.toContain('inbound');
  });
});

test('the token by which Aircall is known goes no further than to be looked at', async () => {
  const verifier = makeVerifier({
    method: { token: { in: 'body', name: 'token' } },
    secret: 'hunter2hunter2',
    publicUrl: undefined,
  });
  const webhooks = [{ id: 'crm', name: 'CRM', url: 'https://crm.test/in' }];
  const started = await startApp({ sources: { pbx: { vendor: 'aircall', verifier } }, webhooks });
  const event = (token: string): string =>
    JSON.stringify({ resource: 'call', event: 'call.ended', timestamp: 1, token, data: { id: 1 } });
  await postBytes(started.app, '/cdr/pbx', event('wrong')).expect(401);
  const id = await take(started, event('hunter2hunter2'));
  expect((await started.store.cdr(id))?.raw).toBe(event('***'));
  expect(sentBodies(started)).toEqual([`{"name":"CRM","meta":{},"cdr":${event('***')}}`]);
});

describe('what one webhook is not to have', () => {
  const crm = {
    id: 'crm',
    name: 'CRM',
    url: 'https://crm.test/in',
    drop: ['packets'],
    redact: ['caller.name'],
  };

  test('is left out of its payload and of nobody else’s', async () => {
    const other = { id: 'other', name: 'Other', url: 'https://other.test/in' };
    const started = await startApp({ sources: { pbx: {} }, webhooks: [crm, other] });
    await take(started, RAW);
    expect(sentBodies(started).toSorted()).toEqual([
      `{"name":"CRM","meta":{},"cdr":${KEPT}}`,
      `{"name":"Other","meta":{},"cdr":${RAW}}`,
    ]);
  });

  test('is not in a flat payload, nor to be had by a template', async () => {
    const flat = { ...crm, payload: 'flat' as const };
    const body = { who: '{{cdr.caller.name}}', trace: '{{cdr.packets | none}}' };
    const template = { ...crm, id: 'template', body, url: 'https://crm.test/in?who={{cdr.caller.name}}' };
    const started = await startApp({ sources: { pbx: {} }, webhooks: [flat, template] });
    await take(started, RAW);
    expect(sentBodies(started).toSorted()).toEqual([
      '{"name":"CRM","meta":{},"cdr":{"id":12345678901234567890,"caller.name":"***","caller.number":"+15550100"}}',
      '{"who":"***","trace":"none"}',
    ]);
    expect(started.transport.requests.map(({ url }) => url)).toContain('https://crm.test/in?who=***');
  });

  test('is nothing that $call gives away', async () => {
    const raw =
      '{"type":"cdr","cmiuuid":"1","direction":"inbound","status":"missed","time":1,"from":15550100}';
    const webhook = { ...crm, redact: ['from'], body: { from: '{{call.from}}' } };
    const started = await startApp({ sources: { pbx: { vendor: 'telecmi' } }, webhooks: [webhook] });
    await take(started, raw);
    expect(sentBodies(started)).toEqual(['{"from":"***"}']);
  });

  test('is seen by its conditions', async () => {
    const conditions = [{ '==': [{ var: 'caller.name' }, 'Ann'] }];
    const started = await startApp({ sources: { pbx: {} }, webhooks: [{ ...crm, conditions }] });
    await take(started, RAW);
    expect(sentBodies(started)).toHaveLength(1);
  });
});

test('masked numbers are shown by their last digits, and stay what they are', async () => {
  const started = await startApp({ sources: { pbx: {} }, maskNumbers: true });
  const id = await take(started, RAW);
  const response = await request(started.app).get(`/api/v1/cdrs/${id}`);
  expect(response.body).toMatchObject({
    id,
    fields: { 'caller.number': '+*****100', id: '*****************890' },
    cdr: { caller: { name: 'Ann', number: '+*****100' } },
  });
  expect(response.text).not.toContain('5550100');
  expect((await started.store.cdr(id))?.raw).toBe(RAW);
});

test.each(['cdrs', 'CDRS', 'Cdrs'])(
  'numbers are masked at /%s too, where the same is answered',
  async (path) => {
    const started = await startApp({ sources: { pbx: {} }, maskNumbers: true });
    const id = await take(started, RAW);
    const { text } = await request(started.made).get(`/API/v1/${path}/${id}`).expect(200);
    expect(text).toContain('"+*****100"');
    expect(text).not.toContain('5550100');
  },
);

test('where numbers are masked captures are listed and not given out', async () => {
  const started = await startApp({ sources: { pbx: { capture: 1 } }, maskNumbers: true });
  await take(started, RAW);
  const path = '/api/v1/sources/pbx/captures';
  const list = async (): Promise<{ id: string }[]> =>
    ((await request(started.app).get(path).expect(200)).body as { data: { id: string }[] }).data;
  await vi.waitUntil(async () => (await list()).length === 1);
  const [capture] = await list();
  const { detail } = expectProblem(
    await request(started.app).get(`${path}/${capture?.id ?? ''}`),
    403,
    'forbidden',
  );
  expect(detail).toContain('privacy.maskNumbers');
});
