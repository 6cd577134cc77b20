import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type AppSettings, type TestApp } from '../../support/app.ts';
import { addDelivery } from '../../support/deliveries.ts';
import { newCdr } from '../../support/webhooks.ts';

const RUNS = '/api/v1/runs';
const PLAN = '/api/v1/runs:plan';
const A_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'http://target.test/hook' };

interface ShownRun {
  readonly id: string;
  readonly state: string;
}

function start(settings: AppSettings = {}): Promise<TestApp> {
  return startApp({ webhooks: [TICKETS], ...settings });
}

/** Begins a run that has to be taken. */
async function begin({ app }: TestApp, body: object, key?: string): Promise<ShownRun> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const response = await request(app).post(RUNS).set(headers).send(body);
  expect(response.status).toBe(202);
  return response.body as ShownRun;
}

async function idsOf({ app }: TestApp, query = ''): Promise<string[]> {
  const response = await request(app).get(`${RUNS}${query}`).expect(200);
  return (response.body as { data: ShownRun[] }).data.map(({ id }) => id);
}

describe('a run', () => {
  test('is begun, told where to find it, and shown as it goes', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', { state: 'failed' });
    const body = { kind: 'redeliver', webhookId: 'tickets', since: '2026-01-01T00:00:00+01:00' };
    const response = await request(started.app).post(RUNS).send(body);
    expect(response.status).toBe(202);
    const { id } = response.body as ShownRun;
    expect(response.headers['location']).toBe(`${RUNS}/${id}`);
    expect(response.body).toEqual({
      id,
      kind: 'redeliver',
      state: 'running',
      selection: { webhookId: 'tickets', states: ['failed'], since: '2025-12-31T23:00:00.000Z' },
      createdAt: A_TIME,
      finishedAt: null,
      ...{ total: 1, done: 0, made: 0, skipped: 0 },
    });
    await started.store.runs.redeliver(id, 10);
    const shown = await request(started.app).get(`${RUNS}/${id}`);
    expect(shown.body).toMatchObject({ id, state: 'done', finishedAt: A_TIME, done: 1, made: 1 });
  });

  test('is driven by the worker as soon as it is begun', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', { state: 'failed' });
    started.runWorker.start();
    const { id } = await begin(started, { kind: 'redeliver' });
    await expect.poll(async () => (await started.store.runs.find(id))?.state).toBe('done');
    expect(started.logOf('run.done')).toMatchObject([{ runId: id, kind: 'redeliver', made: 1 }]);
    const made = await request(started.app).get(`/api/v1/deliveries?runId=${id}`);
    expect(made.body).toMatchObject({ data: [{ runId: id, webhookId: 'tickets', state: 'pending' }] });
  });

  test('redelivers what failed unless it is told otherwise', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', { state: 'failed' });
    await addDelivery(started, 'tickets', { state: 'delivered' });
    expect(await begin(started, { kind: 'redeliver' })).toMatchObject({ total: 1 });
    const states = ['delivered', 'failed'];
    expect(await begin(started, { kind: 'redeliver', states })).toMatchObject({ total: 2 });
  });

  test('of a replay takes the CDRs of a source', async () => {
    const started = await start();
    await started.store.accept([newCdr([], { source: 'one' }), newCdr([], { source: 'two' })]);
    const body = { kind: 'replay', source: 'two', webhookId: 'tickets', again: true };
    expect(await begin(started, body)).toMatchObject({
      kind: 'replay',
      total: 1,
      selection: { source: 'two', webhookId: 'tickets', again: true },
    });
  });

  test('is cancelled once and stays so', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', { state: 'failed' });
    const { id } = await begin(started, { kind: 'redeliver' });
    for (const path of [`${RUNS}/${id}/cancel`, `${RUNS}/${id}/cancel`]) {
      const response = await request(started.app).post(path);
      expect(response.status).toBe(200);
      expect(response.body).toMatchObject({ id, state: 'cancelled', finishedAt: A_TIME });
    }
    expect(await started.store.runs.redeliver(id, 10)).toBeUndefined();
  });

  test('of an unknown id is 404', async () => {
    const { app } = await start();
    expectProblem(await request(app).get(`${RUNS}/run_none`), 404, 'not-found');
    expectProblem(await request(app).post(`${RUNS}/run_none/cancel`), 404, 'not-found');
  });
});

describe('a plan', () => {
  test('says how many there are, and changes nothing', async () => {
    const started = await start();
    for (let number = 0; number < 3; number += 1) await addDelivery(started, 'tickets', { state: 'failed' });
    await addDelivery(started, 'other', { state: 'failed' });
    const response = await request(started.app).post(PLAN).send({ kind: 'redeliver', webhookId: 'tickets' });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ total: 3, skipped: 0 });
    expect(await idsOf(started)).toEqual([]);
    expect(await started.store.pending()).toBe(0);
  });
});

describe('the list of runs', () => {
  test('has the newest first, page by page, and can be narrowed to a state', async () => {
    const started = await start();
    const ids: string[] = [];
    for (let number = 0; number < 3; number += 1) ids.push((await begin(started, { kind: 'redeliver' })).id);
    expect(await idsOf(started)).toEqual(ids.toReversed());
    expect(await idsOf(started, `?limit=1&cursor=${ids[2] ?? ''}`)).toEqual([ids[1]]);
    await started.store.runs.cancel(ids[1] ?? '');
    expect(await idsOf(started, '?state=cancelled')).toEqual([ids[1]]);
    expectProblem(await request(started.app).get(`${RUNS}?stat=done`), 400, 'bad-request');
  });
});

describe('an Idempotency-Key', () => {
  test('that is sent again gives the run it began', async () => {
    const started = await start();
    const first = await begin(started, { kind: 'redeliver', webhookId: 'tickets' }, 'once');
    const second = await begin(started, { webhookId: 'tickets', kind: 'redeliver' }, 'once');
    expect(second.id).toBe(first.id);
    expect(await idsOf(started)).toEqual([first.id]);
  });

  test('for another task is refused', async () => {
    const started = await start();
    await begin(started, { kind: 'redeliver' }, 'once');
    const response = await request(started.app)
      .post(RUNS)
      .set('idempotency-key', 'once')
      .send({ kind: 'replay' });
    const { detail } = expectProblem(response, 422, 'idempotency-key-used');
    expect(detail).toContain('use a new key');
    expect(await idsOf(started)).toHaveLength(1);
  });

  test('belongs to who sent it', async () => {
    const tokens = ['one', 'two'].map((name) => ({
      name,
      token: `token-${name}`,
      scopes: ['write'] as const,
    }));
    const { app } = await startApp({ access: { tokens } });
    const ids = [];
    for (const { token } of [...tokens, ...tokens]) {
      const sent = request(app)
        .post(RUNS)
        .set({ authorization: `Bearer ${token}`, 'idempotency-key': 'once' });
      ids.push(((await sent.send({ kind: 'redeliver' }).expect(202)).body as ShownRun).id);
    }
    expect(new Set(ids).size).toBe(2);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  test.each(['', ' ', 'k'.repeat(256)])('of another length than 1 to 255 is refused', async (key) => {
    const { app } = await start();
    const response = await request(app).post(RUNS).set('idempotency-key', key).send({ kind: 'redeliver' });
    expectProblem(response, 400, 'bad-request');
  });
});

describe.each([RUNS, PLAN])('a body sent to %s', (path) => {
  test.each([
    [{}, '', '"kind" is missing'],
    [{ kind: 'restart' }, '/kind', 'redeliver'],
    [{ kind: 'redeliver', webhook: 'tickets' }, '/webhook', 'webhookId'],
    [{ kind: 'redeliver', again: true }, '/again', 'unknown member'],
    [{ kind: 'replay', states: ['failed'] }, '/states', 'unknown member'],
    [{ kind: 'redeliver', states: [] }, '/states', ''],
    [{ kind: 'redeliver', states: ['pending'] }, '/states/0', 'delivered'],
    [{ kind: 'redeliver', webhookId: 'nobody' }, '/webhookId', 'there is no webhook "nobody"'],
    [{ kind: 'redeliver', since: 'yesterday' }, '/since', '2026-11-21T14:03:22Z'],
    [{ kind: 'replay', until: '2026-11-21' }, '/until', '2026-11-21T14:03:22Z'],
    [[], '', 'object'],
  ])('is refused when it is %j', async (body, pointer, word) => {
    const started = await start();
    const { errors = [] } = expectProblem(await request(started.app).post(path).send(body), 422, 'invalid');
    expect(errors.map((error) => error.pointer)).toContain(pointer);
    expect(errors.map(({ detail }) => detail).join()).toContain(word);
    expect(await idsOf(started)).toEqual([]);
  });

  test('has to be there', async () => {
    const { app } = await start();
    expectProblem(await request(app).post(path), 400, 'unreadable-body');
  });
});

test.each(['runs', 'runs/x/cancel', 'deliveries/x/redeliver', 'webhooks/tickets/cancel-pending'])(
  'a token that may only read cannot POST to %s',
  async (path) => {
    const tokens = [{ name: 'page', token: 'look', scopes: ['read'] as const }];
    const { app } = await start({ access: { tokens } });
    const response = await request(app).post(`/api/v1/${path}`).set('authorization', 'Bearer look').send({});
    expectProblem(response, 403, 'forbidden');
  },
);
