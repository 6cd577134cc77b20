import request, { type Response } from 'supertest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRedaction } from '../../../src/cdr/redaction.ts';
import { expectProblem, postBytes, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/match:explain';

const is = (path: string, value: unknown): object => ({ '==': [{ var: path }, value] });
const webhook = (id: string, ...conditions: object[]) => ({
  id,
  name: id.toUpperCase(),
  url: 'https://x.test/',
  conditions: conditions as never[],
});

const WEBHOOKS = [
  webhook('far', is('a', 'x'), is('b', 'x'), is('c', 'x')),
  webhook('near', is('a', 1), is('b', 'x'), is('c', 3)),
  webhook('other', is('a', 'x')),
  webhook('hit', is('a', 1)),
];

interface Explained {
  readonly vendor: string;
  readonly source: string;
  readonly ignored: string | null;
  readonly data: { webhookId: string | null; matched: boolean; conditions: { result: boolean }[] }[];
  readonly nextCursor: string | null;
}

function explain({ app }: TestApp, body: object, query = ''): Promise<Response> {
  return request(app).post(`${PATH}${query}`).send(body).then();
}

async function explained(started: TestApp, body: object, query = ''): Promise<Explained> {
  const response = await explain(started, body, query);
  expect(response.status).toBe(200);
  return response.body as Explained;
}

describe('explaining', () => {
  test('lists what matches first, then the nearest misses', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    const { data, nextCursor } = await explained(started, { cdr: { a: 1, b: 2, c: 3 } });
    expect(data.map(({ webhookId }) => webhookId)).toEqual(['hit', 'near', 'other', 'far']);
    expect(data.map(({ matched }) => matched)).toEqual([true, false, false, false]);
    expect(nextCursor).toBeNull();
  });

  test('tells of every condition whether it holds and what it found', async () => {
    const started = await startApp({ webhooks: [webhook('w', is('a', '1'), { '<': [{ var: 'wait' }, 5] })] });
    const { data, ...about } = await explained(started, { cdr: { a: 1 }, source: 'branch-7' });
    expect(about).toMatchObject({ source: 'branch-7', vendor: 'generic', ignored: null, fields: { a: 1 } });
    expect(data).toEqual([
      {
        webhookId: 'w',
        name: 'W',
        enabled: true,
        matched: true,
        listens: true,
        conditions: [
          { condition: is('a', '1'), result: true, values: [{ path: 'a', value: 1, absent: false }] },
          {
            condition: { '<': [{ var: 'wait' }, 5] },
            result: true,
            values: [{ path: 'wait', value: null, absent: true }],
          },
        ],
      },
    ]);
  });

  test('takes a stored CDR by its id, with the overlay that its source has', async () => {
    const started = await startApp({ webhooks: [webhook('w', is('$call.direction', 'inbound'))] });
    const raw = JSON.stringify({ direction: 'inbound' });
    const [accepted] = await started.store.accept([
      newCdr([], { raw, source: 'telecmi', vendor: 'telecmi' }),
    ]);
    const { data, source } = await explained(started, { cdrId: accepted?.id });
    expect(source).toBe('telecmi');
    expect(data).toMatchObject([{ matched: true }]);
  });

  test('takes what a phone system would send, and tells the vendor', async () => {
    const { source, vendor, ...others } = await explained(await startApp(), {
      raw: 'call_status=missed&to=5550100',
      vendor: 'telecmi',
    });
    expect([source, vendor]).toEqual(['telecmi', 'telecmi']);
    expect(others).toMatchObject({ fields: { to: '5550100' }, cdrsInText: 1 });
  });

  test('keeps the digits of a pasted CDR', async () => {
    const { app } = await startApp();
    const body = '{"cdr": {"id": 9223372036854775807, "cost": 1.10}}';
    const response = await postBytes(app, PATH, body).expect(200);
    expect(response.text).toContain('"fields":{"id":9223372036854775807,"cost":1.10}');
  });

  test('explains a draft that has neither name nor url, and nothing else unless asked', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    const draft = { conditions: [is('a', 1)], url: '', headers: { 'half written': 5 } };
    const { data } = await explained(started, { cdr: { a: 1 }, webhook: draft });
    expect(data).toMatchObject([{ webhookId: null, matched: true }]);
    const both = await explained(started, { cdr: { a: 1 }, webhook: draft, webhookIds: ['far'] });
    expect(both.data.map(({ webhookId }) => webhookId)).toEqual([null, 'far']);
  });

  test('tells that a webhook does not listen to the source', async () => {
    const started = await startApp({ webhooks: [{ ...webhook('w', is('a', 1)), sources: ['hq'] }] });
    const { data } = await explained(started, { cdr: { a: 1 }, source: 'branch' });
    expect(data).toMatchObject([{ matched: false, listens: false, conditions: [{ result: true }] }]);
  });

  test('goes by pages and can be had for one result alone', async () => {
    const started = await startApp({ webhooks: WEBHOOKS });
    const body = { cdr: { a: 1, b: 2, c: 3 } };
    const first = await explained(started, body, '?limit=3');
    expect(first.nextCursor).not.toBeNull();
    const rest = await explained(started, body, `?limit=3&cursor=${first.nextCursor ?? ''}`);
    expect([...first.data, ...rest.data].map(({ webhookId }) => webhookId)).toEqual([
      'hit',
      'near',
      'other',
      'far',
    ]);
    expect(rest.nextCursor).toBeNull();
    expect((await explained(started, body, '?matched=true')).data).toHaveLength(1);
    expect((await explained(started, body, '?matched=false')).data).toHaveLength(3);
  });

  test('agrees with what intake hits', async () => {
    const value = fc.constantFrom(0, 1, '1', '', null, 'x', true);
    const condition = fc
      .tuple(fc.constantFrom('==', '!=', '===', '<', '>'), fc.constantFrom('a', 'b', '$source'), value)
      .map(([operator, path, operand]) => ({ [operator]: [{ var: path }, operand] }));
    const sets = fc.array(fc.array(condition, { maxLength: 3 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sets, fc.dictionary(fc.constantFrom('a', 'b'), value), async (conditions, record) => {
        const webhooks = conditions.map((list, index) => webhook(`w${index}`, ...list));
        const started = await startApp({ webhooks });
        await request(started.app).post('/cdr/generic').send(record).expect(200);
        await started.idle();
        const [stored] = await started.store.cdrs({ limit: 1 });
        const hits = await started.store.deliveries({ limit: 100 });
        const { data } = await explained(started, { cdrId: stored?.id });
        const matched = data.filter((one) => one.matched).map(({ webhookId }) => webhookId);
        expect(matched.sort()).toEqual(hits.map(({ webhookId }) => webhookId).sort());
      }),
      { numRuns: 15 },
    );
  });
});

describe('explaining refuses', () => {
  test.each([
    [{}, ''],
    [{ cdr: { a: 1 }, raw: '{}' }, ''],
    [{ cdrId: 'cdr_none' }, '/cdrId'],
    [{ cdr: 5 }, '/cdr'],
    [{ raw: 'nothing' }, '/raw'],
    [{ cdr: {}, vendor: 'nobody' }, '/vendor'],
    [{ cdr: {}, webhookIds: ['hit', 'none'] }, '/webhookIds/1'],
    [{ cdr: {}, webhook: { conditions: [{ '=': [1, 2] }] } }, '/webhook/conditions/0'],
    [{ cdr: {}, webhook: { conditions: 'all' } }, '/webhook/conditions'],
    [{ cdr: {}, typo: 1 }, '/typo'],
  ])('%j', async (body, pointer) => {
    const started = await startApp({ webhooks: WEBHOOKS });
    const { errors } = expectProblem(await explain(started, body), 422, 'invalid');
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test('other methods and what is no JSON', async () => {
    const { app } = await startApp();
    expectProblem(await request(app).get(PATH), 405, 'method-not-allowed');
    expectProblem(await postBytes(app, PATH, '{'), 400, 'unreadable-body');
    expectProblem(await request(app).post(PATH), 400, 'unreadable-body');
    expectProblem(await request(app).post(`${PATH}?cursor=x`).send({ cdr: {} }), 400, 'bad-request');
  });
});

test('a record that is brought loses what its source takes out, as when it comes in, and the answer says so', async () => {
  const redact = compileRedaction({ drop: ['secret'], redact: ['name'] });
  const webhooks = [webhook('crm', is('name', 'Ann'))];
  const started = await startApp({ webhooks, sources: { pbx: { redact }, plain: {} } });
  const cdr = { name: 'Ann', secret: 'x', id: 1 };
  const taken = await explained(started, { cdr, source: 'pbx' });
  expect(taken).toMatchObject({ redacted: true, fields: { name: '***', id: 1 }, data: [{ matched: false }] });
  expect(Object.keys((taken as unknown as { fields: object }).fields)).toEqual(['name', 'id']);
  expect(await explained(started, { raw: '{"id":1}', source: 'pbx' })).toMatchObject({ redacted: false });
  const left = await explained(started, { cdr, source: 'plain' });
  expect(left).toMatchObject({ redacted: false, fields: cdr, data: [{ matched: true }] });
});
