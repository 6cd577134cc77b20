import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

const PATH = '/api/v1/cdrs';
const CONDITIONS = [{ '==': [{ var: 'status' }, 'missed'] }];
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in', conditions: CONDITIONS };

interface ShownCdr {
  readonly id: string;
  readonly source: string;
  readonly call: object;
}

async function take({ app, idle }: TestApp, raw: string, source = 'generic'): Promise<string> {
  const response = await postBytes(app, `/cdr/${source}`, raw).expect(200);
  await idle();
  return (response.body as { ids: string[] }).ids[0] ?? '';
}

async function list({ app }: TestApp, query = ''): Promise<ShownCdr[]> {
  const response = await request(app).get(`${PATH}${query}`).expect(200);
  return (response.body as { data: ShownCdr[] }).data;
}

describe('a CDR', () => {
  test('is shown with where it came from, what it hit and what was made of it', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const id = await take(started, '{"status":"missed"}', 'telecmi');
    const response = await request(started.app).get(`${PATH}/${id}`);
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.body).toEqual({
      id,
      source: 'telecmi',
      vendor: 'telecmi',
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      hits: 1,
      identity: null,
      revision: null,
      supersedes: null,
      recordings: [],
      violation: expect.stringMatching(/\S/) as string,
      deliveries: [expect.objectContaining({ webhookId: 'tickets', cdrId: id, state: 'delivered' })],
      call: expect.any(Object) as object,
      fields: { status: 'missed' },
      cdr: { status: 'missed' },
    });
  });

  test('that hit nothing is there too', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const id = await take(started, '{"status":"answered"}');
    const { body } = (await request(started.app).get(`${PATH}/${id}`)) as { body: object };
    expect(body).toMatchObject({ hits: 0, deliveries: [], violation: null });
  });

  test('is shown byte for byte, with all digits of its numbers', async () => {
    const started = await startApp();
    const raw = '{ "id": 9223372036854775807,\t"cost" : 1.10, "e":1E+2, "u":"\\u00fc\\/☎", "a":1, "a":2 }';
    const id = await take(started, raw);
    const response = await request(started.app).get(`${PATH}/${id}`);
    expect(response.text.endsWith(`,"cdr":${raw}}`)).toBe(true);
  });

  test('has its fields by the paths that conditions use, with all digits', async () => {
    const started = await startApp();
    const raw = '{"legs":[{"trunk.name":"x","id":9223372036854775807}],"$a":1.50,"none":[],"n":null}';
    const id = await take(started, raw);
    const { text } = await request(started.app).get(`${PATH}/${id}`);
    const fields =
      '{"legs.0.trunk\\\\.name":"x","legs.0.id":9223372036854775807,"\\\\$a":1.50,"none":[],"n":null}';
    expect(text).toContain(`"fields":${fields}`);
  });

  test.each([100, 3_000, 100_000])('nested %d deep can be looked at all the same', async (depth) => {
    const started = await startApp();
    const raw = `{"a":${'['.repeat(depth)}1${']'.repeat(depth)},"b":"found"}`;
    const id = await take(started, raw);
    const response = await request(started.app).get(`${PATH}/${id}`);
    expect(response.status).toBe(200);
    const [before, after] = response.text.split(`,"cdr":${raw}`);
    expect(before).toContain('"b":"found"');
    expect(after).toBe('}');
  });

  test('of an unknown id is 404', async () => {
    const { app } = await startApp();
    expectProblem(await request(app).get(`${PATH}/cdr_none`), 404, 'not-found');
  });
});

describe('the list of CDRs', () => {
  test('can be searched by a text in them and by the beginning of their ids', async () => {
    const started = await startApp();
    const id = await take(started, '{"from":"555-0100","name":"Ada"}');
    await take(started, '{"from":"555-0101"}');
    expect(await list(started, '?q=ADA')).toMatchObject([{ id }]);
    expect(await list(started, `?q=${id}`)).toMatchObject([{ id }]);
    expect(await list(started, '?q=555-01')).toHaveLength(2);
    expect(await list(started, '?q=555-0102')).toEqual([]);
    expect(await list(started, '?q=')).toHaveLength(2);
    expectProblem(await request(started.app).get(`${PATH}?q=${'x'.repeat(201)}`), 400, 'bad-request');
  });

  test('can be narrowed to a time', async () => {
    const started = await startApp();
    const accepted = await started.store.accept([newCdr([], { receivedAtMs: 1_000 }), newCdr([])]);
    expect(await list(started, '?until=2020-01-01T00:00:00Z')).toMatchObject([{ id: accepted[0]?.id }]);
    expect(await list(started, '?since=2020-01-01T00:00:00Z')).toMatchObject([{ id: accepted[1]?.id }]);
  });

  test('has the newest first, and not the records themselves', async () => {
    const started = await startApp();
    const ids = [await take(started, '{"n":1}'), await take(started, '{"n":2}')];
    const response = await request(started.app).get(PATH);
    expect((response.body as { data: ShownCdr[] }).data.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(response.text).not.toContain('"n"');
  });

  test('can be narrowed to a source, a vendor, and to what did or did not match', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const missed = await take(started, '{"status":"missed"}', 'default');
    const answered = await take(started, '{"status":"answered"}', 'default');
    const cisco = await take(started, '{"status":"answered"}', 'cisco');
    const idsOf = async (query: string): Promise<string[]> =>
      (await list(started, query)).map(({ id }) => id);
    expect(await idsOf('?source=default')).toEqual([answered, missed]);
    expect(await idsOf('?vendor=cisco')).toEqual([cisco]);
    expect(await idsOf('?matched=true')).toEqual([missed]);
    expect(await idsOf('?matched=false')).toEqual([cisco, answered]);
    expect(await idsOf('?matched=false&source=default&vendor=generic')).toEqual([answered]);
    expect(await idsOf('?source=nobody')).toEqual([]);
  });

  test('tells who called whom and what became of it, unless the record is long', async () => {
    const started = await startApp();
    const record = { pkid: '1', callingPartyNumber: '5550101', finalCalledPartyNumber: '2042' };
    const busy = { ...record, dateTimeConnect: '0', destCause_value: '17' };
    await take(started, JSON.stringify(busy), 'cisco');
    await take(started, JSON.stringify({ ...busy, pad: 'x'.repeat(65_536) }), 'cisco');
    const calls = (await list(started)).map(({ call }) => call);
    expect(calls).toEqual([{}, { from: '5550101', to: '2042', status: 'busy' }]);
  });

  test('shows the same of each as the CDR itself', async () => {
    const started = await startApp();
    await started.store.accept([newCdr([], { violation: 'error /a: must be string' })]);
    const [shown] = await list(started);
    const one = await request(started.app).get(`${PATH}/${shown?.id ?? ''}`);
    expect(one.body).toMatchObject(shown ?? {});
    expect(shown).toMatchObject({ violation: 'error /a: must be string' });
  });
});

describe('CDRs of one call', () => {
  test('are found by its identity, and name the one that came before', async () => {
    const started = await startApp();
    const sent = (status: string): string => `{"pkid":"c1","x":"${status}"}`;
    const first = await take(started, sent('a'), 'cisco');
    await take(started, sent('a').replace('c1', 'c2'), 'cisco');
    const later = await take(started, sent('b'), 'cisco');
    const shown = (await request(started.app).get(`${PATH}/${later}`)).body as { identity: string };
    expect(shown).toMatchObject({ supersedes: first });
    expect((await request(started.app).get(`${PATH}/${first}`)).body).toMatchObject({ supersedes: null });
    const found = await list(started, `?identity=${encodeURIComponent(shown.identity)}`);
    expect(found.map(({ id }) => id)).toEqual([later, first]);
  });

  test('are found by an identity that is kept in part, too', async () => {
    const started = await startApp();
    const pkid = 'x'.repeat(2_000);
    const id = await take(started, JSON.stringify({ pkid }), 'cisco');
    const shown = (await request(started.app).get(`${PATH}/${id}`)).body as { identity: string };
    expect(shown.identity.length).toBe(512);
    for (const identity of [pkid, shown.identity]) {
      expect(await list(started, `?identity=${encodeURIComponent(identity)}`)).toMatchObject([{ id }]);
    }
  });
});
