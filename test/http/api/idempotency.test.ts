import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { rememberAnswers } from '../../../src/http/idempotency.ts';
import type { Store } from '../../../src/store/store.ts';
import { expectProblem, postBytes, startApp, type AppSettings, type TestApp } from '../../support/app.ts';

const WEBHOOKS = '/api/v1/webhooks';
const CDRS = '/api/v1/cdrs';
const NEW = { name: 'New', url: 'https://new.test/' };
const DAY_MS = 24 * 3_600_000;

function create({ app }: TestApp, body: object = NEW, key = 'once'): request.Test {
  return request(app).post(WEBHOOKS).set('idempotency-key', key).send(body);
}

describe('a webhook created with an Idempotency-Key', () => {
  test('and again is one webhook, and answered alike', async () => {
    const started = await startApp();
    const first = await create(started).expect(201);
    const second = await create(started).expect(201);
    expect(second.text).toBe(first.text);
    for (const name of ['location', 'etag', 'content-type']) {
      expect(second.headers[name]).toBe(first.headers[name]);
    }
    expect(started.onDisk()).toHaveLength(1);
  });

  test('and another with the same key is refused', async () => {
    const started = await startApp();
    await create(started).expect(201);
    expectProblem(await create(started, { ...NEW, name: 'Other' }), 422, 'idempotency-key-used');
    expect(started.onDisk()).toHaveLength(1);
  });

  test('that was refused may be mended and sent again', async () => {
    const started = await startApp();
    expectProblem(await create(started, { name: 'New' }), 422, 'invalid');
    await create(started).expect(201);
  });

  test('is forgotten after a day', async () => {
    let nowMs = 0;
    const started = await startApp({ clock: () => nowMs });
    await create(started).expect(201);
    nowMs += DAY_MS;
    await create(started).expect(201);
    expect(started.onDisk().map(({ id }) => id)).toEqual(['new', 'new-2']);
  });

  test('belongs to who sent it', async () => {
    const tokens = [
      { name: 'one', token: 'token-1', scopes: ['write'] as const },
      { name: 'two', token: 'token-2', scopes: ['write'] as const },
    ];
    const started = await startApp({ access: { tokens } });
    for (const token of ['token-1', 'token-2']) {
      await create(started).set('authorization', `Bearer ${token}`).expect(201);
    }
    expect(started.onDisk()).toHaveLength(2);
  });
});

describe('CDRs handed in with an Idempotency-Key', () => {
  const handIn = ({ app }: TestApp, body = '{"n":1}'): request.Test =>
    postBytes(app, CDRS, body, { 'idempotency-key': 'once' });

  test('get the same answer again, whatever became of the window of duplicates', async () => {
    const started = await startApp();
    const first = await handIn(started).expect(202);
    expect((await handIn(started).expect(202)).body).toEqual(first.body);
    expectProblem(await handIn(started, '{"n":2}'), 422, 'idempotency-key-used');
    expect(await started.store.cdrs({ limit: 5 })).toHaveLength(1);
  });

  test('while the first is under way are 409, and may be asked for again', async () => {
    const { settings, letGo, begun } = heldStore();
    const started = await startApp(settings);
    const first = handIn(started).then((response) => response);
    await begun;
    const second = await handIn(started);
    expectProblem(second, 409, 'conflict');
    expect(second.headers['retry-after']).toBe('1');
    letGo();
    expect((await first).status).toBe(202);
    expect((await handIn(started).expect(202)).body).toEqual((await first).body);
  });

  test('of a client that goes meanwhile are carried out once, and may be asked for again', async () => {
    const { settings, letGo, begun } = heldStore();
    const started = await startApp(settings);
    const server = started.made.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${CDRS}`;
    const headers = { 'idempotency-key': 'once', 'content-type': 'application/json' };
    const ask = (signal?: AbortSignal): Promise<globalThis.Response> =>
      fetch(url, { method: 'POST', headers, body: '{"n":1}', ...(signal === undefined ? {} : { signal }) });
    const leave = new AbortController();
    const gone = ask(leave.signal).catch(() => 'gone');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    await begun;
    leave.abort();
    expect(await gone).toBe('gone');
    if (!response.destroyed) await once(response, 'close');
    expect((await ask()).status).toBe(409);
    letGo();
    await vi.waitUntil(async () => (await ask()).status === 202);
    expect(await started.store.cdrs({ limit: 5 })).toHaveLength(1);
  });
});

/** A store that takes no CDR until it is let go. */
function heldStore(): { settings: AppSettings; letGo: () => void; begun: Promise<void> } {
  const held = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const wrapStore = (store: Store): Store => {
    const accept = store.accept.bind(store);
    store.accept = async (cdrs) => {
      begun.resolve(undefined);
      await held.promise;
      return accept(cdrs);
    };
    return store;
  };
  return {
    settings: { wrapStore },
    begun: begun.promise,
    letGo: () => {
      held.resolve(undefined);
    },
  };
}

interface Asked {
  /** Whether it is carried out, and not answered from memory. */
  readonly isCarriedOut: boolean;
  /** Answers what is carried out. */
  readonly answer: () => Promise<void>;
}

/** Asks with a key; what is carried out ends when it is told to. */
function asking(): (key: string) => Promise<Asked> {
  let held: PromiseWithResolvers<undefined> | undefined;
  const handler = rememberAnswers(
    () => 0,
    async (_request, response) => {
      held = Promise.withResolvers<undefined>();
      await held.promise;
      response.send('{}');
    },
  );
  return async (key) => {
    const response = {
      ...{ locals: {}, statusCode: 202, get: () => undefined },
      status: () => response,
      set: () => response,
      send: () => response,
    };
    const sent = { method: 'POST', originalUrl: '/', get: () => key };
    held = undefined;
    const ended = handler(sent as unknown as Request, response as unknown as Response);
    const mine = held as PromiseWithResolvers<undefined> | undefined;
    if (mine === undefined) await ended;
    return {
      isCarriedOut: mine !== undefined,
      answer: () => {
        mine?.resolve(undefined);
        return ended;
      },
    };
  };
}

test('the last thousand keys are remembered, and no more', async () => {
  const ask = asking();
  const isCarriedOut = async (key: string): Promise<boolean> => {
    const asked = await ask(key);
    await asked.answer();
    return asked.isCarriedOut;
  };
  for (let number = 0; number < 1_001; number += 1) expect(await isCarriedOut(`key-${number}`)).toBe(true);
  expect(await isCarriedOut('key-1000')).toBe(false);
  expect(await isCarriedOut('key-0')).toBe(true);
});

test('a key is not forgotten while its first request is under way, however many others come', async () => {
  const ask = asking();
  const slow = await ask('slow');
  for (let number = 0; number < 1_100; number += 1) await (await ask(`key-${number}`)).answer();
  await expect(ask('slow')).rejects.toThrow(/still under way/);
  await slow.answer();
  expect((await ask('slow')).isCarriedOut).toBe(false);
});
