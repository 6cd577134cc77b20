import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp, type AppSettings, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/session';
const HOUR_MS = 3_600_000;
const CSRF = { 'x-hookswitch-csrf': '1' };
/** Every request of a test goes to a port of its own; the browser of a person has one. */
const HOST = { host: '127.0.0.1:8080' };
const TOKENS = [
  { name: 'editor', token: 'token-w', scopes: ['read', 'write'] },
  { name: 'viewer', token: 'token-r', scopes: ['read'] },
  { name: 'pbx', token: 'token-i', scopes: ['ingest'] },
] as const;

function start(settings: AppSettings = {}): Promise<TestApp> {
  return startApp({ access: { tokens: TOKENS }, ...settings });
}

function logIn(
  { app }: TestApp,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): request.Test {
  return request(app)
    .post(PATH)
    .set({ ...HOST, ...headers })
    .send({ token });
}

/** The cookie of an answer, as a browser sends it back. */
function cookieOf(response: Response): string {
  return setCookieOf(response).replace(/;.*/, '');
}

function setCookieOf(response: Response): string {
  return (response.headers['set-cookie'] as unknown as string[] | undefined)?.[0] ?? '';
}

async function cookieFor(app: TestApp, token: string): Promise<string> {
  return cookieOf(await logIn(app, token).expect(200));
}

describe('logging in', () => {
  test('sets a cookie that no script and no other site gets, and tells who it is', async () => {
    const nowMs = Date.parse('2026-11-21T12:00:00Z');
    const response = await logIn(await start({ clock: () => nowMs }), 'token-r');
    expect([response.status, response.body]).toEqual([
      200,
      {
        authenticated: true,
        needsToken: true,
        name: 'viewer',
        scopes: ['read'],
        expiresAt: '2026-11-22T00:00:00.000Z',
      },
    ]);
    expect(setCookieOf(response)).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(setCookieOf(response)).not.toMatch(/token-r|Secure/);
  });

  test('over TLS, also that of a proxy, sets one that is sent over TLS only', async () => {
    const response = await logIn(await start(), 'token-r', { 'x-forwarded-proto': 'https' });
    expect(setCookieOf(response)).toMatch(/; Secure/);
  });

  test('with an unknown token is 401 and sets nothing', async () => {
    const response = await logIn(await start(), 'token-x');
    expectProblem(response, 401, 'unauthorized');
    expect(setCookieOf(response)).toBe('');
  });

  test('with a token that may not look at anything is 403', async () => {
    expectProblem(await logIn(await start(), 'token-i'), 403, 'forbidden');
  });

  test.each([[{}], [{ token: '' }], [{ token: 5 }], [{ token: 'token-r', name: 'x' }]])(
    'with %j is 422',
    async (body) => {
      const { app } = await start();
      expectProblem(await request(app).post(PATH).send(body), 422, 'invalid');
    },
  );

  test('by a page of another origin is refused', async () => {
    const response = await logIn(await start(), 'token-r', { origin: 'https://evil.test' });
    expectProblem(response, 403, 'forbidden');
  });

  test('where no tokens are configured is needless, and nobody is asked', async () => {
    const started = await startApp();
    expectProblem(await logIn(started, 'token-r'), 409, 'conflict');
    const { body } = (await request(started.app).get(PATH)) as { body: object };
    expect(body).toEqual({
      authenticated: true,
      needsToken: false,
      name: null,
      scopes: ['read', 'write'],
      expiresAt: null,
    });
  });
});

describe('a session', () => {
  test('lets its browser read, and is told as what it is', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-r');
    await request(started.app)
      .get('/api/v1/webhooks')
      .set({ ...HOST, cookie })
      .expect(200);
    await request(started.app)
      .get('/metrics')
      .set({ ...HOST, cookie: `other=1; ${cookie}` })
      .expect(200);
    const { body } = (await request(started.app)
      .get(PATH)
      .set({ ...HOST, cookie })) as { body: object };
    expect(body).toMatchObject({ authenticated: true, name: 'viewer', scopes: ['read'] });
  });

  test('of a token that may not write cannot', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-r');
    const response = await request(started.app)
      .delete('/api/v1/webhooks/x')
      .set({ ...HOST, cookie, ...CSRF });
    expectProblem(response, 403, 'forbidden');
  });

  test('changes things only with the header that no form can send', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-w');
    const create = (): request.Test =>
      request(started.app)
        .post('/api/v1/webhooks')
        .set({ ...HOST, cookie })
        .send({ name: 'New', url: 'https://x.test/' });
    const { detail } = expectProblem(await create(), 403, 'forbidden');
    expect(detail).toContain('x-hookswitch-csrf');
    expect(started.onDisk()).toEqual([]);
    await create().set(CSRF).expect(201);
  });

  test('ends after twelve hours', async () => {
    let nowMs = 1_000;
    const started = await start({ clock: () => nowMs });
    const cookie = await cookieFor(started, 'token-r');
    nowMs += 12 * HOUR_MS - 1;
    await request(started.app)
      .get('/api/v1/webhooks')
      .set({ ...HOST, cookie })
      .expect(200);
    nowMs += 1;
    expectProblem(
      await request(started.app)
        .get('/api/v1/webhooks')
        .set({ ...HOST, cookie }),
      401,
      'unauthorized',
    );
    const { body } = (await request(started.app)
      .get(PATH)
      .set({ ...HOST, cookie })) as { body: object };
    expect(body).toEqual({
      authenticated: false,
      needsToken: true,
      name: null,
      scopes: [],
      expiresAt: null,
    });
  });

  test('ends with its token, and is good at every node that has the token', async () => {
    const cookie = await cookieFor(await start(), 'token-r');
    const other = await start();
    await request(other.app)
      .get('/api/v1/webhooks')
      .set({ ...HOST, cookie })
      .expect(200);
    const without = await start({ access: { tokens: TOKENS.slice(0, 1) } });
    const response = await request(without.app)
      .get('/api/v1/webhooks')
      .set({ ...HOST, cookie });
    expectProblem(response, 401, 'unauthorized');
  });

  test.each(['127.0.0.1:8081', '127.0.0.1'])('is not sent for by another router at %s', async (host) => {
    const [one, other] = [await start(), await start()];
    const mine = await cookieFor(one, 'token-r');
    const theirs = cookieOf(await logIn(other, 'token-w', { host }).expect(200));
    // A browser sends both to both.
    const cookie = `${theirs}; ${mine}`;
    const shown = await request(one.app)
      .get(PATH)
      .set({ ...HOST, cookie });
    const shownThere = await request(other.app).get(PATH).set({ host, cookie });
    expect([shown.body, shownThere.body]).toMatchObject([{ name: 'viewer' }, { name: 'editor' }]);
  });

  test('that somebody has changed is none', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-r');
    for (const forged of [
      cookie.replace(/=\d/, '=9'),
      cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      'hookswitch_session_8080=',
      'hookswitch_session_8080=9999999999999.',
    ]) {
      const response = await request(started.app)
        .get('/api/v1/webhooks')
        .set({ ...HOST, cookie: forged });
      expectProblem(response, 401, 'unauthorized');
    }
  });

  test('does not stand in for a token that is wrong', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-r');
    const headers = { ...HOST, cookie, authorization: 'Bearer token-x' };
    expectProblem(await request(started.app).get('/api/v1/webhooks').set(headers), 401, 'unauthorized');
  });

  test('is taken back by logging out', async () => {
    const started = await start();
    const cookie = await cookieFor(started, 'token-r');
    expectProblem(
      await request(started.app)
        .delete(PATH)
        .set({ ...HOST, cookie }),
      403,
      'forbidden',
    );
    const response = await request(started.app)
      .delete(PATH)
      .set({ ...HOST, cookie, ...CSRF });
    expect(response.status).toBe(204);
    expect(setCookieOf(response)).toMatch(/^hookswitch_session_8080=; .*Expires=Thu, 01 Jan 1970/);
  });
});

describe('too many wrong tokens', () => {
  test('are 429 with the time to wait, by login and by token; the right token and sessions go on', async () => {
    let nowMs = 0;
    const started = await start({ clock: () => nowMs });
    const cookie = await cookieFor(started, 'token-r');
    const read = (authorization: string): request.Test =>
      request(started.app).get('/api/v1/webhooks').set({ authorization });
    for (let number = 0; number < 5; number += 1) {
      expectProblem(await logIn(started, `guess-${number}`), 401, 'unauthorized');
      expectProblem(await read(`Bearer other-guess-${number}`), 401, 'unauthorized');
    }
    nowMs += 90_000;
    for (const response of [await logIn(started, 'guess'), await read('Bearer guess')]) {
      const { detail } = expectProblem(response, 429, 'too-many-requests');
      expect(detail).toContain('in 9 minutes');
      expect(response.headers['retry-after']).toBe('510');
    }
    await read('Bearer token-r').expect(200);
    await logIn(started, 'token-w').expect(200);
    await postBytes(started.app, '/api/v1/cdrs', '{"from":"1"}', { authorization: 'Bearer token-i' }).expect(
      202,
    );
    await request(started.app)
      .get('/api/v1/webhooks')
      .set({ ...HOST, cookie })
      .expect(200);
    nowMs += 510_000;
    expectProblem(await read('Bearer guess'), 401, 'unauthorized');
  });
});
