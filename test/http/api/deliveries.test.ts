import request from 'supertest';
import { describe, expect, test } from 'vitest';
import type { NewAttempt, Outcome } from '../../../src/store/records.ts';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { addDelivery } from '../../support/deliveries.ts';

const PATH = '/api/v1/deliveries';
const STARTED_AT_MS = Date.parse('2026-11-21T12:00:00Z');
const A_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

interface ShownDelivery {
  readonly id: string;
  readonly cdrId: string;
  readonly state: string;
}

function add(
  app: TestApp,
  webhookId: string,
  outcome?: Outcome,
  attempts: NewAttempt[] = [],
): Promise<{ id: string; cdrId: string }> {
  return addDelivery(app, webhookId, outcome, { attempts, cdr: { receivedAtMs: STARTED_AT_MS } });
}

async function list({ app }: TestApp, query = ''): Promise<ShownDelivery[]> {
  const response = await request(app).get(`${PATH}${query}`).expect(200);
  return (response.body as { data: ShownDelivery[] }).data;
}

const REFUSED: NewAttempt = {
  startedAtMs: STARTED_AT_MS,
  durationMs: 12,
  error: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:9' },
};
const BUSY: NewAttempt = { startedAtMs: STARTED_AT_MS + 500, durationMs: 30, status: 503, excerpt: 'busy ☎' };

describe('a delivery', () => {
  test('keeps what was sent and the headers of the answer where an attempt failed, and only there', async () => {
    const webhook = {
      ...{ id: 'a', name: 'A', url: 'https://a.test/in?key=planted-key' },
      headers: { Authorization: 'Bearer ${TOKEN}', 'X-Tenant': '${TENANT}' },
      retry: { burst: 0, schedule: [] },
    };
    const environment = { TOKEN: 'planted-token', TENANT: 'planted-tenant' };
    const started = await startApp({ webhooks: [webhook], environment });
    const headers = { 'x-trace': 'planted-token seen', 'retry-after': '' };
    started.transport.script = (_request, number) => (number === 1 ? { status: 503, headers } : 200);
    for (const n of [1, 2]) {
      await request(started.app).post('/cdr/generic').send({ n }).expect(200);
      await started.idle();
    }
    const [delivered, failed] = await list(started);
    const response = await request(started.app).get(`${PATH}/${failed?.id ?? ''}`);
    expect(response.body).toMatchObject({
      state: 'failed',
      attempts: [
        {
          request: {
            method: 'POST',
            url: 'https://a.test/in?key=********',
            headers: { authorization: 'Bearer ${TOKEN}', 'x-tenant': '${TENANT}' },
          },
          responseHeaders: { 'x-trace': '${TOKEN} seen' },
        },
      ],
    });
    expect(response.text).not.toContain('planted');
    const { body } = (await request(started.app).get(`${PATH}/${delivered?.id ?? ''}`)) as { body: object };
    expect(body).toMatchObject({ attempts: [{ request: null, responseHeaders: null }] });
    expect(await list(started, '?statusClass=2xx')).toEqual([delivered]);
    expect(await list(started, '?statusClass=5xx')).toEqual([failed]);
    expect(await list(started, '?statusClass=none')).toEqual([]);
  });

  test('is shown with each of its attempts, in the order made', async () => {
    const started = await startApp();
    const { id, cdrId } = await add(started, 'a', { state: 'failed' }, [REFUSED, BUSY]);
    const response = await request(started.app).get(`${PATH}/${id}`);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      id,
      webhookId: 'a',
      cdrId,
      state: 'failed',
      attemptCount: 2,
      createdAt: '2026-11-21T12:00:00.000Z',
      nextAttemptAt: null,
      finishedAt: A_TIME,
      lastStatusCode: 503,
      lastError: 'HTTP 503',
      redeliveryOf: null,
      runId: null,
      attempts: [
        {
          number: 1,
          at: '2026-11-21T12:00:00.000Z',
          durationMs: 12,
          statusCode: null,
          excerpt: null,
          error: REFUSED.error,
          request: null,
          responseHeaders: null,
        },
        {
          number: 2,
          at: '2026-11-21T12:00:00.500Z',
          durationMs: 30,
          statusCode: 503,
          excerpt: 'busy ☎',
          error: null,
          request: null,
          responseHeaders: null,
        },
      ],
    });
  });

  test('that waits tells when it goes on', async () => {
    const started = await startApp();
    const waiting: Outcome = { state: 'pending', delayMs: 60_000, countsAsRound: true };
    const { id } = await add(started, 'a', waiting, [BUSY]);
    const response = await request(started.app).get(`${PATH}/${id}`);
    expect(response.body).toMatchObject({ state: 'pending', nextAttemptAt: A_TIME, finishedAt: null });
  });

  test('of an unknown id is 404', async () => {
    const { app } = await startApp();
    expectProblem(await request(app).get(`${PATH}/dlv_none`), 404, 'not-found');
  });
});

describe('the list of deliveries', () => {
  test('has the newest first, without their attempts', async () => {
    const started = await startApp();
    const ids: string[] = [];
    // So many that some are of the same millisecond.
    for (let number = 0; number < 20; number += 1) ids.push((await add(started, 'a')).id);
    const shown = await list(started);
    expect(shown.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(shown[0]).not.toHaveProperty('attempts');
  });

  test('can be narrowed to a webhook, a CDR and a state', async () => {
    const started = await startApp();
    const leased = await add(started, 'a');
    const delivered = await add(started, 'a', { state: 'delivered' });
    const other = await add(started, 'b', { state: 'delivered' });
    const idsOf = async (query: string): Promise<string[]> =>
      (await list(started, query)).map(({ id }) => id).sort();
    expect(await idsOf('?webhookId=a')).toEqual([delivered.id, leased.id].sort());
    expect(await idsOf(`?cdrId=${other.cdrId}`)).toEqual([other.id]);
    expect(await idsOf('?state=delivered')).toEqual([other.id, delivered.id].sort());
    expect(await idsOf('?state=delivering&webhookId=a')).toEqual([leased.id]);
    expect(await idsOf('?webhookId=nobody')).toEqual([]);
  });

  test('can be narrowed to several states, a time and a run', async () => {
    const started = await startApp();
    const failed = await add(started, 'a', { state: 'failed' });
    const delivered = await add(started, 'a', { state: 'delivered' });
    const task = { kind: 'redeliver', selection: { deliveryId: failed.id } } as const;
    const { id: runId } = await started.store.runs.start(task);
    await started.store.runs.redeliver(runId, 1);
    const idsOf = async (query: string): Promise<string[]> =>
      (await list(started, query)).map(({ id }) => id).sort();
    const [again] = await list(started, `?runId=${runId}`);
    expect(again).toMatchObject({ redeliveryOf: failed.id, runId, state: 'pending' });
    expect(await idsOf('?state=failed,delivered')).toEqual([failed.id, delivered.id].sort());
    expect(await idsOf('?since=2026-11-21T12:00:00.001Z')).toEqual([again?.id]);
    expect(await idsOf('?since=2026-11-21T12:00:00Z&until=2026-11-21T13:00:00%2B01:00')).toEqual([]);
    expect(await idsOf('?until=2026-11-21T12:00:00.001Z')).toEqual([failed.id, delivered.id].sort());
  });

  test.each(['?state=failed,', '?state=', '?since=2026-11-21', '?until=soon'])(
    'refuses %s, which would be no filter',
    async (query) => {
      const { app } = await startApp();
      expectProblem(await request(app).get(`${PATH}${query}`), 400, 'bad-request');
    },
  );

  test.each(['pending', 'delivering', 'delivered', 'failed', 'cancelled'] as const)(
    'shows a delivery that is %s by that state',
    async (state) => {
      const started = await startApp();
      const outcome: Outcome | undefined =
        state === 'pending'
          ? { state, delayMs: 0, countsAsRound: false }
          : state === 'delivering'
            ? undefined
            : { state };
      const { id } = await add(started, 'a', outcome);
      expect(await list(started, `?state=${state}`)).toMatchObject([{ id, state }]);
    },
  );
});
