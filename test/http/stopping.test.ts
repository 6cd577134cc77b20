import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Router } from '../../src/main.ts';
import { configIn, makeFolder, startTestRouter } from '../support/app.ts';

const HEALTH_CHECK = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

/**
 * Sends a whole request and the beginning of a second one in one piece. When the first is answered, the router has the
 * beginning of the second.
 */
async function beginRequest(router: Router, beginning: string): Promise<Socket> {
  const { hostname, port } = new URL(router.url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  socket.write(HEALTH_CHECK + beginning);
  await once(socket, 'data');
  return socket;
}

/** Sends the rest of a request and gives the answer, once the connection has been closed. */
async function endRequest(
  socket: Socket,
  rest: string,
): Promise<{ status: number; head: string; body: string }> {
  const chunks: string[] = [];
  socket.on('data', (chunk: string) => chunks.push(chunk));
  socket.write(rest);
  await once(socket, 'close');
  const [head = '', body = ''] = chunks.join('').split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body };
}

describe('a request that is under way when the router is stopped', () => {
  const config = { shutdownGraceMs: 20_000 };

  test('for readiness is told that the router is stopping', async () => {
    const router = await startTestRouter(configIn(makeFolder(), config));
    const socket = await beginRequest(
      router,
      'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n',
    );
    const stopped = router.stop();
    const { status, body } = await endRequest(socket, '\r\n');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: 'unavailable', detail: 'the router is stopping' });
    await stopped;
  });

  test('with a CDR is answered, and the CDR is there after the next start', async () => {
    const folder = makeFolder();
    const router = await startTestRouter(configIn(folder, config));
    const head = 'POST /cdr HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 7\r\n\r\n';
    const socket = await beginRequest(router, `${head}{"a"`);
    const stopped = router.stop();
    const { status, body } = await endRequest(socket, ':1}');
    await stopped;
    expect(status).toBe(200);
    const [id = ''] = (JSON.parse(body) as { ids: string[] }).ids;
    const next = await startTestRouter(configIn(folder));
    const shown = await fetch(`${next.url}/api/v1/cdrs/${id}`);
    expect(await shown.json()).toMatchObject({ cdr: { a: 1 } });
  });

  test('and does not come to its end is cut off after the grace', async () => {
    const router = await startTestRouter(configIn(makeFolder(), { shutdownGraceMs: 50 }));
    const socket = await beginRequest(
      router,
      'POST /cdr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
    );
    const closed = once(socket, 'close');
    await router.stop();
    await closed;
  });
});

test('a CDR that is begun when the router is already stopping is refused, to be sent again', async () => {
  const folder = makeFolder();
  const router = await startTestRouter(configIn(folder, { shutdownGraceMs: 20_000 }));
  const socket = await beginRequest(router, 'POST /cdr HTTP/1.1\r\nHost: localhost\r\n');
  const stopped = router.stop();
  const { status, head } = await endRequest(socket, 'Content-Length: 7\r\n\r\n{"a":1}');
  // The connection was closed by the router: the sender cannot keep it from stopping.
  await stopped;
  expect(status).toBe(503);
  expect(head).toMatch(/^connection: close$/im);
  expect(head).toMatch(/^retry-after: \d+$/im);
  const next = await startTestRouter(configIn(folder));
  expect(await (await fetch(`${next.url}/api/v1/cdrs`)).json()).toMatchObject({ data: [] });
});

test('readiness is 503 when something has waited longer than the configuration allows', async () => {
  // Nothing waits, which is longer than less than nothing.
  const router = await startTestRouter(configIn(makeFolder(), { maxOverdueMs: -1 }));
  const response = await fetch(`${router.url}/readyz`);
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { detail: 'a delivery that could be sent has waited for 0 s' },
  ]);
});
