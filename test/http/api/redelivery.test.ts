import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { addDelivery } from '../../support/deliveries.ts';
import { newCdr } from '../../support/webhooks.ts';

const API = '/api/v1';
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'http://target.test/hook' };
const WAITS = { state: 'pending', delayMs: 60_000, countsAsRound: true } as const;

function start(): Promise<TestApp> {
  return startApp({ webhooks: [TICKETS, { ...TICKETS, id: 'crm' }] });
}

async function post({ app }: TestApp, path: string, body?: object, key?: string): Promise<Response> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const sending = request(app).post(`${API}${path}`).set(headers);
  return body === undefined ? sending : sending.send(body);
}

async function deliveriesOf({ store }: TestApp, cdrId: string): Promise<string[]> {
  return (await store.deliveries({ cdrId, limit: 10 })).map(({ state }) => state);
}

describe('redelivering one delivery', () => {
  test.each(['failed', 'delivered', 'cancelled'] as const)('that is %s makes a new one', async (state) => {
    const started = await start();
    const { id, cdrId } = await addDelivery(started, 'tickets', { state });
    const response = await post(started, `/deliveries/${id}/redeliver`);
    expect(response.status).toBe(202);
    const made = response.body as { id: string };
    expect(made).toMatchObject({ cdrId, webhookId: 'tickets', state: 'pending', redeliveryOf: id });
    expect(response.headers['location']).toBe(`${API}/deliveries/${made.id}`);
    expect(await deliveriesOf(started, cdrId)).toEqual(['pending', state]);
  });

  test('pressed twice makes one: with the same key the same, without a key none', async () => {
    const started = await start();
    const { id, cdrId } = await addDelivery(started, 'tickets', { state: 'failed' });
    const first = await post(started, `/deliveries/${id}/redeliver`, undefined, 'once');
    const second = await post(started, `/deliveries/${id}/redeliver`, undefined, 'once');
    expect([second.status, second.body]).toEqual([202, first.body]);
    expectProblem(await post(started, `/deliveries/${id}/redeliver`), 409, 'conflict');
    expect(await deliveriesOf(started, cdrId)).toEqual(['pending', 'failed']);
  });

  test('pressed twice at once makes one', async () => {
    const started = await start();
    const { id, cdrId } = await addDelivery(started, 'tickets', { state: 'failed' });
    started.runWorker.start();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(started, `/deliveries/${id}/redeliver`, undefined, 'once')),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(await deliveriesOf(started, cdrId)).toEqual(['pending', 'failed']);
  });

  test('with a key that has begun another is refused', async () => {
    const started = await start();
    const first = await addDelivery(started, 'tickets', { state: 'failed' });
    const other = await addDelivery(started, 'tickets', { state: 'failed' });
    await post(started, `/deliveries/${first.id}/redeliver`, undefined, 'once');
    const response = await post(started, `/deliveries/${other.id}/redeliver`, undefined, 'once');
    expectProblem(response, 422, 'idempotency-key-used');
    expect(await deliveriesOf(started, other.cdrId)).toEqual(['failed']);
  });

  test.each([
    ['waits', WAITS],
    ['is under way', undefined],
  ])('that %s is refused, and begins no run', async (_, outcome) => {
    const started = await start();
    const { id } = await addDelivery(started, 'tickets', outcome);
    expectProblem(await post(started, `/deliveries/${id}/redeliver`), 409, 'conflict');
    expect(await started.store.runs.list({ limit: 1 })).toEqual([]);
  });

  test('of a webhook that is deleted is refused', async () => {
    const started = await start();
    const { id } = await addDelivery(started, 'gone', { state: 'failed' });
    const { detail } = expectProblem(await post(started, `/deliveries/${id}/redeliver`), 409, 'conflict');
    expect(detail).toContain('"gone"');
  });
});

describe('cancelling one delivery', () => {
  test('that waits ends it, and once more changes nothing', async () => {
    const started = await start();
    const { id } = await addDelivery(started, 'tickets', WAITS);
    for (const path of [`/deliveries/${id}/cancel`, `/deliveries/${id}/cancel`]) {
      const response = await post(started, path);
      expect(response.status).toBe(200);
      expect(response.body).toMatchObject({ id, state: 'cancelled', nextAttemptAt: null });
    }
  });

  test.each([
    ['under way', undefined],
    ['delivered', { state: 'delivered' }],
    ['failed', { state: 'failed' }],
  ] as const)('that is %s is refused', async (word, outcome) => {
    const started = await start();
    const { id } = await addDelivery(started, 'tickets', outcome);
    const { detail } = expectProblem(await post(started, `/deliveries/${id}/cancel`), 409, 'conflict');
    expect(detail).toContain(word);
  });
});

test.each(['deliveries/x/redeliver', 'deliveries/x/cancel', 'cdrs/x/replay'])(
  '%s of what is not there is 404',
  async (path) => {
    expectProblem(await post(await start(), `/${path}`), 404, 'not-found');
  },
);

describe('recovering a webhook', () => {
  const since = '2026-01-01T00:00:00Z';
  const fail = (app: TestApp, webhookId: string, receivedAt: string): Promise<{ id: string }> =>
    addDelivery(app, webhookId, { state: 'failed' }, { cdr: { receivedAtMs: Date.parse(receivedAt) } });

  test('begins a run over what of it failed in that time', async () => {
    const started = await start();
    await fail(started, 'tickets', '2025-12-31T23:59:59Z');
    const meant = await fail(started, 'tickets', '2026-03-01T00:00:00Z');
    await fail(started, 'tickets', '2026-05-01T00:00:00Z');
    await fail(started, 'crm', '2026-03-01T00:00:00Z');
    const until = '2026-04-01T00:00:00Z';
    const response = await post(started, '/webhooks/tickets/recover', { since, until });
    expect(response.status).toBe(202);
    expect(response.headers['location']).toMatch(/^\/api\/v1\/runs\/run_/);
    const run = response.body as { id: string };
    expect(run).toMatchObject({ kind: 'redeliver', total: 1, selection: { states: ['failed'] } });
    await started.store.runs.redeliver(run.id, 10);
    const made = await started.store.deliveries({ runId: run.id, limit: 10 });
    expect(made.map(({ redeliveryOf }) => redeliveryOf)).toEqual([meant.id]);
  });

  test('takes other states when asked', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', { state: 'cancelled' });
    const body = { since, states: ['cancelled'] };
    expect((await post(started, '/webhooks/tickets/recover', body)).body).toMatchObject({ total: 1 });
  });

  test('pressed twice with one key begins one run', async () => {
    const started = await start();
    const first = await post(started, '/webhooks/tickets/recover', { since }, 'once');
    const second = await post(started, '/webhooks/tickets/recover', { since }, 'once');
    expect(second.body).toEqual(first.body);
    expectProblem(
      await post(started, '/webhooks/crm/recover', { since }, 'once'),
      422,
      'idempotency-key-used',
    );
    expect(await started.store.runs.list({ limit: 10 })).toHaveLength(1);
  });

  test.each([
    [{}, ''],
    [{ since, webhookId: 'crm' }, '/webhookId'],
    [{ since: 'monday' }, '/since'],
  ])('is refused with %j', async (body, pointer) => {
    const response = await post(await start(), '/webhooks/tickets/recover', body);
    expect(expectProblem(response, 422, 'invalid').errors).toMatchObject([{ pointer }]);
  });
});

describe('cancelling what waits for a webhook', () => {
  test('leaves what is under way and what waits for others', async () => {
    const started = await start();
    await addDelivery(started, 'tickets', WAITS);
    await addDelivery(started, 'tickets', WAITS);
    const underWay = await addDelivery(started, 'tickets');
    const other = await addDelivery(started, 'crm', WAITS);
    const response = await post(started, '/webhooks/tickets/cancel-pending');
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ cancelled: 2, delivering: [underWay.id] });
    expect(await deliveriesOf(started, other.cdrId)).toEqual(['pending']);
  });
});

test('deleting a webhook cancels what waits for it at once, so one with its id has nothing of it', async () => {
  const started = await start();
  const { cdrId } = await addDelivery(started, 'tickets', WAITS);
  const other = await addDelivery(started, 'crm', WAITS);
  const path = `${API}/webhooks/tickets`;
  expect((await request(started.app).delete(path).set('if-match', '*')).status).toBe(204);
  expect(await deliveriesOf(started, cdrId)).toEqual(['cancelled']);
  expect(await deliveriesOf(started, other.cdrId)).toEqual(['pending']);
  expect((await post(started, '/webhooks', TICKETS)).body).toMatchObject({
    stats: { pending: 0, cancelled: 1 },
  });
});

test('the metrics count every delivery that somebody cancels', async () => {
  const started = await start();
  const { id } = await addDelivery(started, 'tickets', WAITS);
  for (const webhookId of ['tickets', 'tickets', 'crm']) await addDelivery(started, webhookId, WAITS);
  await post(started, `/deliveries/${id}/cancel`);
  await post(started, `/deliveries/${id}/cancel`);
  await post(started, '/webhooks/tickets/cancel-pending');
  await request(started.app).delete(`${API}/webhooks/crm`).set('if-match', '*');
  const { text } = await request(started.app).get('/metrics');
  expect(text).toContain('hookswitch_deliveries_total{state="cancelled"} 4');
});

test.each(['recover', 'cancel-pending'])('%s of an unknown webhook is 404', async (verb) => {
  const response = await post(await start(), `/webhooks/nobody/${verb}`, { since: '2026-01-01T00:00:00Z' });
  expectProblem(response, 404, 'not-found');
});

describe('replaying a CDR', () => {
  async function replayed(body?: object): Promise<string[]> {
    const started = await start();
    const [accepted] = await started.store.accept([newCdr([])]);
    const response = await post(started, `/cdrs/${accepted?.id ?? ''}/replay`, body);
    expect(response.status).toBe(202);
    const { id } = response.body as { id: string };
    started.runWorker.start();
    await expect.poll(async () => (await started.store.runs.find(id))?.state).toBe('done');
    const made = await started.store.deliveries({ runId: id, limit: 10 });
    return made.map(({ webhookId }) => webhookId).sort();
  }

  test('makes deliveries to what it hits by the rules of today', async () => {
    expect(await replayed()).toEqual(['crm', 'tickets']);
  });

  test('may be meant for one webhook', async () => {
    expect(await replayed({ webhookId: 'crm' })).toEqual(['crm']);
  });

  test.each([
    [{ webhookIds: ['crm'] }, '/webhookIds'],
    [{ webhookId: 'nobody' }, '/webhookId'],
  ])('is refused with %j', async (body, pointer) => {
    const started = await start();
    const [accepted] = await started.store.accept([newCdr([])]);
    const response = await post(started, `/cdrs/${accepted?.id ?? ''}/replay`, body);
    expect(expectProblem(response, 422, 'invalid').errors).toMatchObject([{ pointer }]);
  });
});
