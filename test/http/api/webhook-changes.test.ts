import { writeFileSync } from 'node:fs';
import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import type { WebhookDocument } from '../../../src/webhooks/webhook.ts';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/webhooks/tickets';
const TICKETS: WebhookDocument = {
  id: 'tickets',
  name: 'Tickets',
  url: 'https://tickets.test/in',
  conditions: [{ '==': [{ var: 'a' }, '1'] }],
  meta: { queue: 'sales', nested: { a: 1, b: 2 } },
  headers: { 'X-Team': 'sales', 'X-Env': 'prod' },
};
const OTHER: WebhookDocument = { id: 'other', name: 'Other', url: 'https://other.test/' };

function start(): Promise<TestApp> {
  return startApp({ webhooks: [OTHER, TICKETS] });
}

async function etagOf({ app }: TestApp): Promise<string> {
  return String((await request(app).get(PATH)).headers['etag']);
}

type Change = (app: TestApp['app']) => request.Test;

/** Every way to change a webhook, by name. */
const CHANGES: readonly (readonly [name: string, change: Change])[] = [
  [
    'PUT',
    (app) => request(app).put(PATH).set('if-match', '*').send({ name: 'New', url: 'https://new.test/' }),
  ],
  ['PATCH', (app) => request(app).patch(PATH).set('if-match', '*').send({ name: 'New' })],
  ['DELETE', (app) => request(app).delete(PATH).set('if-match', '*')],
  ['enable', (app) => request(app).post(`${PATH}/enable`)],
  ['disable', (app) => request(app).post(`${PATH}/disable`)],
];

describe('PUT', () => {
  test('puts the sent document in the place of the old one, which keeps its id and its place', async () => {
    const started = await start();
    const sent = { name: 'New', url: 'https://new.test/', enabled: false };
    const response = await request(started.app).put(PATH).set('if-match', '*').send(sent);
    expect([response.status, response.headers['etag']]).toEqual([200, await etagOf(started)]);
    expect(response.body).toMatchObject({ id: 'tickets', ...sent, conditions: [] });
    expect(response.body).not.toHaveProperty('meta');
    expect(started.onDisk()).toEqual([OTHER, { id: 'tickets', ...sent }]);
  });

  test('takes what GET showed: what is only shown is passed over', async () => {
    const started = await start();
    const { body } = (await request(started.app).get(PATH)) as { body: object };
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['stats', 'warnings']));
    await request(started.app)
      .put(PATH)
      .set('if-match', '*')
      .send({ ...body, name: 'Renamed' })
      .expect(200);
    expect(started.onDisk()).toEqual([OTHER, { ...TICKETS, enabled: true, name: 'Renamed' }]);
  });

  test('cannot make another webhook of it', async () => {
    const started = await start();
    const response = await request(started.app)
      .put(PATH)
      .set('if-match', '*')
      .send({ ...TICKETS, id: 'other' });
    const { errors } = expectProblem(response, 422, 'invalid');
    expect(errors).toMatchObject([{ pointer: '/id' }]);
    expect(started.onDisk()).toEqual([OTHER, TICKETS]);
  });

  test('does not create', async () => {
    const started = await start();
    const response = await request(started.app)
      .put('/api/v1/webhooks/new')
      .set('if-match', '*')
      .send({ name: 'New', url: 'https://new.test/' });
    expectProblem(response, 404, 'not-found');
    expect(started.onDisk()).toEqual([OTHER, TICKETS]);
  });
});

describe('PATCH', () => {
  async function patched(patch: object): Promise<WebhookDocument | undefined> {
    const started = await start();
    await request(started.app).patch(PATH).set('if-match', '*').send(patch).expect(200);
    return started.onDisk()[1];
  }

  test('changes the members it holds and leaves the others', async () => {
    expect(await patched({ url: 'https://new.test/' })).toEqual({ ...TICKETS, url: 'https://new.test/' });
  });

  test('goes into objects, and null removes at any depth', async () => {
    const patch = { meta: { nested: { a: null, c: 3 } }, headers: { 'X-Env': null }, conditions: null };
    expect(await patched(patch)).toEqual({
      id: 'tickets',
      name: 'Tickets',
      url: 'https://tickets.test/in',
      meta: { queue: 'sales', nested: { b: 2, c: 3 } },
      headers: { 'X-Team': 'sales' },
    });
  });

  test('replaces lists as a whole', async () => {
    const conditions = [{ '!': [{ var: 'b' }] }];
    expect(await patched({ conditions })).toEqual({ ...TICKETS, conditions });
  });

  test('cannot remove what a webhook needs', async () => {
    const started = await start();
    const { errors } = expectProblem(
      await request(started.app).patch(PATH).set('if-match', '*').send({ url: null }),
      422,
      'invalid',
    );
    expect(errors).toEqual([{ pointer: '', detail: '"url" is missing' }]);
  });

  test('keeps the id of a webhook that has none in the file, whatever its new name', async () => {
    const started = await startApp({ webhooks: [{ name: 'Tickets', url: 'https://tickets.test/in' }] });
    await request(started.app).patch(PATH).set('if-match', '*').send({ name: 'Renamed' }).expect(200);
    expect(started.onDisk()).toEqual([{ id: 'tickets', name: 'Renamed', url: 'https://tickets.test/in' }]);
  });

  test('with a key such as __proto__ changes that key alone', async () => {
    const started = await start();
    const sent = '{"meta":{"__proto__":{"polluted":true}}}';
    await request(started.app)
      .patch(PATH)
      .set('if-match', '*')
      .set('content-type', 'application/merge-patch+json')
      .send(sent)
      .expect(200);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const meta = started.onDisk()[1]?.meta ?? {};
    expect(Object.keys(meta)).toEqual(['queue', 'nested', '__proto__']);
  });
});

test('DELETE takes it from the file and from force; a second one is 404', async () => {
  const started = await start();
  const response = await request(started.app).delete(PATH).set('if-match', '*');
  expect([response.status, response.text]).toEqual([204, '']);
  expect(started.onDisk()).toEqual([OTHER]);
  expect([...started.registry.webhooks.keys()]).toEqual(['other']);
  expectProblem(await request(started.app).delete(PATH).set('if-match', '*'), 404, 'not-found');
});

test('disable and enable change that member alone, and are in force at once', async () => {
  const started = await start();
  await request(started.app).post(`${PATH}/disable`).expect(204);
  expect(started.onDisk()[1]).toEqual({ ...TICKETS, enabled: false });
  expect(started.registry.webhooks.get('tickets')?.enabled).toBe(false);
  await request(started.app).post(`${PATH}/enable`).expect(204);
  expect(started.onDisk()[1]).toEqual({ ...TICKETS, enabled: true });
});

describe.each(CHANGES)('%s with If-Match', (_name, change) => {
  async function changeWith(started: TestApp, ifMatch: string): Promise<Response> {
    return change(started.app).set('if-match', ifMatch);
  }

  test('of the current version goes through', async () => {
    const started = await start();
    expect((await changeWith(started, await etagOf(started))).status).toBeLessThan(300);
  });

  test('of an older version is 412, names the current one and changes nothing', async () => {
    const started = await start();
    const stale = await etagOf(started);
    await request(started.app).patch(PATH).set('if-match', '*').send({ name: 'Somebody else was here' });
    const before = started.onDisk();
    const response = await changeWith(started, stale);
    expectProblem(response, 412, 'precondition-failed');
    expect(response.headers['etag']).toBe(await etagOf(started));
    expect(response.headers['etag']).not.toBe(stale);
    expect(started.onDisk()).toEqual(before);
  });

  test('is not upset by hits in between', async () => {
    const started = await start();
    const etag = await etagOf(started);
    await started.store.accept([newCdr(['tickets'])]);
    expect((await changeWith(started, etag)).status).toBeLessThan(300);
  });

  test('of any of several versions, or of *, goes through', async () => {
    const started = await start();
    const list = `"x", ${await etagOf(started)} ,"y"`;
    expect((await changeWith(started, list)).status).toBeLessThan(300);
    const another = await start();
    expect((await changeWith(another, '*')).status).toBeLessThan(300);
  });
});

test('a stale version is seen even when the other change came by a hand edit of the file', async () => {
  const started = await start();
  const stale = await etagOf(started);
  writeFileSync(started.rulesPath, JSON.stringify({ webhooks: [OTHER, { ...TICKETS, name: 'By hand' }] }));
  const response = await request(started.app)
    .patch(PATH)
    .set('if-match', '*')
    .set('if-match', stale)
    .send({ enabled: false });
  expectProblem(response, 412, 'precondition-failed');
  expect(started.onDisk()[1]).toEqual({ ...TICKETS, name: 'By hand' });
});
