import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp } from '../../support/app.ts';

const PATH = '/api/v1/cdrs';
const JSON_TYPE = { 'content-type': 'application/json' };
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in' };

describe('CDRs handed to the API', () => {
  test.each([
    ['one', '{"n":1}', 'application/json', 1],
    ['a list', '[{"n":1},{"n":2}]', 'application/json; charset=utf-8', 2],
    ['a line each', '{"n":1}\n{"n":2}\n{"n":3}\n', 'application/x-ndjson', 3],
  ])('as %s are stored, matched and answered with their ids', async (_what, body, type, count) => {
    const started = await startApp({ webhooks: [TICKETS] });
    const response = await postBytes(started.app, PATH, body, { 'content-type': type });
    expect(response.status).toBe(202);
    const { accepted, ids } = response.body as { accepted: number; ids: string[] };
    expect([accepted, ids.length]).toEqual([count, count]);
    for (const id of ids) expect(await started.store.cdr(id)).toMatchObject({ source: 'default', hits: 1 });
  });

  test('may be given to a source, whose vendor reads them', async () => {
    const { app, store } = await startApp();
    const response = await postBytes(app, `${PATH}?source=cisco`, '{"n":1}', JSON_TYPE).expect(202);
    const [id = ''] = (response.body as { ids: string[] }).ids;
    expect(await store.cdr(id)).toMatchObject({ source: 'cisco', vendor: 'cisco' });
  });

  test.each([
    ['?source=nobody', '{}', 'application/json', 400, 'bad-request'],
    ['?sorce=default', '{}', 'application/json', 400, 'bad-request'],
    ['', '', 'application/json', 400, 'unreadable-body'],
    ['', '{"n":', 'application/json', 400, 'unreadable-body'],
    ['', 'n=1', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
  ] as const)('%s with %j as %s are refused', async (query, body, type, status, code) => {
    const { app, store } = await startApp();
    const response = await postBytes(app, `${PATH}${query}`, body, { 'content-type': type });
    expectProblem(response, status, code);
    expect(await store.cdrs({ limit: 1 })).toEqual([]);
  });
});

describe('a token that may only ingest', () => {
  const tokens = [{ name: 'pbx', token: 'token-i', scopes: ['ingest'] as const }];
  const headers = { authorization: 'Bearer token-i' };

  test('hands CDRs in', async () => {
    const { app } = await startApp({ access: { tokens } });
    await postBytes(app, PATH, '{"n":1}', headers).expect(202);
  });

  test.each([
    ['get', '/api/v1/cdrs', 'read'],
    ['get', '/metrics', 'read'],
    ['post', '/api/v1/runs:plan', 'read'],
    ['post', '/api/v1/webhooks', 'write'],
    ['post', '/api/v1/cdrs/cdr_1/replay', 'write'],
    ['delete', '/api/v1/webhooks/x', 'write'],
  ] as const)('can not %s %s', async (method, path, scope) => {
    const { app } = await startApp({ access: { tokens } });
    const { detail } = expectProblem(await request(app)[method](path).set(headers), 403, 'forbidden');
    expect(detail).toBe(`the token "pbx" may not ${scope}`);
  });
});

test('a token that may only read cannot hand CDRs in, and one that may write can', async () => {
  const tokens = [
    { name: 'viewer', token: 'token-r', scopes: ['read'] as const },
    { name: 'editor', token: 'token-w', scopes: ['write'] as const },
  ];
  const { app } = await startApp({ access: { tokens } });
  const handIn = (token: string): request.Test =>
    postBytes(app, PATH, '{"n":1}', { authorization: `Bearer ${token}` });
  expectProblem(await handIn('token-r'), 403, 'forbidden');
  await handIn('token-w').expect(202);
});
