import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { addDelivery } from '../../support/deliveries.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/webhooks';
const RETRY = { retry: { burst: 0, schedule: [] } };
const WEBHOOKS = [
  { id: 'crm', name: 'Customers', url: 'https://crm.test/in?key=planted', ...RETRY },
  { id: 'tickets', name: 'Tickets (Büro)', url: 'https://desk.test/', enabled: false, ...RETRY },
  {
    id: 'mail',
    name: 'Mail',
    url: 'https://mail.test/',
    conditions: [{ '!=': [{ var: 'a' }, 1] }],
    ...RETRY,
  },
];

interface Listed {
  readonly data: { readonly id: string; readonly stats: { readonly hourly: number[] } }[];
  readonly nextCursor: string | null;
}

async function list({ app }: TestApp, query = ''): Promise<Listed> {
  return (await request(app).get(`${PATH}${query}`).expect(200)).body as Listed;
}

async function idsOf(started: TestApp, query: string): Promise<string[]> {
  return (await list(started, query)).data.map(({ id }) => id);
}

describe('the list of webhooks', () => {
  test.each([
    ['?q=CUSTOM', ['crm']],
    ['?q=b%C3%BCro', ['tickets']],
    ['?q=ail', ['mail']],
    ['?q=crm.test', ['crm']],
    ['?q=.test', ['crm', 'tickets', 'mail']],
    ['?q=nothing', []],
    ['?enabled=false', ['tickets']],
    ['?enabled=true&q=.test', ['crm', 'mail']],
    ['?state=disabled', ['tickets']],
    ['?state=failing', []],
    ['?state=broken', []],
  ])('%s', async (query, expected) => {
    expect(await idsOf(await startApp({ webhooks: WEBHOOKS }), query)).toEqual(expected);
  });

  test('cannot be searched for what it does not show', async () => {
    expect(await idsOf(await startApp({ webhooks: WEBHOOKS }), '?q=planted')).toEqual([]);
  });

  test('can be narrowed to those that fail, and to those that are left alone', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    started.transport.script = ({ url }) => (url.startsWith('https://crm') ? 500 : 200);
    await request(started.app).post('/cdr/generic').send({ a: 2 }).expect(200);
    await started.idle();
    expect(await idsOf(started, '?state=failing')).toEqual(['crm']);
    for (let n = 0; n < 20; n += 1) await request(started.app).post('/cdr/generic').send({ n, a: 1 });
    await started.idle();
    expect(await idsOf(started, '?state=broken')).toEqual(['crm']);
    const { body } = (await request(started.app).get('/api/v1/overview').expect(200)) as { body: object };
    expect(body).toMatchObject({ brokenWebhooks: ['crm'], brokenWebhookCount: 1 });
  });

  test('goes by pages of what is found', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    const first = await list(started, '?q=.test&enabled=true&limit=1');
    expect(first).toMatchObject({ data: [{ id: 'crm' }], nextCursor: 'crm' });
    expect(await list(started, '?q=.test&enabled=true&limit=1&cursor=crm')).toMatchObject({
      data: [{ id: 'mail' }],
      nextCursor: null,
    });
  });

  test('has the hits of the last 24 hours, and why a webhook cannot be looked up', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    await started.store.accept([newCdr(['crm']), newCdr(['crm', 'mail'])]);
    const [crm, tickets, mail] = (await list(started)).data;
    expect(crm?.stats.hourly).toEqual([...Array.from({ length: 23 }, () => 0), 2]);
    expect(tickets?.stats.hourly).toEqual(Array.from({ length: 24 }, () => 0));
    expect(crm).toMatchObject({ indexable: { indexed: true }, backlog: { pending: 2 } });
    expect(mail).toMatchObject({
      indexable: { indexed: false, reason: expect.stringContaining('every CDR') as string },
    });
  });

  test('can be sent back as it was shown', async () => {
    const { app, onDisk } = await startApp({ webhooks: WEBHOOKS });
    const shown = await request(app).get(`${PATH}/mail`);
    const etag = shown.headers['etag'] as string;
    await request(app)
      .put(`${PATH}/mail`)
      .set('if-match', etag)
      .send(shown.body as object)
      .expect(200);
    expect(onDisk()[2]).toEqual({ enabled: true, ...WEBHOOKS[2] });
  });

  test.each(['?state=odd', '?enabled=1', '?name=x'])('refuses %s', async (query) => {
    const { app } = await startApp();
    expectProblem(await request(app).get(`${PATH}${query}`), 400, 'bad-request');
  });
});

describe('a webhook that is off', () => {
  async function shown(webhookId: string, lastStatus: number): Promise<object> {
    const started = await startApp({ webhooks: WEBHOOKS });
    const attempts = [{ startedAtMs: Date.now(), durationMs: 1, status: lastStatus }];
    const outcome = { state: 'pending', delayMs: 0, countsAsRound: false } as const;
    await addDelivery(started, webhookId, outcome, { attempts });
    return (await request(started.app).get(`${PATH}/${webhookId}`).expect(200)).body as object;
  }

  test('says so when the router itself switched it off, and that may be sent back', async () => {
    const webhook = await shown('tickets', 410);
    expect(webhook).toMatchObject({ enabled: false, offReason: expect.stringContaining('410') as string });
    const { app } = await startApp({ webhooks: WEBHOOKS });
    await request(app).put(`${PATH}/tickets`).set('if-match', '*').send(webhook).expect(200);
  });

  test.each([
    ['tickets', 503],
    ['crm', 410],
  ])('gives no reason otherwise: %s after a %i', async (webhookId, status) => {
    expect(await shown(webhookId, status)).not.toHaveProperty('offReason');
  });
});
