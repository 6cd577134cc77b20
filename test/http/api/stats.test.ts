import { writeFileSync } from 'node:fs';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const STATS = '/api/v1/stats';
const STATUS = '/api/v1/rules/status';
const HOUR_MS = 3_600_000;

/** CDRs at 10:15, 10:45 and 11:30, of which the webhook "a" was hit by the first two. */
async function startWithCdrs(): Promise<TestApp> {
  const started = await startApp();
  const tenMs = Date.parse('2026-11-20T10:00:00Z');
  await started.store.accept([
    newCdr(['a'], { receivedAtMs: tenMs + 0.25 * HOUR_MS }),
    newCdr(['a', 'b'], { receivedAtMs: tenMs + 0.75 * HOUR_MS }),
    newCdr([], { receivedAtMs: tenMs + 1.5 * HOUR_MS }),
  ]);
  return started;
}

describe('stats', () => {
  test('count per hour what came in and what matched, and what is not final yet', async () => {
    const { app } = await startWithCdrs();
    const span = 'start=2026-11-20T10:00:00Z&end=2026-11-20T13:00:00Z';
    const response = await request(app).get(`${STATS}?${span}`);
    const nothing = { delivered: 0, failed: 0 };
    expect(response.body).toEqual({
      pending: 3,
      data: [
        { start: '2026-11-20T10:00:00.000Z', received: 2, matched: 2, unmatched: 0, ...nothing },
        { start: '2026-11-20T11:00:00.000Z', received: 1, matched: 0, unmatched: 1, ...nothing },
        { start: '2026-11-20T12:00:00.000Z', received: 0, matched: 0, unmatched: 0, ...nothing },
      ],
      totals: { received: 3, matched: 2, unmatched: 1, ...nothing },
    });
  });

  test('begin with the hour in which the start is, and count nothing from the end on', async () => {
    const { app } = await startWithCdrs();
    const span = 'start=2026-11-20T11:59:00%2B00:00&end=2026-11-20T12:00:00Z';
    const { body } = (await request(app).get(`${STATS}?${span}`)) as { body: object };
    expect(body).toMatchObject({ data: [{ start: '2026-11-20T11:00:00.000Z', received: 1 }] });
    const before = 'start=2026-11-20T10:00:00Z&end=2026-11-20T11:00:00Z';
    expect((await request(app).get(`${STATS}?${before}`)).body).toMatchObject({ totals: { received: 2 } });
  });

  test('can be had by days in UTC', async () => {
    const { app } = await startWithCdrs();
    const span = 'bucket=1d&start=2026-11-19T23:59:00Z&end=2026-11-21T00:00:00Z';
    const { body } = (await request(app).get(`${STATS}?${span}`)) as { body: object };
    expect(body).toMatchObject({
      data: [
        { start: '2026-11-19T00:00:00.000Z', received: 0 },
        { start: '2026-11-20T00:00:00.000Z', received: 3, matched: 2, unmatched: 1 },
      ],
    });
  });

  test('of one webhook count its hits', async () => {
    const { app } = await startWithCdrs();
    const span = 'start=2026-11-20T10:00:00Z&end=2026-11-20T11:00:00Z';
    const response = await request(app).get(`${STATS}?webhookId=a&${span}`);
    expect(response.body).toMatchObject({
      data: [{ start: '2026-11-20T10:00:00.000Z', matched: 2, delivered: 0, failed: 0 }],
      totals: { matched: 2, delivered: 0, failed: 0 },
    });
    const never = await request(app).get(`${STATS}?webhookId=never&${span}`);
    expect(never.body).toMatchObject({ totals: { matched: 0 } });
  });

  test('are of the last 24 hours unless asked otherwise, this one too', async () => {
    const { app, store } = await startApp();
    const nowMs = Date.now();
    await store.accept([
      newCdr([], { receivedAtMs: nowMs - 2 * HOUR_MS }),
      newCdr([], { receivedAtMs: nowMs - 26 * HOUR_MS }),
    ]);
    const { data, totals } = (await request(app).get(STATS)).body as { data: object[]; totals: object };
    expect(data).toHaveLength(24);
    expect(totals).toMatchObject({ received: 1 });
  });

  test('count deliveries in the hour in which they ended', async () => {
    const webhooks = [{ id: 'a', name: 'A', url: 'https://a.test/' }];
    const { app, idle } = await startApp({ webhooks });
    await request(app).post('/cdr/generic').send({ n: 1 });
    await idle();
    expect((await request(app).get(STATS)).body).toMatchObject({ pending: 0, totals: { delivered: 1 } });
  });

  test('can be had for 31 days of hours at once', async () => {
    const { app } = await startApp();
    const month = 'start=2026-10-01T00:00:00Z&end=2026-11-01T00:00:00Z';
    const { body } = (await request(app).get(`${STATS}?${month}`)) as { body: { data: object[] } };
    expect(body.data).toHaveLength(744);
  });

  test.each([
    ['start=yesterday', 'start'],
    ['start=', 'start'],
    ['from=2026-11-20', 'from'],
    ['start=5&start=6', 'start'],
    ['bucket=5m', 'bucket'],
    ['start=2026-10-01T00:00:00Z&end=2026-11-01T00:00:01Z', 'start'],
    ['start=2026-10-01T00:00:00Z&end=2026-10-01T00:00:00Z', 'end'],
  ])('refuse %s and name the parameter', async (query, parameter) => {
    const { app } = await startApp();
    const problem = expectProblem(await request(app).get(`${STATS}?${query}`), 400, 'bad-request');
    expect(problem).toMatchObject({ parameter });
  });
});

describe('the status of the rules', () => {
  const A = { id: 'a', name: 'A', url: 'https://a.test/' };
  const webhooks = [A];

  test('tells where they are, since when they are in force, and what surprises', async () => {
    const { app, rulesPath } = await startApp({ webhooks });
    const response = await request(app).get(STATUS);
    expect(response.body).toEqual({
      kind: 'file',
      path: rulesPath,
      loadedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      etag: expect.stringMatching(/^"\w{32}"$/) as string,
      warningCount: 1,
      warnings: [
        {
          pointer: expect.stringMatching(/^\/webhooks\/0/) as string,
          line: expect.any(Number) as number,
          detail: expect.stringContaining('every CDR matches') as string,
        },
      ],
      errorCount: 0,
      errors: [],
    });
  });

  test('shows the first of many warnings and counts them all', async () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ ...A, id: `a${index}` }));
    const { app } = await startApp({ webhooks: many });
    const overview = (await request(app).get('/api/v1/overview')).body as { rules: object };
    for (const status of [(await request(app).get(STATUS)).body as object, overview.rules]) {
      const { warnings, ...counts } = status as { warnings: object[] };
      expect(counts).toMatchObject({ warningCount: 101, errorCount: 0 });
      expect(warnings).toHaveLength(100);
      expect(warnings[99]).toMatchObject({
        pointer: '/webhooks/99/conditions',
        line: expect.any(Number) as number,
      });
    }
  });

  test('tells what is wrong with the file, and where', async () => {
    const { app, rulesPath } = await startApp({ webhooks });
    writeFileSync(rulesPath, '{\n "webhooks": [\n  {"name": 5, "url": "https://x.test/"}]}');
    await request(app).delete('/api/v1/webhooks/a').set('if-match', '*').expect(409);
    expect((await request(app).get(STATUS)).body).toMatchObject({
      errorCount: 1,
      errors: [{ pointer: '/webhooks/0/name', line: 3, detail: 'must be string' }],
    });
  });

  test('refuses other methods', async () => {
    const { app } = await startApp();
    for (const path of [STATUS, STATS]) {
      expectProblem(await request(app).put(path), 405, 'method-not-allowed');
    }
  });
});

test('what is not there is 404, under the API and elsewhere', async () => {
  const { app } = await startApp();
  for (const path of ['/', '/api', '/api/v1', '/api/v1/nothing', '/api/v2/webhooks', '/cdr/generic/more']) {
    expectProblem(await request(app).get(path), 404, 'not-found');
  }
});
