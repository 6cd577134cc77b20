import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { expectProblem, startApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const HQ = { credentials: { basic: { username: 'pbx', password: 'planted-password' } } };
const SOURCES = { hq: HQ, branch: { vendor: 'vodia', verifier: () => undefined }, silent: {} };

describe('the overview', () => {
  test('tells how it stands with the whole router', async () => {
    const webhooks = [{ id: 'a', name: 'A', url: 'https://a.test/' }];
    const started = await startApp({ webhooks });
    await request(started.app).post('/cdr/generic').send({ n: 1 }).expect(200);
    await started.store.accept([newCdr(['a'])]);
    await started.idle();
    const response = await request(started.app).get('/api/v1/overview');
    expect(response.status).toBe(200);
    const { hourly, ...body } = response.body as { hourly: object[] };
    expect(hourly).toHaveLength(24);
    expect(body).toEqual({
      webhooks: 1,
      pending: 1,
      inFlight: 0,
      oldestDueMs: expect.any(Number) as number,
      last24Hours: { received: 2, matched: 2, unmatched: 0, delivered: 1, failed: 0 },
      rules: expect.objectContaining({ path: started.rulesPath, errors: [] }) as object,
      sources: expect.arrayContaining([
        expect.objectContaining({ name: 'generic', lastReceivedAt: expect.any(String) as string }),
      ]) as object[],
      brokenWebhookCount: 0,
      brokenWebhooks: [],
      store: 'memory',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
  });
});

describe('sources', () => {
  test('are shown with how their senders show who they are, never with what', async () => {
    const { app } = await startApp({ sources: SOURCES });
    const response = await request(app).get('/api/v1/sources');
    expect(response.body).toEqual({
      data: [
        {
          name: 'hq',
          vendor: null,
          authentication: ['basic'],
          lastReceivedAt: null,
          quiet: false,
          quietSince: null,
        },
        {
          name: 'branch',
          vendor: 'vodia',
          authentication: ['signature'],
          lastReceivedAt: null,
          quiet: false,
          quietSince: null,
        },
        {
          name: 'silent',
          vendor: null,
          authentication: [],
          lastReceivedAt: null,
          quiet: false,
          quietSince: null,
        },
      ],
      nextCursor: null,
    });
    expect(response.text).not.toContain('planted');
  });

  test('tell when they were last heard of, having asked the store once', async () => {
    const { app, store } = await startApp({ sources: SOURCES });
    const receivedAtMs = Date.parse('2026-11-20T10:00:00Z');
    await store.accept([newCdr([], { source: 'branch', receivedAtMs })]);
    const cdrs = vi.spyOn(store, 'cdrs');
    for (let times = 0; times < 2; times += 1) {
      const { body } = (await request(app).get('/api/v1/sources')) as { body: { data: object[] } };
      expect(body.data[1]).toMatchObject({ lastReceivedAt: '2026-11-20T10:00:00.000Z' });
    }
    expect(cdrs).toHaveBeenCalledTimes(3);
    await request(app).post('/cdr/branch').send({ n: 1 }).expect(200);
    const { body } = (await request(app).get('/api/v1/sources')) as { body: { data: object[] } };
    expect(body.data[1]).not.toMatchObject({ lastReceivedAt: '2026-11-20T10:00:00.000Z' });
    expect(cdrs).toHaveBeenCalledTimes(3);
  });
});

test('vendors are listed with their names', async () => {
  const { app } = await startApp();
  const { body } = (await request(app).get('/api/v1/vendors').expect(200)) as { body: { data: object[] } };
  expect(body.data).toContainEqual(
    expect.objectContaining({ id: 'vodia', title: expect.any(String) as string }),
  );
  for (const path of ['/api/v1/vendors', '/api/v1/sources', '/api/v1/overview']) {
    expectProblem(await request(app).post(path), 405, 'method-not-allowed');
  }
});
