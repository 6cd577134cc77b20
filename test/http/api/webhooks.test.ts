import { readFileSync, writeFileSync } from 'node:fs';
import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/webhooks';
const CONDITIONS = [{ '==': [{ var: 'status' }, 'missed'] }];
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in', conditions: CONDITIONS };
const NO_BREAKER = { state: 'closed', openedAt: null, nextProbeAt: null };
const NO_STATS = {
  hits: 0,
  lastHitAt: null,
  delivered: 0,
  failed: 0,
  cancelled: 0,
  pending: 0,
  lastDeliveredAt: null,
  lastFailure: null,
  evaluationErrors: 0,
  hourly: expect.any(Array) as number[],
};
const INDEXED = { indexable: { indexed: true }, backlog: { pending: 0 } };

function create({ app }: TestApp, webhook: object): Promise<Response> {
  return request(app).post(PATH).send(webhook).then();
}

interface Shown {
  readonly id: string;
  readonly stats: object;
}

describe('creating a webhook', () => {
  test('answers 201 with where it is, its version and how it is shown from now on', async () => {
    const started = await startApp();
    const response = await create(started, {
      name: 'Missed call',
      url: 'https://x.test/',
      conditions: CONDITIONS,
    });
    expect(response.status).toBe(201);
    expect(response.headers['location']).toBe(`${PATH}/missed-call`);
    expect(response.headers['etag']).toMatch(/^"[\w-]{16,}"$/);
    expect(response.body).toEqual({
      id: 'missed-call',
      name: 'Missed call',
      url: 'https://x.test/',
      enabled: true,
      conditions: CONDITIONS,
      stats: NO_STATS,
      warnings: [],
      ...INDEXED,
      breaker: NO_BREAKER,
    });
    const shown = await request(started.app).get(`${PATH}/missed-call`);
    expect([shown.status, shown.headers['etag'], shown.body]).toEqual([
      200,
      response.headers['etag'],
      response.body,
    ]);
  });

  test('puts exactly what was sent, with its id, at the end of the file', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const sent = {
      name: 'CRM',
      url: 'https://crm.test/${TENANT}',
      conditions: [{ '==': [{ var: 'a' }, '1'] }],
      headers: { Authorization: 'Bearer ${CRM_TOKEN}' },
      meta: { queue: ['x', { y: null }] },
    };
    await create(started, sent);
    expect(started.onDisk()).toEqual([TICKETS, { id: 'crm', ...sent }]);
  });

  test('keeps what else stands in the file', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const $schema = '../schemas/rules.schema.json';
    writeFileSync(started.rulesPath, JSON.stringify({ $schema, webhooks: [TICKETS] }));
    await create(started, { name: 'CRM', url: 'https://crm.test/' });
    expect(JSON.parse(readFileSync(started.rulesPath, 'utf8'))).toMatchObject({ $schema });
    expect(started.onDisk()).toHaveLength(2);
  });

  test('has it in force at once', async () => {
    const started = await startApp();
    await create(started, { name: 'CRM', url: 'https://crm.test/' });
    await request(started.app).post('/cdr/generic').send({ n: 1 }).expect(200);
    await started.idle();
    expect(started.transport.to('https://crm.test/')).toHaveLength(1);
  });

  test('makes another id when the one of its name is taken', async () => {
    const started = await startApp();
    const ids: string[] = [];
    for (let number = 0; number < 3; number += 1) {
      ids.push(((await create(started, { name: 'Büro: 2', url: 'https://x.test/' })).body as Shown).id);
    }
    expect(ids).toEqual(['buro-2', 'buro-2-2', 'buro-2-3']);
    expect(started.onDisk().map(({ id }) => id)).toEqual(ids);
  });

  test('makes ids that fit, however long or strange the name', async () => {
    const started = await startApp();
    for (const name of ['x'.repeat(200), '☎', '-', `${'y'.repeat(61)} - z`, '日本']) {
      for (let number = 0; number < 2; number += 1) {
        const response = await create(started, { name, url: 'https://x.test/' });
        expect(response.status).toBe(201);
        expect((response.body as Shown).id).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/);
      }
    }
    expect(new Set(started.onDisk().map(({ id }) => id)).size).toBe(10);
  });

  test('with an id that is taken is 409 and changes nothing', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const response = await create(started, { ...TICKETS, name: 'Another' });
    expectProblem(response, 409, 'conflict');
    expect(started.onDisk()).toEqual([TICKETS]);
  });

  test('at the same time as others loses none of them', async () => {
    const started = await startApp();
    await Promise.all(
      Array.from({ length: 20 }, () => create(started, { name: 'Same', url: 'https://x.test/' })),
    );
    const ids = started.onDisk().map(({ id }) => id);
    expect(new Set(ids).size).toBe(20);
    expect([...started.registry.webhooks.keys()]).toEqual(ids);
  });
});

describe('showing webhooks', () => {
  test('gives them in the order of the file, with their counters', async () => {
    const started = await startApp({ webhooks: [TICKETS, { ...TICKETS, id: 'a' }] });
    const receivedAtMs = Date.parse('2026-11-21T12:00:00Z');
    await started.store.accept([newCdr(['a'], { receivedAtMs })]);
    const response = await request(started.app).get(PATH);
    expect(response.body).toEqual({
      data: [
        { ...TICKETS, ...INDEXED, enabled: true, stats: NO_STATS, warnings: [], breaker: NO_BREAKER },
        {
          ...TICKETS,
          id: 'a',
          enabled: true,
          stats: { ...NO_STATS, hits: 1, pending: 1, lastHitAt: '2026-11-21T12:00:00.000Z' },
          warnings: [],
          indexable: { indexed: true },
          backlog: { pending: 1 },
          breaker: NO_BREAKER,
        },
      ],
      nextCursor: null,
    });
  });

  test('counts deliveries and tells the last failure', async () => {
    const webhook = { ...TICKETS, conditions: [], retry: { burst: 0, schedule: [] } };
    const started = await startApp({ webhooks: [webhook] });
    started.transport.script = (_request, number) => (number === 1 ? 500 : 200);
    for (const n of [1, 2]) {
      await request(started.app).post('/cdr/generic').send({ n });
      await started.idle();
    }
    const { stats } = (await request(started.app).get(`${PATH}/tickets`)).body as Shown;
    const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    expect(stats).toEqual({
      ...NO_STATS,
      hits: 2,
      lastHitAt: aTime,
      delivered: 1,
      lastDeliveredAt: aTime,
      failed: 1,
      lastFailure: { at: aTime, statusCode: 500, error: 'HTTP 500' },
    });
  });

  test('warns of what may surprise, where it stands', async () => {
    const { app } = await startApp({ webhooks: [{ ...TICKETS, conditions: [] }] });
    const response = await request(app).get(`${PATH}/tickets`);
    expect(response.body).toMatchObject({
      warnings: [{ pointer: '/conditions', detail: expect.stringContaining('every CDR') as string }],
    });
  });

  test('never shows the value of a reference', async () => {
    const headers = { Authorization: 'Bearer ${TOKEN}' };
    const { app } = await startApp({
      webhooks: [{ ...TICKETS, headers }],
      environment: { TOKEN: 'hunter2' },
    });
    const response = await request(app).get(PATH);
    expect(response.text).toContain('Bearer ${TOKEN}');
    expect(response.text).not.toContain('hunter2');
  });

  test('of an id that is not there is 404', async () => {
    const { app } = await startApp({ webhooks: [TICKETS] });
    for (const id of ['other', '__proto__', 'TICKETS', '%F0%9F%93%9E']) {
      expectProblem(await request(app).get(`${PATH}/${id}`), 404, 'not-found');
    }
  });

  test('has one version as long as only its counters change', async () => {
    const { app, store } = await startApp({ webhooks: [TICKETS] });
    const before = await request(app).get(`${PATH}/tickets`);
    await store.accept([newCdr(['tickets'])]);
    const after = await request(app).get(`${PATH}/tickets`);
    expect(after.body).not.toEqual(before.body);
    expect(after.headers['etag']).toBe(before.headers['etag']);
  });
});

test.each([
  [PATH, ['put', 'patch', 'delete'], 'GET, POST'],
  [`${PATH}/tickets`, ['post', 'options'], 'GET, PUT, PATCH, DELETE'],
  [`${PATH}/tickets/enable`, ['get', 'put', 'delete'], 'POST'],
  [`${PATH}/tickets/disable`, ['get', 'put', 'delete'], 'POST'],
] as const)('%s answers other methods with 405 and those there are', async (path, methods, allowed) => {
  const { app, onDisk } = await startApp({ webhooks: [TICKETS] });
  for (const method of methods) {
    const response = await request(app)[method](path);
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers['allow']).toBe(allowed);
  }
  expect(onDisk()).toEqual([TICKETS]);
});
