import request from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
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
