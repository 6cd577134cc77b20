import { request as startRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen, urlOf } from '../../src/http/server.ts';
import { batchOf } from '../intake/intake-harness.ts';
import { ANY_PORT, expectProblem, postBytes, startApp } from '../support/app.ts';

describe('a request with many CDRs', () => {
  test('beyond the limit is 413 and says what to do', async () => {
    const { app } = await startApp({ limits: { maxCdrsPerRequest: 3 } });
    const refused = await postBytes(app, '/cdr/generic', batchOf(4));
    expect(expectProblem(refused, 413, 'too-large').detail).toMatch(/more than 3 CDRs .*split it.*folder/);
    await postBytes(app, '/cdr/generic', batchOf(3)).expect(200);
  });

  test.each([
    ['/cdr/generic', 200, 'application/octet-stream'],
    ['/api/v1/cdrs', 202, 'application/json'],
  ])('is told their number alone beyond a thousand, by %s', async (path, status, type) => {
    const { app } = await startApp();
    const many = await postBytes(app, path, batchOf(1_001), { 'content-type': type });
    expect(many.status).toBe(status);
    expect(many.body).toEqual({ accepted: 1_001 });
    const fewer = await postBytes(app, path, batchOf(1_000), { 'content-type': type });
    expect((fewer.body as { ids: string[] }).ids).toHaveLength(1_000);
  });
});

test('a CDR that is too long is 413', async () => {
  const { app } = await startApp({ limits: { maxCdrBytes: 2_000 } });
  const refused = await postBytes(app, '/cdr/generic', `[{"a":"${'x'.repeat(2_000)}"}]`);
  expect(expectProblem(refused, 413, 'too-large').detail).toMatch(
    /^item 0 of the array is longer than 2000 bytes/,
  );
});

/** A request of which the body is still on its way. */
function begin(url: string, bytes: number): ClientRequest {
  const sent = startRequest(`${url}/cdr/generic`, { method: 'POST', headers: { 'content-length': bytes } });
  sent.on('error', () => undefined);
  sent.flushHeaders();
  return sent;
}

function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
}

function bodyOf(bytes: number, number = 0): string {
  return JSON.stringify({ number, filler: 'x'.repeat(bytes) }).slice(0, -filler(number)) + '"}';
}

function filler(number: number): number {
  return '{"number":,"filler":""}'.length + String(number).length + 2;
}

describe('while large bodies are being taken in', () => {
  async function started(): Promise<string> {
    const { made } = await startApp({ maxBodiesBytes: 200_000 });
    const server = await listen(made, ANY_PORT);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return urlOf(server);
  }

  async function statusOf(url: string, body: string): Promise<{ status: number; retryAfter: string | null }> {
    const answer = await fetch(`${url}/cdr/generic`, { method: 'POST', body });
    await answer.text();
    return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
  }

  test('another one is 503 with Retry-After, a small one is taken, and all is well when they are through', async () => {
    const url = await started();
    const body = bodyOf(180_000);
    const first = begin(url, Buffer.byteLength(body));
    first.write(body.slice(0, 1_000));
    await expect.poll(() => statusOf(url, bodyOf(180_000, 1))).toEqual({ status: 503, retryAfter: '5' });
    expect(await statusOf(url, bodyOf(50_000, 2))).toMatchObject({ status: 200 });
    const answered = answerOf(first);
    first.end(body.slice(1_000));
    expect((await answered).statusCode).toBe(200);
    expect(await statusOf(url, bodyOf(180_000, 3))).toMatchObject({ status: 200 });
  });

  test('what is broken off gives its room back', async () => {
    const url = await started();
    const first = begin(url, 180_000);
    first.write('{"a":"');
    await expect.poll(() => statusOf(url, bodyOf(180_000, 1))).toMatchObject({ status: 503 });
    first.destroy();
    await expect.poll(() => statusOf(url, bodyOf(180_000, 2))).toMatchObject({ status: 200 });
  });
});
