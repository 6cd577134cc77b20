import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp, type TestApp } from '../support/app.ts';

const basicOf = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

function start(): Promise<TestApp> {
  return startApp({
    sources: {
      open: {},
      pbx: { vendor: 'vodia', credentials: { basic: { username: 'pbx', password: 'p:ß 1' } } },
      cloud: { credentials: { bearer: 'token-1' } },
    },
  });
}

describe('a source with a name and password', () => {
  const right = basicOf('pbx', 'p:ß 1');

  test.each(['Basic', 'basic', 'BASIC', 'bAsIc'])(
    'takes the right ones, the scheme written %s',
    async (scheme) => {
      const { app } = await start();
      await postBytes(app, '/cdr/pbx', '{"n":1}', { authorization: `${scheme} ${right}` }).expect(200);
    },
  );

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Basic'],
    ['another password', `Basic ${basicOf('pbx', 'p:ß 2')}`],
    ['another name', `Basic ${basicOf('PBX', 'p:ß 1')}`],
    ['a part of it', `Basic ${right.slice(0, -1)}`],
    ['more than it', `Basic ${right}A`],
    ['it as a bearer token', `Bearer ${right}`],
    ['it without a scheme', right],
  ])('refuses %s with 401 and a challenge, and stores nothing', async (_what, authorization) => {
    const { app, store } = await start();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await postBytes(app, '/cdr/pbx', '{"n":1}', headers);
    expectProblem(response, 401, 'unauthorized');
    expect(response.headers['www-authenticate']).toBe('Basic realm="hookswitch pbx"');
    expect(response.text).not.toContain(right);
    expect(await store.cdrs({ limit: 1 })).toEqual([]);
  });
});

describe('a source with a token', () => {
  test.each(['Bearer', 'bearer', 'BEARER'])('takes the right one, the scheme written %s', async (scheme) => {
    const { app } = await start();
    await postBytes(app, '/cdr/cloud', '{"n":1}', { authorization: `${scheme} token-1` }).expect(200);
  });

  test.each(['Bearer token-2', 'Bearer token-1x', 'Bearer TOKEN-1', 'Basic token-1', 'token-1', 'Bearer'])(
    'refuses %s with 401 and a challenge',
    async (authorization) => {
      const { app } = await start();
      const response = await postBytes(app, '/cdr/cloud', '{"n":1}', { authorization });
      expectProblem(response, 401, 'unauthorized');
      expect(response.headers['www-authenticate']).toBe('Bearer realm="hookswitch cloud"');
    },
  );

  test('asks a GET for it too', async () => {
    const { app } = await start();
    expectProblem(await request(app).get('/cdr/cloud?n=1'), 401, 'unauthorized');
    await request(app).get('/cdr/cloud?n=1').set('authorization', 'Bearer token-1').expect(200);
  });
});

test('credentials of one source do not open another', async () => {
  const { app } = await start();
  const authorization = 'Bearer token-1';
  expectProblem(await postBytes(app, '/cdr/pbx', '{"n":1}', { authorization }), 401, 'unauthorized');
});

test('a source without credentials takes whatever is shown', async () => {
  const { app } = await start();
  await postBytes(app, '/cdr/open', '{"n":1}').expect(200);
  await postBytes(app, '/cdr/open', '{"n":2}', { authorization: 'Bearer whatever' }).expect(200);
});

test('who may not send is told so before the body is looked at', async () => {
  const { app } = await start();
  expectProblem(await postBytes(app, '/cdr/cloud', 'not a CDR'), 401, 'unauthorized');
});
