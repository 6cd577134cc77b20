import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { makeHandshake } from '../../src/intake/handshake.ts';
import { makeVerifier } from '../../src/intake/verify/verifier.ts';
import { StoreUnavailableError, type Store } from '../../src/store/store.ts';
import { loadVendors } from '../../src/package-files.ts';
import { hex, hmac } from '../intake/verify/independent.ts';
import { expectProblem, postBytes, startApp, type TestApp } from '../support/app.ts';

const SECRET = 'zoom-secret';
const zoom = loadVendors().get('zoom')?.profile.verification;
if (zoom === undefined) throw new Error('zoom has no verification');
const verifier = makeVerifier({ method: zoom, secret: SECRET });

function start(): Promise<TestApp> {
  return startApp({
    sources: {
      zoom: { vendor: 'zoom', verifier, handshake: makeHandshake('zoom-url-validation', SECRET) },
      'zoom-without-secret': { vendor: 'zoom', handshake: makeHandshake('zoom-url-validation', undefined) },
      ringcentral: { handshake: makeHandshake('ringcentral-validation-token', undefined) },
      graph: {
        verifier: makeVerifier({ method: { token: { in: 'body', name: 'clientState' } }, secret: 's' }),
        handshake: makeHandshake('graph-validation-token', 's'),
      },
      firehose: {
        verifier: makeVerifier({
          method: { token: { in: 'header', name: 'x-amz-firehose-access-key' } },
          secret: 'firehose-key',
        }),
        handshake: makeHandshake('firehose', 'firehose-key'),
      },
      twilio: { vendor: 'twilio' },
    },
  });
}

/** Headers as Zoom signs a body (https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header). */
function signed(body: string, secret = SECRET): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = hex(hmac('sha256', secret, Buffer.from(`v0:${timestamp}:${body}`)));
  return { 'x-zm-request-timestamp': timestamp, 'x-zm-signature': `v0=${signature}` };
}

const stored = async ({ store }: TestApp): Promise<number> => (await store.cdrs({ limit: 10 })).length;

const EVENT = JSON.stringify({
  event: 'phone.callee_call_element_completed',
  payload: { object: { call_elements: [{ call_element_id: '1' }, { call_element_id: '2' }] } },
});

describe('a source that is verified', () => {
  test('takes what is signed, every element as a CDR', async () => {
    const app = await start();
    const response = await postBytes(app.app, '/cdr/zoom', EVENT, signed(EVENT)).expect(200);
    expect(response.body).toMatchObject({ accepted: 2 });
    expect(await stored(app)).toBe(2);
  });

  test.each([
    ['nothing', {}],
    ['another secret', signed(EVENT, 'other')],
    ['the signature of another body', signed('{}')],
  ])('refuses %s with 401 and stores nothing', async (_what, headers) => {
    const app = await start();
    const response = await postBytes(app.app, '/cdr/zoom', EVENT, headers);
    const { detail } = expectProblem(response, 401, 'unauthorized');
    expect(detail).toMatch(/^the source "zoom" refused this request: /);
    expect(response.headers['www-authenticate']).toMatch(/^Signature /);
    expect(await stored(app)).toBe(0);
  });
});

describe('a handshake', () => {
  const challenge = JSON.stringify({
    event: 'endpoint.url_validation',
    payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' },
  });

  test('of Zoom is answered with a hash of its token when it is signed, and stores nothing', async () => {
    const app = await start();
    const response = await postBytes(app.app, '/cdr/zoom', challenge, signed(challenge)).expect(200);
    expect(response.body).toEqual({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken: hex(hmac('sha256', SECRET, Buffer.from('qgg8vlvZRS6UYooatFL8Aw'))),
    });
    expectProblem(await postBytes(app.app, '/cdr/zoom', challenge), 401, 'unauthorized');
    expect(await stored(app)).toBe(0);
  });

  test('of Zoom without a secret is stored and told of, and hits nothing', async () => {
    const app = await start();
    await postBytes(app.app, '/cdr/zoom-without-secret', challenge).expect(200);
    const [cdr] = await app.store.cdrs({ limit: 10 });
    expect(cdr?.violation).toMatch(/^ignored: .*secret under verify/);
  });

  test('of RingCentral gets its header back', async () => {
    const app = await start();
    const response = await request(app.app)
      .post('/cdr/ringcentral')
      .set('validation-token', 'abc-1')
      .expect(200);
    expect(response.headers['validation-token']).toBe('abc-1');
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    await postBytes(app.app, '/cdr/ringcentral', '{"uuid":"1"}', { 'validation-token': 'abc-1' }).expect(200);
    expect(await stored(app)).toBe(1);
  });

  test('of Graph gets its token back as plain text, though it is not signed', async () => {
    const app = await start();
    const token = 'Validation: <b>1</b> & 2';
    const response = await request(app.app)
      .post(`/cdr/graph?validationToken=${encodeURIComponent(token)}`)
      .expect(200);
    expect(response.text).toBe(token);
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expectProblem(await postBytes(app.app, '/cdr/graph', '{"clientState":"x"}'), 401, 'unauthorized');
    await postBytes(app.app, '/cdr/graph', '{"clientState":"s"}').expect(200);
  });

  test('of Firehose is the answer to every request', async () => {
    const { app } = await start();
    const before = Date.now();
    const response = await postBytes(app, '/cdr/firehose', '{"records":[]}', FIREHOSE).expect(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expectFirehose(response.body, before);
    expect(response.body).not.toHaveProperty('errorMessage');
  });

  test.each<[string, number, string, Record<string, string>, RegExp]>([
    [
      'with another key',
      401,
      '{"records":[]}',
      { 'x-amz-firehose-access-key': 'x' },
      /does not hold the token/,
    ],
    ['that cannot be read', 400, 'no JSON', {}, /neither JSON/],
    ['that is too large', 413, `{"records":["${'x'.repeat(1_100_000)}"]}`, {}, /larger than 1048576 bytes/],
  ])('of Firehose tells in its own form of a request %s', async (_what, status, body, headers, reason) => {
    const { app, logOf } = await start();
    const before = Date.now();
    const response = await postBytes(app, '/cdr/firehose', body, { ...FIREHOSE, ...headers }).expect(status);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expectFirehose(response.body, before);
    expect((response.body as { errorMessage: string }).errorMessage).toMatch(reason);
    expect(logOf('cdr.refused')).toHaveLength(1);
  });

  test('of Firehose tells in its own form, too, that the store cannot take it now', async () => {
    const wrapStore = (store: Store): Store =>
      Object.assign(Object.create(store) as Store, {
        accept: () => Promise.reject(new StoreUnavailableError('full')),
      });
    const { app } = await startApp({
      wrapStore,
      sources: {
        connect: { vendor: 'amazon-connect', handshake: makeHandshake('firehose', undefined) },
      },
    });
    const record = Buffer.from('{"ContactId":"1","InitiationMethod":"INBOUND"}').toString('base64');
    const body = JSON.stringify({ records: [{ data: record }] });
    const response = await postBytes(app, '/cdr/connect', body, FIREHOSE).expect(503);
    expect(response.headers['retry-after']).toBe('5');
    expectFirehose(response.body, 0);
    expect(response.body).toHaveProperty('errorMessage', expect.stringMatching(/send it again/));
  });
});

const FIREHOSE = {
  'x-amz-firehose-request-id': 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
  'x-amz-firehose-access-key': 'firehose-key',
};

/** https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html: what every answer must have. */
function expectFirehose(body: unknown, sinceMs: number): void {
  const { requestId, timestamp } = body as { requestId: string; timestamp: number };
  expect(requestId).toBe(FIREHOSE['x-amz-firehose-request-id']);
  expect(timestamp).toBeGreaterThanOrEqual(sinceMs);
}

test('an answer that is no JSON is sent as it is', async () => {
  const { app } = await start();
  const form = 'AccountSid=AC1&CallSid=CA1&CallStatus=completed&ApiVersion=2010-04-01';
  const response = await postBytes(app, '/cdr/twilio', form).expect(200);
  expect(response.text).toBe('<Response/>');
  expect(response.headers['content-type']).toMatch(/^text\/xml/);
});

describe('a body that is compressed without saying so', () => {
  test('is unpacked', async () => {
    const app = await startApp();
    await postBytes(app.app, '/cdr', gzipSync('{"n":1}')).expect(200);
    expect((await app.store.cdrs({ limit: 1 }))[0]?.raw).toBe('{"n":1}');
  });

  test('may not unpack to more than a body may hold', async () => {
    const { app } = await startApp({ limits: { maxBodyBytes: 100_000 } });
    const bomb = gzipSync(JSON.stringify({ zeros: '0'.repeat(200_000) }));
    const { detail } = expectProblem(await postBytes(app, '/cdr', bomb), 413, 'too-large');
    expect(detail).toMatch(/larger than 100000 bytes/);
  });

  test('and is cut off is refused', async () => {
    const { app } = await startApp();
    const cut = gzipSync('{"n":1}').subarray(0, 15);
    expectProblem(await postBytes(app, '/cdr', cut), 400, 'unreadable-body');
  });
});
