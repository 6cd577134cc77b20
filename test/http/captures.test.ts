import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { contentOfMessage } from '../../src/intake/capture/captured-request.ts';
import { expectProblem, postBytes, startApp, type TestApp } from '../support/app.ts';

interface Listed {
  readonly id: string;
  readonly statusCode: number;
  readonly receivedAt: string;
  readonly bytes: number;
}

async function listed({ app }: TestApp, source: string): Promise<Listed[]> {
  const response = await request(app).get(`/api/v1/sources/${source}/captures`);
  return (response.body as { data: Listed[] }).data;
}

/** An answer is there before its request is captured. */
async function captured(started: TestApp, source: string, count: number): Promise<Listed[]> {
  await vi.waitUntil(async () => (await listed(started, source)).length === count);
  return listed(started, source);
}

async function messageOf({ app }: TestApp, source: string, id: string): Promise<Buffer> {
  const response = await request(app)
    .get(`/api/v1/sources/${source}/captures/${id}`)
    .buffer(true)
    .parse((stream, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        done(null, Buffer.concat(parts));
      });
    });
  expect(response.headers['content-type']).toBe('message/http');
  return response.body as Buffer;
}

describe('a source that captures', () => {
  test('keeps requests as they came, also those that could not be read', async () => {
    const started = await startApp({ sources: { acme: { capture: 5 } } });
    expect((await postBytes(started.app, '/cdr/acme', '{"uid":"a1"}')).status).toBe(200);
    await captured(started, 'acme', 1);
    const odd = Buffer.from([0x7c, 0xe9, 0x00, 0x0a, 0x0d]);
    expect((await postBytes(started.app, '/cdr/acme?site=hq', odd, { 'x-site': 'hq' })).status).toBe(400);
    const [newest, oldest] = await captured(started, 'acme', 2);
    expect([newest?.statusCode, oldest?.statusCode]).toEqual([400, 200]);
    expect(Math.abs(Date.parse(newest?.receivedAt ?? '') - Date.now())).toBeLessThan(60_000);
    const message = await messageOf(started, 'acme', newest?.id ?? '');
    expect(message.length).toBe(newest?.bytes);
    expect(message.toString('latin1')).toMatch(
      /^POST \/cdr\/acme\?site=hq HTTP\/1\.1\r\n(?:.+\r\n)*x-site: hq\r\n/,
    );
    expect(contentOfMessage(message)).toEqual({ body: odd, query: 'site=hq' });
  });

  test('keeps a record that came as a query', async () => {
    const started = await startApp({ sources: { acme: { capture: 5 } } });
    await request(started.app).get('/cdr/acme?uid=a1&from=%2B15550100');
    const [one] = await captured(started, 'acme', 1);
    const message = await messageOf(started, 'acme', one?.id ?? '');
    expect(contentOfMessage(message)).toEqual({ body: Buffer.alloc(0), query: 'uid=a1&from=%2B15550100' });
  });

  test('keeps none of what its credentials do not let in', async () => {
    const credentials = { bearer: 'hunter2' };
    const started = await startApp({ sources: { acme: { capture: 5, credentials } } });
    expect((await postBytes(started.app, '/cdr/acme', '{"a":1}')).status).toBe(401);
    const headers = { authorization: 'Bearer hunter2' };
    expect((await postBytes(started.app, '/cdr/acme', '{"a":2}', headers)).status).toBe(200);
    const [one] = await captured(started, 'acme', 1);
    const message = (await messageOf(started, 'acme', one?.id ?? '')).toString();
    expect(message).toContain('{"a":2}');
    expect(message).not.toContain('hunter2');
  });
});

test('what is handed to the API is captured like what a phone system sends, without its token', async () => {
  const tokens = [{ name: 'crm', token: 'hunter2hunter2', scopes: ['ingest', 'read'] as const }];
  const started = await startApp({ access: { tokens }, sources: { acme: { capture: 5 } } });
  const headers = { authorization: 'Bearer hunter2hunter2', 'content-type': 'application/json' };
  expect((await postBytes(started.app, '/api/v1/cdrs?source=acme', '{"a":1}', headers)).status).toBe(202);
  await vi.waitUntil(async () => (await started.captures.list('acme')).length === 1);
  const [one] = await started.captures.list('acme');
  const message = (await started.captures.message('acme', one?.id ?? ''))?.toString() ?? '';
  expect(message).toMatch(/^POST \/api\/v1\/cdrs\?source=acme HTTP\/1\.1\r\n/);
  expect(message).toMatch(/\r\n\r\n\{"a":1\}$/);
  expect(message).not.toContain('hunter2');
});

test('what fails its verification is kept: a profile may have to say how it is signed', async () => {
  const started = await startApp({ sources: { acme: { capture: 5, verifier: () => 'a wrong signature' } } });
  await postBytes(started.app, '/cdr/acme', '{"a":1}');
  expect(await captured(started, 'acme', 1)).toMatchObject([{ statusCode: 401 }]);
});

test('a source that does not capture keeps nothing', async () => {
  const started = await startApp({ sources: { acme: {} } });
  await postBytes(started.app, '/cdr/acme', '{"a":1}');
  await started.captures.settled();
  expect(await listed(started, 'acme')).toEqual([]);
});

test('sources and captures that are not there are 404', async () => {
  const { app } = await startApp({ sources: { acme: { capture: 1 } } });
  expectProblem(await request(app).get('/api/v1/sources/acmee/captures'), 404, 'not-found');
  for (const id of ['cap_01KAMZ8Y0C5E5J4Q4R3V9X7T2B', '..%2F..%2Frules.json', '__proto__']) {
    expectProblem(await request(app).get(`/api/v1/sources/acme/captures/${id}`), 404, 'not-found');
  }
});
