import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { postBytes, startApp } from '../support/app.ts';
import { samples, vendorOf } from '../support/golden.ts';

const SOURCES = ['default', 'vodia', 'telecmi', 'cisco', 'generic'];

/** How senders label what they send, whatever it is. */
const LABELS = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain; charset=latin1',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
];

interface Taken {
  readonly accepted: number;
  readonly ids: readonly string[];
}

describe('every vendor sample', () => {
  test.each(samples().map((sample) => [`${sample.vendor}/${sample.name}`, sample] as const))(
    '%s is taken by every source, whatever its Content-Type says',
    async (_name, sample) => {
      const { vendor, name, body, query } = sample;
      const { app, store } = await startApp();
      // Lines without a header line can only be read by whoever knows their columns.
      const isBare = vendorOf(sample).profile.decode?.csv !== undefined && name.endsWith('.csv');
      for (const [index, source] of (isBare ? [vendor, 'default'] : SOURCES).entries()) {
        const label = LABELS[index % LABELS.length] ?? '';
        const response =
          body.length === 0
            ? await request(app).get(`/cdr/${source}?${query}`)
            : await postBytes(app, `/cdr/${source}`, body, { 'content-type': label });
        expect(response.status).toBe(200);
        const stored = await store.cdrs({ source, limit: 100 });
        expect(stored.length).toBeGreaterThan(0);
        if (source !== 'vodia' && source !== 'default') {
          const ids = stored.map(({ id }) => id).sort();
          expect(response.body).toEqual({ accepted: ids.length, ids });
        }
      }
    },
  );
});

describe('the answer', () => {
  test('is the one that Vodia wants, byte for byte', async () => {
    const { app } = await startApp();
    const vodia = samples().find(({ vendor }) => vendor === 'vodia');
    const body = vodia?.body ?? '';
    for (const path of ['/cdr/vodia', '/cdr/default', '/cdr']) {
      const response = await postBytes(app, path, body);
      expect([response.status, response.text]).toEqual([200, '{"upload":[]}']);
      expect(response.headers['content-type']).toMatch(/^application\/json/);
    }
  });

  test('is otherwise how many were accepted, with their ids in the order sent', async () => {
    const { app, store } = await startApp();
    const response = await postBytes(app, '/cdr/generic', '[{"n":1},{"n":2},{"n":3}]');
    const { accepted, ids } = response.body as Taken;
    expect(accepted).toBe(3);
    const stored = await Promise.all(ids.map((id) => store.cdr(id)));
    expect(stored.map((cdr) => cdr?.raw)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  test('is never 304, whatever conditions a GET has: its CDR is stored', async () => {
    const { app } = await startApp();
    const response = await request(app).get('/cdr/generic?caller=100').set('if-none-match', '*');
    expect([response.status, (response.body as Taken).accepted]).toEqual([200, 1]);
  });

  test('to the same bytes again is the same id', async () => {
    const { app, store } = await startApp();
    const first = await postBytes(app, '/cdr/generic', '{"n":1}');
    const again = await postBytes(app, '/cdr/generic', '{"n":1}');
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await store.cdrs({ limit: 10 })).toHaveLength(1);
  });

  test('comes after the CDR is stored, never before', async () => {
    const stored: string[] = [];
    const { app } = await startApp({
      wrapStore: (store) => {
        const accept = store.accept.bind(store);
        store.accept = async (cdrs) => {
          const accepted = await accept(cdrs);
          await new Promise((resolve) => setImmediate(resolve));
          stored.push(...cdrs.map(({ raw }) => raw));
          return accepted;
        };
        return store;
      },
    });
    await postBytes(app, '/cdr/generic', '{"n":1}').expect(200);
    expect(stored).toEqual(['{"n":1}']);
  });
});

describe('an address', () => {
  test('/cdr alone is the source "default"', async () => {
    const { app, store } = await startApp();
    await postBytes(app, '/cdr', '{"n":1}').expect(200);
    await request(app).get('/cdr?n=2').expect(200);
    const stored = await store.cdrs({ limit: 10 });
    expect(stored.map(({ source, raw }) => [source, raw])).toEqual([
      ['default', '{"n":"2"}'],
      ['default', '{"n":1}'],
    ]);
  });

  test('may carry a query beside a body, which then is passed over', async () => {
    const { app, store } = await startApp();
    await postBytes(app, '/cdr/generic?token=x', '{"n":1}').expect(200);
    expect(await store.cdrs({ limit: 10 })).toMatchObject([{ raw: '{"n":1}' }]);
  });

  test('takes a POST without a body by its query', async () => {
    const { app, store } = await startApp();
    await request(app).post('/cdr/generic?a=1&b=%C3%BC&a=2').expect(200);
    expect(await store.cdrs({ limit: 10 })).toMatchObject([{ raw: '{"a":["1","2"],"b":"ü"}' }]);
  });

  test('needs no API token: that is for administration', async () => {
    const tokens = [{ name: 'admin', token: 'secret', scopes: ['read', 'write'] as const }];
    const { app } = await startApp({ access: { tokens } });
    await postBytes(app, '/cdr/generic', '{"n":1}').set('host', 'pbx.example.com').expect(200);
  });
});
