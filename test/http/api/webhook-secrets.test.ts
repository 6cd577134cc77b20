import { readFileSync, writeFileSync } from 'node:fs';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import type { WebhookDocument } from '../../../src/webhooks/webhook.ts';
import { MASK } from '../../../src/webhooks/secrets.ts';
import { expectProblem, postBytes, startApp, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/webhooks/tickets';
const TICKETS: WebhookDocument = {
  id: 'tickets',
  name: 'Tickets',
  url: 'https://tickets.test/in?sig=literal-sig',
  headers: { 'X-Api-Key': 'literal-key', 'X-Team': 'sales' },
  auth: { type: 'basic', username: 'pbx', password: 'literal-password' },
};
const SHOWN = {
  url: `https://tickets.test/in?sig=${MASK}`,
  headers: { 'X-Api-Key': MASK, 'X-Team': 'sales' },
  auth: { type: 'basic', username: 'pbx', password: MASK },
};

function start(): Promise<TestApp> {
  return startApp({ webhooks: [TICKETS] });
}

describe('a literal secret', () => {
  test('is masked in every answer, and stays in the file', async () => {
    const started = await start();
    const { app } = started;
    const answers = [
      await request(app).get(PATH),
      await request(app).get('/api/v1/webhooks'),
      await request(app).patch(PATH).set('if-match', '*').send({ name: 'Renamed' }),
      await request(app)
        .put(PATH)
        .set('if-match', '*')
        .send({ ...TICKETS, name: 'Again' }),
      await request(app)
        .post('/api/v1/webhooks')
        .send({ ...TICKETS, id: 'more' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 201]);
    for (const { text } of answers) {
      expect(text).toContain(MASK);
      expect(text).not.toContain('literal-');
    }
    expect(answers[0]?.body).toMatchObject(SHOWN);
    expect(started.onDisk()).toEqual([
      { ...TICKETS, name: 'Again' },
      { ...TICKETS, id: 'more' },
    ]);
  });

  test('that is shown as ${NAME} is shown so', async () => {
    const auth = { type: 'bearer', token: '${TOKEN}' } as const;
    const { app } = await startApp({ webhooks: [{ id: 'tickets', name: 'T', url: '${URL}', auth }] });
    const response = await request(app).get(PATH);
    expect(response.body).toMatchObject({ url: '${URL}', auth });
  });
});

describe('a mask that is sent back', () => {
  test('by PUT leaves the secret as it is', async () => {
    const started = await start();
    const { body } = (await request(started.app).get(PATH)) as { body: object };
    await request(started.app)
      .put(PATH)
      .set('if-match', '*')
      .send({ ...body, name: 'Renamed' })
      .expect(200);
    expect(started.onDisk()).toEqual([{ ...TICKETS, enabled: true, conditions: [], name: 'Renamed' }]);
  });

  test('by PATCH leaves the secret as it is, beside what is changed', async () => {
    const started = await start();
    const patch = {
      headers: { 'X-Api-Key': MASK, 'X-Team': 'support' },
      auth: { password: MASK, username: 'crm' },
    };
    await request(started.app).patch(PATH).set('if-match', '*').send(patch).expect(200);
    expect(started.onDisk()).toEqual([
      {
        ...TICKETS,
        headers: { 'X-Api-Key': 'literal-key', 'X-Team': 'support' },
        auth: { ...TICKETS.auth, username: 'crm' },
      },
    ]);
  });

  test.each([
    ['put', PATH, { ...TICKETS, headers: { 'X-Other-Key': MASK } }, '/headers/X-Other-Key'],
    ['patch', PATH, { url: `https://tickets.test/?token=${MASK}` }, '/url'],
    ['post', '/api/v1/webhooks', { name: 'New', ...SHOWN }, '/url'],
  ] as const)('by %s to %s where it stands for nothing is refused', async (method, path, body, pointer) => {
    const started = await start();
    const response = await request(started.app)[method](path).set('if-match', '*').send(body);
    const { errors } = expectProblem(response, 422, 'invalid');
    expect(errors?.[0]).toMatchObject({ pointer, detail: expect.stringContaining('is masked') as string });
    expect(started.onDisk()).toEqual([TICKETS]);
  });
});

test.each(['{"secret":', '['])('authentication nested without end is refused (%s)', async (opening) => {
  const started = await start();
  const closing = opening === '[' ? ']' : '}';
  const deep = `${opening.repeat(20_000)}1${closing.repeat(20_000)}`;
  const body = `{"name":"Deep","url":"https://deep.test/","auth":{"type":"bearer","token":${deep}}}`;
  const response = await postBytes(started.app, '/api/v1/webhooks', body, {
    'content-type': 'application/json',
  });
  const { errors } = expectProblem(response, 422, 'invalid');
  expect(errors).toMatchObject([{ pointer: '/auth/token', detail: 'must be string' }]);
});

test.each(['{"secret":', '[', '{"$":'])('a body nested without end is refused (%s)', async (opening) => {
  const started = await start();
  const closing = opening === '[' ? ']' : '}';
  const deep = `${opening.repeat(20_000)}1${closing.repeat(20_000)}`;
  const body = `{"name":"Deep","url":"https://deep.test/","body":${deep}}`;
  const response = await postBytes(started.app, '/api/v1/webhooks', body, {
    'content-type': 'application/json',
  });
  const [error] = expectProblem(response, 422, 'invalid').errors ?? [];
  expect(error?.pointer).toMatch(/^\/body\//);
  expect(error?.detail).toMatch(/^nested more than 20 deep/);
});

describe('connections', () => {
  const connections = { crm: { auth: { type: 'bearer', token: 'literal-token' }, concurrency: 2 } };

  test('stay as they are written when the API writes', async () => {
    const started = await start();
    writeFileSync(started.rulesPath, JSON.stringify({ $schema: 'x', connections, webhooks: [TICKETS] }));
    await request(started.app)
      .patch(PATH)
      .set('if-match', '*')
      .send({ auth: null, connection: 'crm' })
      .expect(200);
    expect(JSON.parse(readFileSync(started.rulesPath, 'utf8'))).toMatchObject({ $schema: 'x', connections });
    expect(started.registry.webhooks.get('tickets')).toMatchObject({
      connection: { name: 'crm' },
      auth: connections.crm.auth,
    });
  });

  test('that are not there cannot be named, and the error points into the body', async () => {
    const started = await start();
    const { errors } = expectProblem(
      await request(started.app).patch(PATH).set('if-match', '*').send({ connection: 'crm' }),
      422,
      'invalid',
    );
    expect(errors).toMatchObject([{ pointer: '/connection' }]);
  });
});
