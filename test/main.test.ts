import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { get as getByTls } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Router } from '../src/main.ts';
import { SELF_SIGNED } from './relay/self-signed.ts';
import { ANY_PORT, configIn, makeFolder, startTestRouter as start, writeRules } from './support/app.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Starts a target that answers 200 to everything, as soon as it is let. */
async function startTarget(
  mayAnswer: Promise<unknown> = Promise.resolve(),
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      received.push({ headers: request.headers, body });
      await mayAnswer;
      response.end('thank you');
    });
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

function send(router: Router, cdr: string): Promise<Response> {
  return fetch(`${router.url}/cdr`, { method: 'POST', body: cdr });
}

async function show(url: string, path: string): Promise<unknown> {
  return (await fetch(`${url}${path}`)).json();
}

describe('a router', () => {
  test('takes a CDR in and delivers it', async () => {
    const folder = makeFolder();
    const target = await startTarget();
    const headers = { authorization: 'Bearer ${TOKEN}' };
    writeRules(folder, [{ id: 'tickets', name: 'Tickets', url: target.url, headers, meta: { queue: 1 } }]);
    const router = await start(configIn(folder), { TOKEN: 'hunter2' });
    const response = await send(router, '{"id":12345678901234567890}');
    expect(await response.json()).toMatchObject({ accepted: 1 });
    await vi.waitUntil(() => target.received.length === 1);
    expect(target.received).toMatchObject([
      {
        headers: { authorization: 'Bearer hunter2', 'content-type': 'application/json' },
        body: '{"name":"Tickets","meta":{"queue":1},"cdr":{"id":12345678901234567890}}',
      },
    ]);
    await vi.waitUntil(async () => {
      const { stats } = (await show(router.adminUrl, '/api/v1/webhooks/tickets')) as {
        stats: { delivered: number };
      };
      return stats.delivered === 1;
    });
  });

  test('fails a CDR at once that lacks what a template wants, and delivers the next', async () => {
    const folder = makeFolder();
    const target = await startTarget();
    writeRules(folder, [
      {
        id: 'tickets',
        name: 'Tickets',
        url: target.url,
        body: { from: '{{cdr.caller}}', to: ['{{source}}'] },
      },
    ]);
    const router = await start(configIn(folder));
    await send(router, '{"called":"1000"}');
    await send(router, '{"caller":"1001"}');
    await vi.waitUntil(async () => {
      const { stats } = (await show(router.adminUrl, '/api/v1/webhooks/tickets')) as {
        stats: { delivered: number; failed: number };
      };
      return stats.delivered === 1 && stats.failed === 1;
    });
    expect(target.received.map(({ body }) => body)).toEqual(['{"from":"1001","to":["default"]}']);
  });

  test('takes no new webhook to where nothing is sent', async () => {
    const folder = makeFolder();
    writeRules(folder, []);
    const router = await start(configIn(folder));
    const response = await fetch(`${router.adminUrl}/api/v1/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Tickets', url: 'http://169.254.169.254/latest' }),
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '/url' }] });
  });

  test('takes secrets from their file, and others when it changes', async () => {
    const folder = makeFolder();
    const target = await startTarget();
    const secretsPath = join(folder, 'secrets.env');
    writeFileSync(secretsPath, 'TOKEN=first\n');
    const auth = { type: 'bearer', token: '${TOKEN}' } as const;
    writeRules(folder, [{ id: 'tickets', name: 'Tickets', url: target.url, auth }]);
    const router = await start(configIn(folder, { secretsPath }));
    const sentFor = async (cdr: string): Promise<string | undefined> => {
      const before = target.received.length;
      await send(router, cdr);
      await vi.waitUntil(() => target.received.length > before);
      return target.received.at(-1)?.headers.authorization;
    };
    expect(await sentFor('{"a":0}')).toBe('Bearer first');
    writeFileSync(secretsPath, 'TOKEN=second-one\n');
    let number = 0;
    await vi.waitUntil(async () => (await sentFor(`{"a":${(number += 1)}}`)) === 'Bearer second-one', {
      timeout: 5_000,
    });
  });

  test('starts without rules, without a rules file and without a data directory', async () => {
    const router = await start(configIn(makeFolder()));
    expect((await send(router, '{"a":1}')).status).toBe(200);
    expect(await show(router.url, '/readyz')).toEqual({ status: 'ready' });
  });

  test('that is stopped takes nothing more, and can be started again with what it knew', async () => {
    const config = configIn(makeFolder());
    const first = await start(config);
    const { ids } = (await (await send(first, '{"a":1}')).json()) as { ids: string[] };
    await first.stop();
    await expect(send(first, '{"a":2}')).rejects.toThrow();
    const second = await start(config);
    expect(await show(second.url, `/api/v1/cdrs/${ids[0] ?? ''}`)).toMatchObject({ cdr: { a: 1 } });
  });

  test('that is stopped while legs wait releases their call after the next start, once', async () => {
    const folder = makeFolder();
    const target = await startTarget();
    writeRules(folder, [{ id: 'crm', name: 'CRM', url: target.url }]);
    const grouping = { by: 'call', waitMs: 100, maxLegs: 10 };
    const sources = new Map([['default', { name: 'default', grouping }]]);
    const config = configIn(folder, { sources });
    const first = await start(config);
    expect((await send(first, '[{"call":1,"leg":"a"},{"call":1,"leg":"b"}]')).status).toBe(200);
    await first.stop();
    await start(config);
    await vi.waitUntil(() => target.received.length > 0, { timeout: 5_000 });
    expect(target.received.map(({ body }) => body)).toEqual([
      '{"name":"CRM","meta":{},"cdr":{"legs":[{"call":1,"leg":"a"},{"call":1,"leg":"b"}]}}',
    ]);
  });

  test('waits for a delivery under way when it is stopped', async () => {
    const folder = makeFolder();
    const mayAnswer = Promise.withResolvers<undefined>();
    const target = await startTarget(mayAnswer.promise);
    writeRules(folder, [{ id: 'slow', name: 'Slow', url: target.url }]);
    const config = configIn(folder, { shutdownGraceMs: 20_000 });
    const first = await start(config);
    await send(first, '{"a":1}');
    await vi.waitUntil(() => target.received.length === 1);
    const stopped = first.stop();
    mayAnswer.resolve(undefined);
    await stopped;
    const second = await start(config);
    expect(await show(second.url, '/api/v1/deliveries')).toMatchObject({
      data: [{ state: 'delivered', attemptCount: 1 }],
    });
  });

  test('sends after the next start what it could not send before it was stopped', async () => {
    const folder = makeFolder();
    const never = new Promise(() => undefined);
    const target = await startTarget(never);
    writeRules(folder, [{ id: 'slow', name: 'Slow', url: target.url }]);
    const config = configIn(folder, { shutdownGraceMs: 50 });
    const first = await start(config);
    await send(first, '{"a":1}');
    await vi.waitUntil(() => target.received.length === 1);
    await first.stop();
    await start(config);
    await vi.waitUntil(() => target.received.length === 2, { timeout: 5_000 });
    const [before, after] = target.received;
    expect(after?.body).toBe(before?.body);
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
  });
});

describe('an administration address of its own', () => {
  test('has the API and no intake, and the other has intake and no API', async () => {
    const router = await start(configIn(makeFolder(), { adminListen: ANY_PORT }));
    expect(router.adminUrl).not.toBe(router.url);
    const statusOf = async (url: string, path: string): Promise<number> =>
      (await fetch(`${url}${path}`)).status;
    for (const path of ['/api/v1/webhooks', '/metrics']) {
      expect([await statusOf(router.url, path), await statusOf(router.adminUrl, path)]).toEqual([404, 200]);
    }
    expect([await statusOf(router.url, '/cdr?a=1'), await statusOf(router.adminUrl, '/cdr?a=1')]).toEqual([
      200, 404,
    ]);
    for (const path of ['/healthz', '/readyz']) {
      expect([await statusOf(router.url, path), await statusOf(router.adminUrl, path)]).toEqual([200, 200]);
    }
  });

  test('stops with the router', async () => {
    const router = await start(configIn(makeFolder(), { adminListen: ANY_PORT }));
    await router.stop();
    await expect(fetch(`${router.adminUrl}/healthz`)).rejects.toThrow();
  });
});

test('a router with a certificate speaks HTTPS', async () => {
  const folder = makeFolder();
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  writeFileSync(tls.certFile, SELF_SIGNED.cert);
  writeFileSync(tls.keyFile, SELF_SIGNED.key);
  const router = await start(configIn(folder, { listen: { ...ANY_PORT, tls } }));
  expect(router.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const shown = await new Promise((resolve, reject) => {
    getByTls(`${router.url}/healthz`, { ca: SELF_SIGNED.cert }, (response) => {
      resolve(json(response));
    }).once('error', reject);
  });
  expect(shown).toEqual({ status: 'ok' });
});

describe('a start that fails', () => {
  async function takenAddress(): Promise<{ host: string; port: number }> {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  test.each(['listen', 'adminListen'] as const)(
    'because the address of %s is taken says which, and lets go of everything',
    async (member) => {
      const folder = makeFolder();
      const taken = await takenAddress();
      const starting = start(configIn(folder, { [member]: taken }));
      await expect(starting).rejects.toThrow(new RegExp(`EADDRINUSE.*:${taken.port}`));
      const router = await start(configIn(folder));
      expect((await send(router, '{"a":1}')).status).toBe(200);
    },
  );

  test('because the rules have an error names it, and lets go of everything', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'rules.json'), '{"webhooks":[{"name":"x"}]}');
    await expect(start(configIn(folder))).rejects.toThrow(/"url" is missing/);
    writeRules(folder);
    await start(configIn(folder));
  });

  test('because its secrets file cannot be read names it, and lets go of everything', async () => {
    const folder = makeFolder();
    const starting = start(configIn(folder, { secretsPath: join(folder, 'gone.env') }));
    await expect(starting).rejects.toThrow(/gone\.env cannot be read: ENOENT/);
    await start(configIn(folder));
  });

  test('because another router has the data directory says so, and leaves that one alone', async () => {
    const config = configIn(makeFolder());
    const router = await start(config);
    await expect(start(config)).rejects.toThrow(config.dataDirectory);
    expect((await send(router, '{"a":1}')).status).toBe(200);
  });

  test('because a certificate cannot be read names the file, and lets go of everything', async () => {
    const folder = makeFolder();
    const tls = { certFile: join(folder, 'none.pem'), keyFile: join(folder, 'none.key') };
    await expect(start(configIn(folder, { listen: { ...ANY_PORT, tls } }))).rejects.toThrow(tls.certFile);
    await start(configIn(folder));
  });
});
