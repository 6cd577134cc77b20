import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventRoutes } from '../../../src/http/api/events.ts';
import { EventFeed } from '../../../src/http/event-feed.ts';
import { newCdr } from '../../support/webhooks.ts';
import { expectProblem, startApp } from '../../support/app.ts';
import { listen } from '../../commands/listening-app.ts';

const PATH = '/api/v1/events';

test('events come while they happen', async () => {
  const { url } = await listen({ webhooks: [{ id: 'a', name: 'A', url: 'https://a.test/' }] });
  const leave = new AbortController();
  onTestFinished(() => {
    leave.abort();
  });
  const response = await fetch(`${url}${PATH}?types=cdr.received,delivery.settled`, { signal: leave.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await request(url).post('/cdr/generic').send({ from: 'planted' }).expect(200);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('delivery.settled')) break;
  }
  expect(text).toContain('event: cdr.received\ndata: {"type":"cdr.received"');
  expect(text).toContain('"state":"delivered"');
  expect(text).not.toContain('planted');
});

test('what is asked for wrongly is refused', async () => {
  const { app } = await startApp();
  expectProblem(await request(app).get(`${PATH}?types=all`), 400, 'bad-request');
  expectProblem(await request(app).post(PATH), 405, 'method-not-allowed');
  expect((await request(app).head(PATH)).status).toBe(405);
});

test('a client that does not read is cut off, and the router goes on', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const events = new EventFeed(() => '');
  const server = express().use(eventRoutes({ events })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  client.on('error', () => undefined);
  onTestFinished(async () => {
    vi.useRealTimers();
    client.destroy();
    server.close();
    await once(server, 'close');
  });
  client.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
  const [sink] = (await once(server, 'request').then(([, response]) => [response])) as [
    { destroyed: boolean },
  ];
  // Long, so that what the system keeps for the client is soon full.
  const cdr = { ...newCdr([]), source: 's'.repeat(60_000) };
  for (let number = 0; number < 2_000 && !sink.destroyed; number += 1) {
    vi.advanceTimersByTime(1_000);
    events.received(cdr, { id: 'cdr_1', duplicate: false, leases: [] });
    await new Promise(setImmediate);
  }
  expect(sink.destroyed).toBe(true);
  events.received(cdr, { id: 'cdr_2', duplicate: false, leases: [] });
  await new Promise(setImmediate);
});
