import { readFileSync, writeFileSync } from 'node:fs';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, postBytes, startApp, type ShownProblem, type TestApp } from '../../support/app.ts';

const PATH = '/api/v1/webhooks';
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'https://tickets.test/in' };

async function refused(started: TestApp, webhook: unknown): Promise<ShownProblem> {
  const response = await postBytes(started.app, PATH, JSON.stringify(webhook));
  return expectProblem(response, 422, 'invalid');
}

describe('a webhook that is not valid is 422 and each error has its place in the body', () => {
  test.each<[what: string, members: object, pointers: string[]]>([
    ['an unknown member', { urll: 'https://x.test/' }, ['/urll']],
    ['an unknown member with a slash', { 'a/b': 1 }, ['/a~1b']],
    ['an unknown member of retry', { retry: { busrt: 1 } }, ['/retry/busrt']],
    ['a name that is no text', { name: 5 }, ['/name']],
    ['an empty name', { name: '' }, ['/name']],
    ['a name that is too long', { name: 'x'.repeat(201) }, ['/name']],
    ['an id with capitals', { id: 'Tickets' }, ['/id']],
    ['an id with a slash', { id: '../x' }, ['/id']],
    ['a url without a scheme', { url: 'tickets.test/in' }, ['/url']],
    ['a url of another scheme', { url: 'file:///etc/passwd' }, ['/url']],
    ['a method that is not offered', { method: 'GET' }, ['/method']],
    ['a timeout that is too short', { timeoutMs: 99 }, ['/timeoutMs']],
    ['a concurrency that is not whole', { concurrency: 1.5 }, ['/concurrency']],
    ['a schedule with a zero', { retry: { schedule: [5, 0] } }, ['/retry/schedule/1']],
    ['a header that is ours', { headers: { 'Webhook-Id': 'x' } }, ['/headers/Webhook-Id']],
    ['a header that HTTP decides', { headers: { 'Content-Length': '0' } }, ['/headers/Content-Length']],
    ['a header name with a space', { headers: { 'X Team': 'x' } }, ['/headers/X Team']],
    ['a header value with a line break', { headers: { 'X-Team': 'a\r\nb' } }, ['/headers/X-Team']],
    ['a number that loses digits', { meta: { ids: [1, 2 ** 53] } }, ['/meta/ids/1']],
    ['an unknown operator', { conditions: [{ '=': [1, 1] }] }, ['/conditions/0']],
    ['a condition with two operators', { conditions: [{ '!': [1], '!!': [1] }] }, ['/conditions/0']],
    ['two errors at once', { name: 5, enabled: 'yes' }, ['/name', '/enabled']],
  ])('%s', async (_what, members, pointers) => {
    const started = await startApp();
    const { errors = [], detail } = await refused(started, { ...TICKETS, ...members });
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(pointers.sort());
    for (const error of errors) expect(detail).toContain(error.detail);
    expect(started.onDisk()).toEqual([]);
  });

  test.each([[[]], ['x'], [5], [null], [true]])('%j instead of an object', async (body) => {
    const { errors } = await refused(await startApp(), body);
    expect(errors).toEqual([{ pointer: '', detail: 'must be an object' }]);
  });

  test('nothing of what is needed', async () => {
    const { errors } = await refused(await startApp(), {});
    expect(errors?.map(({ detail }) => detail)).toEqual(['"name" is missing', '"url" is missing']);
  });

  test('by PUT and by PATCH too, and the old one stays', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    const put = await request(started.app)
      .put(`${PATH}/tickets`)
      .set('if-match', '*')
      .send({ ...TICKETS, url: 'x' });
    const patch = await request(started.app).patch(`${PATH}/tickets`).set('if-match', '*').send({ url: 'x' });
    for (const response of [put, patch]) {
      expect(expectProblem(response, 422, 'invalid').errors).toMatchObject([{ pointer: '/url' }]);
    }
    expect(started.onDisk()).toEqual([TICKETS]);
  });
});

describe('a body that is no JSON is 400', () => {
  test.each([
    ['nothing', ''],
    ['half an object', '{"name":"secret-1"'],
    ['a form', 'name=secret-1'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
  ])('%s, and the answer quotes none of it', async (_what, body) => {
    const { app } = await startApp();
    const response = await postBytes(app, PATH, body, { 'content-type': 'application/json' });
    expectProblem(response, 400, 'unreadable-body');
    expect(response.text).not.toContain('secret-1');
  });

  test('a packed one that is broken', async () => {
    const { app } = await startApp();
    const response = await postBytes(app, PATH, '{}', { 'content-encoding': 'gzip' });
    expectProblem(response, 400, 'bad-request');
  });
});

test('a body over 4 MB is 413', async () => {
  const { app } = await startApp();
  const response = await postBytes(
    app,
    PATH,
    JSON.stringify({ ...TICKETS, meta: { x: 'x'.repeat(4_194_304) } }),
  );
  expectProblem(response, 413, 'too-large');
});

test.each(['meta', 'conditions'])('a webhook with %s nested beyond measure is 422', async (member) => {
  const started = await startApp();
  for (const depth of [3_000, 100_000]) {
    const deep = `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const value = member === 'meta' ? `{"a":${deep}}` : `[{"==":[1,${deep}]}]`;
    const body = `{"name":"Deep","url":"https://x.test/","${member}":${value}}`;
    const { errors = [] } = expectProblem(await postBytes(started.app, PATH, body), 422, 'invalid');
    expect(errors[0]?.pointer).toMatch(new RegExp(`^/${member}`));
  }
  expect(started.onDisk()).toEqual([]);
});

describe('while the rules file on disk has an error', () => {
  const BROKEN = '{\n  "webhooks": [\n    { "id": "tickets", "name": "Tickets" }\n  ]\n}\n';

  test('every edit is 409 with the place of the error, and the file is left alone', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    writeFileSync(started.rulesPath, BROKEN);
    const edits = [
      request(started.app).post(PATH).send({ name: 'New', url: 'https://new.test/' }),
      request(started.app).put(`${PATH}/tickets`).set('if-match', '*').send(TICKETS),
      request(started.app).patch(`${PATH}/tickets`).set('if-match', '*').send({ enabled: false }),
      request(started.app).delete(`${PATH}/tickets`).set('if-match', '*'),
      request(started.app).post(`${PATH}/tickets/disable`),
    ];
    for (const edit of edits) {
      const { errors } = expectProblem(await edit, 409, 'rules-file-broken');
      expect(errors).toEqual([{ pointer: '/webhooks/0', detail: '"url" is missing', line: 3 }]);
    }
    expect(readFileSync(started.rulesPath, 'utf8')).toBe(BROKEN);
  });

  test('the last good rules stay in force and shown', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    writeFileSync(started.rulesPath, 'not JSON');
    expectProblem(
      await request(started.app).delete(`${PATH}/tickets`).set('if-match', '*'),
      409,
      'rules-file-broken',
    );
    const response = await request(started.app).get(`${PATH}/tickets`);
    expect(response.body).toMatchObject(TICKETS);
  });

  test('edits go through again as soon as it is mended', async () => {
    const started = await startApp({ webhooks: [TICKETS] });
    writeFileSync(started.rulesPath, BROKEN);
    expectProblem(
      await request(started.app).delete(`${PATH}/tickets`).set('if-match', '*'),
      409,
      'rules-file-broken',
    );
    writeFileSync(started.rulesPath, JSON.stringify({ webhooks: [TICKETS] }));
    await request(started.app).delete(`${PATH}/tickets`).set('if-match', '*').expect(204);
  });
});
