import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../support/app.ts';

/** Everything that only an administrator may see. */
const GUARDED = [
  '/api/v1/webhooks',
  '/api/v1/webhooks/tickets',
  '/api/v1/cdrs',
  '/api/v1/cdrs/cdr_1',
  '/api/v1/deliveries',
  '/api/v1/deliveries/dlv_1',
  '/api/v1/stats',
  '/api/v1/rules',
  '/api/v1/rules/status',
  '/api/v1/fields',
  '/api/v1/overview',
  '/api/v1/sources',
  '/api/v1/vendors',
  '/api/v1/recipes',
  '/api/v1/events',
  '/api/v1/no-such-thing',
  '/API/V1/Webhooks',
  '/metrics',
  '/metrics/',
];

const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in' };

describe('without tokens', () => {
  test.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:65535',
    '[::1]',
    '[::1]:8080',
  ])('this machine may, addressed as %s', async (host) => {
    const { app } = await startApp();
    await request(app).get('/api/v1/webhooks').set('host', host).expect(200);
  });

  test.each([
    'pbx.example.com',
    'evil.test:8080',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    'localhost@evil.test',
    '10.0.0.5',
    '',
  ])('nobody may who was told the address is "%s": a foreign page could point a name here', async (host) => {
    const { app } = await startApp();
    for (const path of GUARDED) {
      expectProblem(await request(app).get(path).set('host', host), 403, 'forbidden');
    }
  });

  test('other names may be allowed, with any port', async () => {
    const { app } = await startApp({ access: { allowedHosts: ['router.lan'] } });
    for (const host of ['router.lan', 'router.lan:8080', 'Router.LAN']) {
      await request(app).get('/api/v1/webhooks').set('host', host).expect(200);
    }
    expectProblem(await request(app).get('/api/v1/webhooks').set('host', 'x.lan'), 403, 'forbidden');
  });

  test('a name that is allowed in capitals is allowed: names of hosts have no case', async () => {
    const { app } = await startApp({ access: { allowedHosts: ['PBX.lan'] } });
    await request(app).get('/api/v1/webhooks').set('host', 'pbx.lan').expect(200);
  });
});

describe('a page of another origin', () => {
  test.each([
    'https://evil.test',
    'http://localhost:9999',
    'http://127.0.0.1:8080',
    'null',
    '',
    'localhost:8080',
    'file://',
  ])('%s is refused, with and without a token', async (origin) => {
    const tokens = [{ name: 'admin', token: 'secret', scopes: ['write'] as const }];
    for (const access of [{}, { tokens }]) {
      const { app, onDisk } = await startApp({ webhooks: [TICKETS], access });
      const response = await request(app)
        .delete('/api/v1/webhooks/tickets')
        .set({ host: 'localhost:8080', origin, authorization: 'Bearer secret' });
      expectProblem(response, 403, 'forbidden');
      expect(onDisk()).toEqual([TICKETS]);
    }
  });

  test('its own page is not another', async () => {
    const { app } = await startApp();
    const headers = { host: 'localhost:8080', origin: 'http://localhost:8080' };
    await request(app).get('/api/v1/webhooks').set(headers).expect(200);
  });
});

describe('with tokens', () => {
  const tokens = [
    { name: 'monitor', token: 'token-r', scopes: ['read'] as const },
    { name: 'editor', token: 'token-w', scopes: ['write'] as const },
    { name: 'both', token: 'token-rw', scopes: ['read', 'write'] as const },
  ];

  function start(): Promise<TestApp> {
    return startApp({ webhooks: [TICKETS], access: { tokens } });
  }

  test.each([
    ['nothing', undefined],
    ['an unknown token', 'Bearer token-x'],
    ['a part of one', 'Bearer token-'],
    ['one and more', 'Bearer token-r x'],
    ['one in other case', 'Bearer TOKEN-R'],
    ['an empty one', 'Bearer '],
    ['another scheme', `Basic ${Buffer.from('token-r:').toString('base64')}`],
  ])('%s is 401 with a challenge everywhere, even from this machine', async (_what, authorization) => {
    const { app } = await start();
    for (const path of GUARDED) {
      const asking = request(app).get(path);
      const response = await (authorization === undefined ? asking : asking.set({ authorization }));
      expectProblem(response, 401, 'unauthorized');
      expect(response.headers['www-authenticate']).toBe('Bearer realm="hookswitch"');
      expect(response.text).not.toMatch(/token-/);
    }
  });

  test.each(['token-r', 'token-w', 'token-rw'])('%s may read, whatever host name was used', async (token) => {
    const { app } = await start();
    for (const path of ['/api/v1/webhooks', '/api/v1/stats', '/metrics']) {
      const headers = { host: 'router.example.com', authorization: `bearer ${token}` };
      await request(app).get(path).set(headers).expect(200);
    }
  });

  test('one that may only read cannot change anything', async () => {
    const { app, onDisk } = await start();
    const changes = [
      request(app).post('/api/v1/webhooks').send({ name: 'New', url: 'https://new.test/' }),
      request(app)
        .put('/api/v1/webhooks/tickets')
        .send({ ...TICKETS, name: 'New' }),
      request(app).patch('/api/v1/webhooks/tickets').send({ name: 'New' }),
      request(app).delete('/api/v1/webhooks/tickets'),
      request(app).post('/api/v1/webhooks/tickets/disable'),
      request(app).post('/api/v1/webhooks/tickets/enable'),
    ];
    for (const change of changes) {
      const response = await change.set('authorization', 'Bearer token-r');
      expect(expectProblem(response, 403, 'forbidden').detail).toBe('the token "monitor" may not write');
    }
    expect(onDisk()).toEqual([TICKETS]);
  });

  test.each(['token-w', 'token-rw'])('%s may write', async (token) => {
    const { app, onDisk } = await start();
    const headers = { authorization: `Bearer ${token}`, 'if-match': '*' };
    await request(app).delete('/api/v1/webhooks/tickets').set(headers).expect(204);
    expect(onDisk()).toEqual([]);
  });
});

test.each(['/healthz', '/readyz'])('%s is open to everybody', async (path) => {
  const tokens = [{ name: 'admin', token: 'secret', scopes: ['read'] as const }];
  for (const access of [{}, { tokens }]) {
    const { app } = await startApp({ access });
    await request(app).get(path).set({ host: 'balancer.example.com', origin: 'https://x.test' }).expect(200);
  }
});
