import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { httpTarget, makeTransport, requestTo } from './target.ts';

describe('an exchange', () => {
  test('sends method, path, headers and body as they are, and says how long the body is', async () => {
    const received: { method?: string; path?: string; headers: IncomingHttpHeaders; body: string }[] = [];
    const { url } = await httpTarget((request, response) => {
      void text(request).then((body) => {
        const { method = '', url: path = '', headers } = request;
        received.push({ method, path, headers, body });
        response.end();
      });
    });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer x', 'x-team': 'Büro' };
    const body = '{"caller":"Zoë ☎"}';
    const transport = makeTransport();
    for (const method of ['POST', 'PUT', 'PATCH'] as const) {
      await transport.exchange(requestTo(`${url}?a=b%20c`, { method, headers, body }));
    }
    expect(received.map(({ method }) => method)).toEqual(['POST', 'PUT', 'PATCH']);
    for (const { path, body: arrived, headers: arrivedHeaders } of received) {
      expect({ path, arrived }).toEqual({ path: '/hook?a=b%20c', arrived: body });
      expect(arrivedHeaders).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        authorization: 'Bearer x',
      });
      expect(arrivedHeaders).not.toHaveProperty('transfer-encoding');
    }
  });

  test.each([200, 201, 204, 301, 400, 404, 410, 429, 500, 503])(
    'gives the status %d as an answer and not as an error',
    async (status) => {
      const { url } = await httpTarget((_request, response) => {
        response.writeHead(status).end();
      });
      expect(await makeTransport().exchange(requestTo(url))).toMatchObject({ status, body: '' });
    },
  );

  test('is one request, whatever the answer: repeating it is not for the transport', async () => {
    let requests = 0;
    const { url } = await httpTarget((_request, response) => {
      requests += 1;
      response.writeHead(503, { 'retry-after': '0' }).end();
    });
    await makeTransport().exchange(requestTo(url, { method: 'PUT' }));
    expect(requests).toBe(1);
  });

  test('gives headers by names in lower case, and the body', async () => {
    const { url } = await httpTarget((_request, response) => {
      response.writeHead(503, { 'Retry-After': ' 120', 'X-Team': 'Sales' }).end('busy ☎');
    });
    const answer = await makeTransport().exchange(requestTo(url));
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '120', 'x-team': 'Sales' },
      body: 'busy ☎',
    });
  });

  test('does not follow a redirect', async () => {
    const paths: (string | undefined)[] = [];
    const { url } = await httpTarget((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await makeTransport().exchange(requestTo(url))).toMatchObject({ status: 302 });
    expect(paths).toEqual(['/hook']);
  });
});

describe('a long answer', () => {
  test('is read whole up to 64 KiB, so that conditions can look at it', async () => {
    const body = 'x'.repeat(65_536);
    const { url } = await httpTarget((_request, response) => response.end(body));
    const answer = await makeTransport().exchange(requestTo(url));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(body);
  });

  test('is kept to its beginning', async () => {
    const body = Array.from({ length: 20_000 }, (_, number) => String(number)).join(' ');
    const { url } = await httpTarget((_request, response) => response.end(body));
    const { status, body: kept } = await makeTransport().exchange(requestTo(url));
    expect(status).toBe(200);
    expect(kept.length).toBe(65_536);
    expect(body.startsWith(kept)).toBe(true);
  });

  test('of 5 MB counts with its status and is not read to its end', async () => {
    const closed = Promise.withResolvers<undefined>();
    const { url } = await httpTarget((_request, response) => {
      response.once('close', () => {
        closed.resolve(undefined);
      });
      response.writeHead(202).end(Buffer.alloc(5_242_880, 'y'));
    });
    const answer = await makeTransport().exchange(requestTo(url));
    expect(answer).toMatchObject({ status: 202, body: 'y'.repeat(65_536) });
    await closed.promise;
  });

  test('without an end does not hold a delivery up', async () => {
    const { url } = await httpTarget((_request, response) => {
      const chunk = Buffer.alloc(16_384, 'z');
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await makeTransport().exchange(requestTo(url))).toMatchObject({ status: 200 });
  });

  test('in another encoding is not unpacked: a small answer cannot become a huge one', async () => {
    const { url } = await httpTarget((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
    });
    expect(await makeTransport().exchange(requestTo(url))).toMatchObject({
      status: 200,
      body: 'not gzip at all',
    });
  });
});

describe('connections', () => {
  test('are used again', async () => {
    const { url, server } = await httpTarget((_request, response) => response.end('ok'));
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const transport = makeTransport();
    for (let number = 1; number <= 5; number += 1) await transport.exchange(requestTo(url));
    expect(connections).toBe(1);
  });

  test('are not shared by exchanges at the same time', async () => {
    const { url, server } = await httpTarget((_request, response) => response.end('ok'));
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const transport = makeTransport();
    await Promise.all([1, 2, 3].map(() => transport.exchange(requestTo(url))));
    expect(connections).toBe(3);
  });

  test('that are idle end with the transport', async () => {
    const { url, server } = await httpTarget((_request, response) => response.end('ok'));
    const opened = once(server, 'connection');
    const transport = makeTransport();
    await transport.exchange(requestTo(url));
    const [socket] = (await opened) as [Socket];
    const closed = once(socket, 'close');
    transport.close();
    await closed;
  });
});
