import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import type { CataloguedField } from '../../../src/cdr/field-catalogue.ts';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/fields';

interface Fields {
  readonly data: CataloguedField[];
  readonly sampledCdrs: number;
}

async function fields({ app }: TestApp, query = ''): Promise<Fields> {
  return (await request(app).get(`${PATH}${query}`).expect(200)).body as Fields;
}

describe('fields', () => {
  test('are those of stored CDRs with values, of the vendors with what they mean, and our own', async () => {
    const started = await startApp();
    await started.store.accept([
      newCdr([], { raw: '{"status":"missed","n":16}' }),
      newCdr([], { raw: '{"status":"answered"}' }),
    ]);
    const { data, sampledCdrs } = await fields(started, '?limit=2000');
    expect(sampledCdrs).toBe(2);
    expect(data.find(({ path }) => path === 'status')).toMatchObject({
      count: 2,
      samples: ['answered', 'missed'],
      vendors: expect.arrayContaining(['generic']) as string[],
    });
    expect(data.find(({ path }) => path === 'n')).toMatchObject({ count: 1, samples: [16] });
    const known = await fields(started, '?vendor=vodia&prefix=callid');
    expect(known.data.find(({ path }) => path === 'callid')).toMatchObject({
      count: 0,
      samples: [],
      vendors: ['vodia'],
      description: expect.stringMatching(/SIP Call-ID/) as string,
    });
    expect(data.find(({ path }) => path === '$call.missed')).toMatchObject({
      count: 0,
      description: expect.stringMatching(/missed/) as string,
    });
  });

  test('can be had by the beginning of their names, in any case', async () => {
    const { data } = await fields(await startApp(), '?prefix=%24CALL.an');
    expect(data.map(({ path }) => path)).toEqual(['$call.answer', '$call.answered']);
  });

  test('can be had of one vendor or source', async () => {
    const started = await startApp();
    await started.store.accept([
      newCdr([], { source: 'vodia', vendor: 'vodia', raw: '{"x":1}' }),
      newCdr([]),
    ]);
    for (const query of ['?vendor=vodia&limit=2000', '?source=vodia&limit=2000']) {
      const { data, sampledCdrs } = await fields(started, query);
      expect(sampledCdrs).toBe(1);
      expect(new Set(data.flatMap(({ vendors }) => vendors))).toEqual(new Set(['vodia']));
    }
  });

  test('are not counted anew for every letter that somebody types', async () => {
    const started = await startApp();
    const cdrs = vi.spyOn(started.store, 'cdrs');
    for (const prefix of ['s', 'st', 'sta']) await fields(started, `?prefix=${prefix}`);
    expect(cdrs).toHaveBeenCalledTimes(1);
  });

  test.each(['?limit=0', '?limit=2001', '?name=x'])('refuse %s', async (query) => {
    const { app } = await startApp();
    expectProblem(await request(app).get(`${PATH}${query}`), 400, 'bad-request');
  });
});
