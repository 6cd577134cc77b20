import { readFileSync, writeFileSync } from 'node:fs';
import request, { type Response } from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { expectProblem, postBytes, startApp, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/rules';
const CONNECTION = { auth: { type: 'bearer', token: 'planted-token' } };
const TICKETS = {
  id: 'tickets',
  name: 'Tickets',
  url: 'https://tickets.test/in?key=planted-key',
  connection: 'desk',
};
const RULES = { $schema: './rules.schema.json', connections: { desk: CONNECTION }, webhooks: [TICKETS] };

async function startWithRules(): Promise<TestApp> {
  const started = await startApp();
  writeFileSync(started.rulesPath, JSON.stringify(RULES));
  await vi.waitUntil(() => started.registry.webhooks.size > 0, { timeout: 5_000 });
  return started;
}

function onDisk({ rulesPath }: TestApp): unknown {
  return JSON.parse(readFileSync(rulesPath, 'utf8'));
}

function put({ app }: TestApp, body: object, etag?: string): Promise<Response> {
  const sent = request(app).put(PATH);
  return (etag === undefined ? sent : sent.set('if-match', etag)).send(body).then();
}

describe('the rules', () => {
  test('are shown whole, secrets masked, with a version', async () => {
    const started = await startWithRules();
    const response = await request(started.app).get(PATH).expect(200);
    expect(response.headers['etag']).toMatch(/^"\w{32}"$/);
    expect(response.body).toEqual({
      $schema: './rules.schema.json',
      connections: { desk: { auth: { type: 'bearer', token: '********' } } },
      webhooks: [{ ...TICKETS, url: 'https://tickets.test/in?key=********' }],
    });
    const status = await request(started.app).get(`${PATH}/status`);
    expect(status.body).toMatchObject({ etag: response.headers['etag'] });
  });

  test('can be sent back changed; a mask means that the secret stays', async () => {
    const started = await startWithRules();
    const shown = await request(started.app).get(PATH);
    const { webhooks, ...others } = shown.body as typeof RULES;
    const more = { id: 'new', name: 'New', url: 'https://new.test/' };
    const changed = { ...others, webhooks: [more, ...webhooks.map((one) => ({ ...one, name: 'Desk' }))] };
    const response = await put(started, changed, shown.headers['etag']);
    expect(response.status).toBe(200);
    expect(response.headers['etag']).not.toBe(shown.headers['etag']);
    expect(onDisk(started)).toEqual({ ...RULES, webhooks: [more, { ...TICKETS, name: 'Desk' }] });
    expect([...started.registry.webhooks.keys()]).toEqual(['new', 'tickets']);
    const again = await request(started.app).get(PATH);
    expect([again.headers['etag'], again.body]).toEqual([response.headers['etag'], response.body]);
  });

  test('are not replaced by somebody who has not seen them as they are', async () => {
    const started = await startWithRules();
    const etag = (await request(started.app).get(PATH)).headers['etag'] as string;
    const without = await put(started, { webhooks: [] });
    expectProblem(without, 428, 'precondition-required');
    await request(started.app)
      .patch('/api/v1/webhooks/tickets')
      .set('if-match', '*')
      .send({ name: 'B' })
      .expect(200);
    const stale = await put(started, { webhooks: [] }, etag);
    expectProblem(stale, 412, 'precondition-failed');
    expect(stale.headers['etag']).toBe((await request(started.app).get(PATH)).headers['etag']);
    expect(onDisk(started)).toMatchObject({ webhooks: [{ name: 'B' }] });
    expect((await put(started, { webhooks: [] }, '*')).status).toBe(200);
  });

  test.each<readonly [object, string]>([
    [{ webhooks: [{ name: 'A', url: 'nowhere' }] }, '/webhooks/0/url'],
    [
      { webhooks: [{ name: 'A', url: 'https://a.test/', headers: { 'x-api-key': '********' } }] },
      '/webhooks/0/headers/x-api-key',
    ],
    [
      { webhooks: [], connections: { c: { auth: { type: 'bearer', token: '********' } } } },
      '/connections/c/auth/token',
    ],
    [{ webhooks: 5 }, '/webhooks'],
    [[], ''],
    [{ webhooks: [], typo: 1 }, '/typo'],
  ])('are not replaced by %j', async (body, pointer) => {
    const started = await startWithRules();
    const before = onDisk(started);
    const { errors } = expectProblem(await put(started, body, '*'), 422, 'invalid');
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
    expect(onDisk(started)).toEqual(before);
  });
});

describe('validating rules', () => {
  async function validate({ app }: TestApp, text: string): Promise<object> {
    return (await postBytes(app, `${PATH}:validate`, text).expect(200)).body as object;
  }

  test('finds everything that is wrong or surprising, with its line', async () => {
    const started = await startApp();
    const text =
      '{\n "webhooks": [\n  {"id": "a", "name": "A", "url": "nowhere"},\n  {"id": "b", "name": "B", "url": "https://b.test/"}\n]}';
    expect(await validate(started, text)).toEqual({
      valid: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ severity: 'error', pointer: '/webhooks/0/url', line: 3 }),
        expect.objectContaining({ severity: 'warning', pointer: '/webhooks/1/conditions', line: 4 }),
      ]) as object[],
    });
    expect(started.onDisk()).toEqual([]);
  });

  test('finds nothing wrong with good rules, and tells what is no JSON', async () => {
    const started = await startApp();
    expect(await validate(started, '{"webhooks": []}')).toEqual({ valid: true, problems: [] });
    expect(await validate(started, '{\n"webhooks": ]')).toMatchObject({
      valid: false,
      problems: [{ severity: 'error', pointer: '', line: 2 }],
    });
  });

  test('takes a mask for the secret that is there, and says where there is none', async () => {
    const started = await startWithRules();
    const shown = (await request(started.app).get(PATH).expect(200)).text;
    expect(await validate(started, shown)).toMatchObject({ valid: true });
    const elsewhere = JSON.stringify({
      webhooks: [{ ...TICKETS, id: 'new', url: 'https://********@x.test/' }],
    });
    expect(await validate(started, elsewhere)).toMatchObject({
      valid: false,
      problems: [{ severity: 'error', pointer: '/webhooks/0/url', line: 1 }],
    });
  });

  test('needs a body', async () => {
    const { app } = await startApp();
    expectProblem(await request(app).post(`${PATH}:validate`), 400, 'unreadable-body');
    expectProblem(await request(app).delete(PATH), 405, 'method-not-allowed');
  });
});
