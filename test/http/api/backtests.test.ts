import request, { type Response } from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/webhooks:backtest';
const webhook = { conditions: [{ '==': [{ var: 'status' }, 'missed'] }] };

function backtest({ app }: TestApp, body: object): Promise<Response> {
  return request(app).post(PATH).send(body).then();
}

describe('back-testing a draft', () => {
  test('agrees with what it hits once it is in force', async () => {
    const started = await startApp({
      webhooks: [{ id: 'w', name: 'W', url: 'https://w.test/', ...webhook }],
    });
    for (const [index, status] of ['missed', 'answered', 'missed'].entries()) {
      await request(started.app).post('/cdr/generic').send({ status, index }).expect(200);
    }
    await started.idle();
    const hits = await started.store.deliveries({ webhookId: 'w', limit: 9 });
    const response = await backtest(started, { webhook });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      examined: 3,
      matched: 2,
      errors: 0,
      truncated: false,
      oldestAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      examples: hits.map(({ cdrId }) => ({
        cdrId,
        source: 'generic',
        receivedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      })),
    });
  });

  test('is refused while another runs', async () => {
    const started = await startApp();
    const release = Promise.withResolvers<undefined>();
    const cdrs = started.store.cdrs.bind(started.store);
    started.store.cdrs = async (filter) => (await release.promise, cdrs(filter));
    const first = backtest(started, { webhook });
    let second = await backtest(started, { webhook, last: 0 });
    expect(second.status).toBe(422);
    const racing = backtest(started, { webhook });
    second = await Promise.race([first, racing]);
    expectProblem(second, 409, 'conflict');
    expect(second.headers['retry-after']).toBe('5');
    release.resolve(undefined);
    expect((await Promise.all([first, racing])).map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test.each([
    [{}, ''],
    [{ webhook, last: 5_001 }, '/last'],
    [{ webhook: { conditions: [{}] } }, '/webhook/conditions/0'],
    [{ webhook, cdr: {} }, '/cdr'],
  ])('refuses %j', async (body, pointer) => {
    const { errors } = expectProblem(await backtest(await startApp(), body), 422, 'invalid');
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });
});

describe('recipes', () => {
  test('are listed with what there is to fill in, and are had one by one with their webhook', async () => {
    const { app } = await startApp();
    const { body } = (await request(app).get('/api/v1/recipes').expect(200)) as { body: { data: object[] } };
    expect(body.data.length).toBeGreaterThan(10);
    expect(body.data[0]).toMatchObject({
      id: 'connectwise-ticket',
      fillIn: expect.arrayContaining([expect.objectContaining({ secret: true })]) as object[],
    });
    const one = await request(app).get('/api/v1/recipes/slack-message').expect(200);
    expect(one.body).toMatchObject({ id: 'slack-message', webhook: { name: expect.any(String) as string } });
    expectProblem(await request(app).get('/api/v1/recipes/none'), 404, 'not-found');
  });
});
