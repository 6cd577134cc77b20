import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { NetworkGuard } from '../../../src/relay/network-guard.ts';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/webhooks';
const INSIDE = { id: 'tickets', name: 'Tickets', url: 'http://192.168.1.20/in' };
const OUTSIDE = { ...INSIDE, url: 'https://tickets.test/in' };
const { targetProblem } = new NetworkGuard([]);

function start(...webhooks: (typeof INSIDE)[]): Promise<TestApp> {
  return startApp({ webhooks, targetProblem });
}

describe('a target that the configuration refuses', () => {
  test('is refused for a new webhook, and nothing is written', async () => {
    const started = await start();
    const { errors } = expectProblem(await request(started.app).post(PATH).send(INSIDE), 422, 'invalid');
    expect(errors).toMatchObject([{ pointer: '/url' }]);
    expect(errors?.[0]?.detail).toContain('relay.allowNetworks');
    expect(started.onDisk()).toEqual([]);
  });

  test.each(['put', 'patch'] as const)('is refused where %s brings it', async (method) => {
    const started = await start(OUTSIDE);
    const changing = request(started.app)[method](`${PATH}/tickets`).set('if-match', '*');
    const response = await changing.send(INSIDE);
    expect(expectProblem(response, 422, 'invalid').errors).toMatchObject([{ pointer: '/url' }]);
    expect(started.onDisk()).toEqual([OUTSIDE]);
  });

  test('that is there already keeps nobody from changing the rest, and is warned about', async () => {
    const started = await start(INSIDE);
    const answers = [
      await request(started.app).get(`${PATH}/tickets`),
      await request(started.app).patch(`${PATH}/tickets`).set('if-match', '*').send({ name: 'Renamed' }),
      await request(started.app)
        .put(`${PATH}/tickets`)
        .set('if-match', '*')
        .send({ ...INSIDE, name: 'Again' }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toHaveProperty(
        'warnings',
        expect.arrayContaining([expect.objectContaining({ pointer: '/url' })]),
      );
    }
    const list = await request(started.app).get(PATH);
    expect(list.body).toHaveProperty('data.0.warnings', (answers[0]?.body as { warnings: unknown }).warnings);
    expect(started.onDisk()).toEqual([{ ...INSIDE, name: 'Again' }]);
  });
});

test('a target that the configuration allows is taken without a word', async () => {
  const { app } = await start();
  const response = await request(app).post(PATH).send(OUTSIDE);
  expect(response.status).toBe(201);
  expect(JSON.stringify(response.body)).not.toContain('allowNetworks');
});
