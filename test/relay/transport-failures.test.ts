import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TransportError } from '../../src/relay/transport.ts';
import { httpTarget, makeTransport, requestTo, tcpTarget, tlsTarget } from './target.ts';

const SECRET = 'hunter2-of-the-tickets';
const headers = { authorization: `Bearer ${SECRET}` };

/** What an exchange that should fail was rejected with. */
async function failureOf(exchange: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await exchange.then(
    (answer) => new Error(`there was an answer: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError)) throw error;
  return error;
}

describe('a target that gives no whole answer is a coded error', () => {
  test('when it refuses the connection', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(makeTransport().exchange(requestTo(`http://127.0.0.1:${port}/`)));
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('when it resets the connection before it answers', async () => {
    const url = await tcpTarget((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const error = await failureOf(makeTransport().exchange(requestTo(url, { headers })));
    expect(error.code).toBe('ECONNRESET');
    expect(error.message).not.toContain(SECRET);
  });

  test('when what it speaks is not HTTP', async () => {
    const url = await tcpTarget((socket) =>
      socket.once('data', (sent: Buffer) => socket.end(`SMTP ready\r\n${sent.toString()}`)),
    );
    const error = await failureOf(makeTransport().exchange(requestTo(url, { headers })));
    expect(error.code).toMatch(/^HPE_/);
    expect(error.message).not.toContain(SECRET);
  });

  test('when nobody vouches for its certificate', async () => {
    const url = await tlsTarget((_request, response) => response.end('ok'));
    const error = await failureOf(makeTransport().exchange(requestTo(url)));
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('when nobody vouches for its certificate, also where the environment would have Node take any', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const folder = mkdtempSync(join(tmpdir(), 'hookswitch-'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const caFile = join(folder, 'another-authority.pem');
    writeFileSync(caFile, getCACertificates('default')[0] ?? '');
    const url = await tlsTarget((_request, response) => response.end('ok'));
    const error = await failureOf(makeTransport().exchange(requestTo(url)));
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    const trusting = makeTransport().exchange({ ...requestTo(url), tls: { caFile } });
    expect((await failureOf(trusting)).code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('when it does not speak TLS', async () => {
    const { url } = await httpTarget((_request, response) => response.end('ok'));
    const error = await failureOf(makeTransport().exchange(requestTo(url.replace('http:', 'https:'))));
    expect(error.code).toMatch(/^(?:ERR_SSL|EPROTO)/);
  });

  test('when the url has a scheme that is not HTTP', async () => {
    const error = await failureOf(makeTransport().exchange(requestTo('ftp://127.0.0.1/hook')));
    expect(error.code).toMatch(/^ERR_/);
  });

  test('when a header got a value that no header may hold, which is not told', async () => {
    const broken = { authorization: `Bearer ${SECRET}\nx: y` };
    const error = await failureOf(
      makeTransport().exchange(requestTo('http://127.0.0.1:9/', { headers: broken })),
    );
    expect(error.code).toBe('ERR_INVALID_CHAR');
    expect(error.message).not.toContain(SECRET);
  });
});

describe('a target has the time of the webhook for its whole answer', () => {
  const timeoutMs = 400;

  test.each([
    ['it says nothing', () => undefined],
    ['it never ends its headers', ['HTTP/1.1 200 OK\r\nx-a: ']],
  ] as const)('and is timed out when %s', async (_when, parts) => {
    const url = await tcpTarget((socket) =>
      socket.once('data', () => {
        if (typeof parts !== 'function') for (const part of parts) socket.write(part);
      }),
    );
    const error = await failureOf(makeTransport().exchange(requestTo(url, { timeoutMs })));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', message: 'no answer within 400 ms' });
  });

  test('but it has answered when only its body goes on and on, a byte at a time', async () => {
    const url = await tcpTarget((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'));
      const drip = setInterval(() => socket.write('.'), 10);
      socket.once('close', () => {
        clearInterval(drip);
      });
    });
    expect(await makeTransport().exchange(requestTo(url, { timeoutMs }))).toMatchObject({ status: 200 });
  });

  test('but it has answered when its body never comes', async () => {
    const url = await tcpTarget((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\n')),
    );
    const answer = await makeTransport().exchange(requestTo(url, { timeoutMs }));
    expect(answer).toMatchObject({ status: 503, body: '', isCutShort: true });
  });

  test('but it has answered when it closes the connection in the middle of its body', async () => {
    const url = await tcpTarget((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it')),
    );
    const answer = await makeTransport().exchange(requestTo(url));
    expect(answer).toMatchObject({ status: 200, body: 'half of it', isCutShort: true });
  });

  test('and is not listened to any more when it sends informational responses without end', async () => {
    let isClosed = false;
    const url = await tcpTarget((socket) => {
      const flood = 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2_000);
      const pour = (): void => {
        while (!isClosed && socket.write(flood));
      };
      socket.once('data', pour).on('drain', pour);
      socket.once('close', () => {
        isClosed = true;
      });
    });
    const error = await failureOf(makeTransport().exchange(requestTo(url)));
    expect(error).toMatchObject({ code: 'ERR_INFORMATIONAL', sent: true });
  });

  test('and may say a few times that it is at it', async () => {
    const url = await tcpTarget((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(20));
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }),
    );
    expect(await makeTransport().exchange(requestTo(url))).toMatchObject({
      ...{ status: 200, body: 'ok', isCutShort: false },
    });
  });

  test('and its connection is closed then', async () => {
    const closed = Promise.withResolvers<boolean>();
    const url = await tcpTarget((socket) => {
      socket.once('close', closed.resolve);
      socket.resume();
    });
    await failureOf(makeTransport().exchange(requestTo(url, { timeoutMs })));
    await closed.promise;
  });
});

describe('an error tells whether the request had been sent whole', () => {
  const big = 'x'.repeat(30_000_000);
  const timeoutMs = 300;

  test('yes, when the target has read it and says nothing', async () => {
    const url = await tcpTarget((socket) => socket.resume());
    const error = await failureOf(makeTransport().exchange(requestTo(url, { timeoutMs })));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', sent: true });
  });

  test('yes, when the connection breaks after it', async () => {
    const url = await tcpTarget((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await failureOf(makeTransport().exchange(requestTo(url)))).toMatchObject({ sent: true });
    const closing = await tcpTarget((socket) => socket.once('data', () => socket.end()));
    expect(await failureOf(makeTransport().exchange(requestTo(closing)))).toMatchObject({ sent: true });
  });

  test('no, when the target stopped reading in the middle', async () => {
    const url = await tcpTarget((socket) => socket.pause());
    const error = await failureOf(makeTransport().exchange(requestTo(url, { timeoutMs, body: big })));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', sent: false });
  });

  test('no, when the connection breaks in the middle', async () => {
    const url = await tcpTarget((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const error = await failureOf(makeTransport().exchange(requestTo(url, { body: big })));
    expect(error).toMatchObject({ sent: false });
  });

  test('no, when there is no connection', async () => {
    const url = await tlsTarget((_request, response) => response.end('ok'));
    expect(await failureOf(makeTransport().exchange(requestTo(url)))).toMatchObject({ sent: false });
  });

  test('no, when it could not be made', async () => {
    const error = await failureOf(makeTransport().exchange(requestTo('ftp://127.0.0.1/hook')));
    expect(error).toMatchObject({ sent: false });
  });
});

describe('an abort', () => {
  test('ends the exchange as cut off and closes the connection', async () => {
    const controller = new AbortController();
    const reason = new Error('the router is stopping');
    const closed = Promise.withResolvers<boolean>();
    const url = await tcpTarget((socket) => {
      socket.once('close', closed.resolve);
      socket.once('data', () => {
        controller.abort(reason);
      });
    });
    const exchange = makeTransport().exchange(requestTo(url, { signal: controller.signal }));
    expect(await failureOf(exchange)).toMatchObject({ code: 'ERR_CUT_OFF', sent: true });
    await closed.promise;
  });

  test('that came before sends nothing', async () => {
    let connections = 0;
    const url = await tcpTarget(() => (connections += 1));
    const reason = new Error('the router is stopping');
    const transport = makeTransport();
    const exchange = transport.exchange(requestTo(url, { signal: AbortSignal.abort(reason) }));
    expect(await failureOf(exchange)).toMatchObject({ code: 'ERR_CUT_OFF', sent: false });
    // A connection begun in spite of it would have been seen before this one.
    await failureOf(transport.exchange(requestTo(url, { timeoutMs: 100 })));
    expect(connections).toBe(1);
  });

  test('after the end of an exchange changes nothing', async () => {
    const controller = new AbortController();
    const { url } = await httpTarget((_request, response) => response.end('ok'));
    const { signal } = controller;
    const transport = makeTransport();
    expect(await transport.exchange(requestTo(url, { signal }))).toMatchObject({ status: 200, body: 'ok' });
    controller.abort(new Error('the router is stopping'));
    expect(await transport.exchange(requestTo(url))).toMatchObject({ status: 200, body: 'ok' });
  });
});
