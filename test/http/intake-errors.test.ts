import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { expectProblem, postBytes, startApp } from '../support/app.ts';

describe('a source that is not there', () => {
  test('is 404 and names those that are', async () => {
    const { app } = await startApp({ sources: { default: {}, pbx: { vendor: 'vodia' } } });
    const { detail } = expectProblem(await postBytes(app, '/cdr/vodia', '{}'), 404, 'not-found');
    expect(detail).toBe('there is no source "vodia"; configured are: default, pbx');
  });

  test.each(['__proto__', 'constructor', '%00', '..%2F..%2Fetc'])('such as %s is 404 too', async (name) => {
    const { app } = await startApp();
    expectProblem(await postBytes(app, `/cdr/${name}`, '{}'), 404, 'not-found');
  });

  test('that cannot even be decoded is 400', async () => {
    const { app } = await startApp();
    expectProblem(await postBytes(app, '/cdr/%E0%A4%A', '{}'), 400, 'bad-request');
  });

  test('/cdr alone is 404 where no "default" is configured', async () => {
    const { app } = await startApp({ sources: { pbx: {} } });
    expectProblem(await postBytes(app, '/cdr', '{}'), 404, 'not-found');
  });
});

test('HEAD is 405 too and takes nothing: a mere look must not be a CDR', async () => {
  const { app, store } = await startApp();
  const response = await request(app).head('/cdr/generic?a=1');
  expect([response.status, response.headers['allow']]).toEqual([405, 'POST, GET']);
  expect(await store.cdrs({ limit: 1 })).toEqual([]);
});

test.each(['put', 'patch', 'delete', 'options'] as const)(
  '%s is 405 and says what is allowed',
  async (method) => {
    const { app } = await startApp();
    for (const path of ['/cdr', '/cdr/generic']) {
      const response = await request(app)[method](path);
      expectProblem(response, 405, 'method-not-allowed');
      expect(response.headers['allow']).toBe('POST, GET');
    }
  },
);

describe('a body that cannot be read is 400', () => {
  test.each([
    ['nothing at all', ''],
    ['white space', ' \r\n'],
    ['half an object', '{"a":1'],
    ['a list of numbers', '[1,2]'],
    ['a list with one bad item', '[{"a":1},null]'],
    ['a text', '"hello"'],
    ['a number', '42'],
    ['XML', '<cdr>'],
    ['bytes', Buffer.from([0, 255, 254, 1])],
    ['lines of which one is broken', '{"a":1}\n{"b":'],
  ])('%s', async (_what, body) => {
    const { app, store } = await startApp();
    expectProblem(await postBytes(app, '/cdr/generic', body), 400, 'unreadable-body');
    expect(await store.cdrs({ limit: 10 })).toEqual([]);
  });

  test('and the answer quotes none of it', async () => {
    const { app } = await startApp();
    const response = await postBytes(app, '/cdr/generic', '{"caller":"+4915112345", oops}');
    const { detail } = expectProblem(response, 400, 'unreadable-body');
    expect(detail).toMatch(/line 1, column \d+/);
    expect(response.text).not.toMatch(/4915112345|oops|caller/);
  });
});

describe('a body', () => {
  test('over the limit is 413, on the limit is taken', async () => {
    const { app } = await startApp({ limits: { maxBodyBytes: 1_024 } });
    const bodyOf = (length: number): string => JSON.stringify({ a: 'x'.repeat(length - 8) });
    await postBytes(app, '/cdr/generic', bodyOf(1_024)).expect(200);
    expectProblem(await postBytes(app, '/cdr/generic', bodyOf(1_025)), 413, 'too-large');
  });

  test('that is packed is unpacked', async () => {
    const { app, store } = await startApp();
    await postBytes(app, '/cdr/generic', gzipSync('{"n":1}'), { 'content-encoding': 'gzip' }).expect(200);
    expect(await store.cdrs({ limit: 10 })).toMatchObject([{ raw: '{"n":1}' }]);
  });

  test('that is small packed and over the limit unpacked is 413', async () => {
    const { app } = await startApp({ limits: { maxBodyBytes: 1_024 } });
    const bomb = gzipSync(JSON.stringify({ a: 'x'.repeat(1_000_000) }));
    expect(bomb.length).toBeLessThan(1_024 * 2);
    const response = await postBytes(app, '/cdr/generic', bomb, { 'content-encoding': 'gzip' });
    expectProblem(response, 413, 'too-large');
  });

  test.each([
    ['is not gzip', Buffer.from('{"n":1}')],
    ['ends too early', gzipSync('{"n":1}').subarray(0, 15)],
  ])('that calls itself gzip and %s is 400', async (_how, bytes) => {
    const { app, store } = await startApp();
    const response = await postBytes(app, '/cdr/generic', bytes, { 'content-encoding': 'gzip' });
    expectProblem(response, 400, 'bad-request');
    expect(await store.cdrs({ limit: 10 })).toEqual([]);
  });

  test('in an unknown encoding is 415', async () => {
    const { app } = await startApp();
    const response = await postBytes(app, '/cdr/generic', '{}', { 'content-encoding': 'rot13' });
    expectProblem(response, 415, 'unsupported-encoding');
  });
});

describe('a store that cannot take it', () => {
  test('is 503 with Retry-After, and taken when it is sent again', async () => {
    let failures = 2;
    const { app } = await startApp({
      wrapStore: (store) => {
        const accept = store.accept.bind(store);
        store.accept = (cdrs) => {
          failures -= 1;
          return failures < 0
            ? accept(cdrs)
            : Promise.reject(new StoreUnavailableError(new Error('SQLITE_FULL')));
        };
        return store;
      },
    });
    for (let number = 1; number <= 2; number += 1) {
      const response = await postBytes(app, '/cdr/vodia', '{"n":1}');
      const { detail } = expectProblem(response, 503, 'unavailable');
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      expect(detail).not.toContain('SQLITE');
    }
    await postBytes(app, '/cdr/vodia', '{"n":1}').expect(200);
  });
});

test('an error of our own is 500, tells nothing of itself, and is in the log', async () => {
  const { app, logOf } = await startApp({
    wrapStore: (store) => {
      store.accept = () => Promise.reject(new TypeError('the inside is broken'));
      return store;
    },
  });
  const response = await postBytes(app, '/cdr/generic', '{"n":1}');
  expectProblem(response, 500, 'internal');
  expect(response.text).not.toContain('inside');
  expect(logOf('internal.failed')).toMatchObject([{ level: 'error', reason: 'the inside is broken' }]);
});
