import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listen, urlOf } from '../../src/http/server.ts';

test('tells senders that an idle connection is kept for longer than they usually keep one', async () => {
  const app = express().get('/', (_request, response) => {
    response.end();
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => closeServer(server, 0));
  const asked = request(urlOf(server), { headers: { connection: 'keep-alive' } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.headers['keep-alive']).toBe('timeout=75');
});
