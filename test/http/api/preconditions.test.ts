import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/webhooks';
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in' };

function start(): Promise<TestApp> {
  return startApp({ webhooks: [TICKETS] });
}

describe('without If-Match', () => {
  test.each([
    ['put', { ...TICKETS, name: 'New' }],
    ['patch', { name: 'New' }],
    ['delete', undefined],
  ] as const)('%s is 428 and changes nothing', async (method, body) => {
    const started = await start();
    const changing = request(started.app)[method](`${PATH}/tickets`);
    const response = await (body === undefined ? changing : changing.send(body));
    const { detail } = expectProblem(response, 428, 'precondition-required');
    expect(detail).toContain('If-Match');
    expect(started.onDisk()).toEqual([TICKETS]);
  });
});

describe('If-None-Match', () => {
  test('of the version there is gets 304 and no body, and of another the webhook', async () => {
    const { app } = await start();
    const path = `${PATH}/tickets`;
    const etag = String((await request(app).get(path)).headers['etag']);
    const same = await request(app).get(path).set('if-none-match', etag);
    expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', etag]);
    await request(app).get(path).set('if-none-match', '"other"').expect(200);
  });
});

test('nothing on the way may keep an answer', async () => {
  const { app } = await start();
  expect((await request(app).get(PATH)).headers['cache-control']).toBe('no-store');
});

describe('a page', () => {
  test('that is not the last has a link to the next with the same filters', async () => {
    const { app, store } = await start();
    await store.accept(Array.from({ length: 3 }, () => newCdr([])));
    const first = await request(app).get('/api/v1/cdrs?limit=2&matched=false').expect(200);
    const link = /^<(?<path>[^>]+)>; rel="next"$/.exec(String(first.headers['link']))?.groups?.['path'] ?? '';
    expect(link).toMatch(/^\/api\/v1\/cdrs\?limit=2&matched=false&cursor=cdr_/);
    const second = await request(app).get(link).expect(200);
    expect((second.body as { data: unknown[] }).data).toHaveLength(1);
    expect(second.headers).not.toHaveProperty('link');
  });
});

describe('a body that is called', () => {
  test.each(['application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', 'application/jsonx'])(
    '%s is 415',
    async (type) => {
      const started = await start();
      const response = await postBytes(started.app, PATH, '{"name":"New","url":"https://x.test/"}', {
        'content-type': type,
      });
      expect(expectProblem(response, 415, 'unsupported-media-type').detail).toContain('application/json');
      expect(started.onDisk()).toEqual([TICKETS]);
    },
  );

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.x+json'])(
    '%s is taken',
    async (type) => {
      const { app } = await start();
      const body = '{"name":"New","url":"https://x.test/"}';
      await postBytes(app, PATH, body, { 'content-type': type }).expect(201);
    },
  );
});

test('a body that is no JSON is told with its line', async () => {
  const { app } = await start();
  const response = await postBytes(app, PATH, '{\n  "name": "New",\n  url\n}');
  const { errors } = expectProblem(response, 400, 'unreadable-body');
  expect(errors).toMatchObject([{ pointer: '', line: 3 }]);
});

test.each(['/healthz', '/readyz', '/metrics', '/api/v1/session', '/api/v1/cdrs'])(
  '%s answers other methods with 405',
  async (path) => {
    const { app } = await start();
    const response = await request(app).put(path);
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers['allow']).toContain('GET');
  },
);
