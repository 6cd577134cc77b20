import type { Request, Response } from 'express';
import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
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

/** Asks with a key: tells whether it was carried out, and not answered from memory, and how to end it. */
function asking(handler: ReturnType<typeof rememberAnswers>): (key: string) => (() => void) | undefined {
  return (key) => {
    const sent = { method: 'POST', originalUrl: '/', get: () => key } as unknown as Request;
    const closing: (() => void)[] = [];
    const response = {
      ...{ locals: {}, statusCode: 202, get: () => undefined },
      status: () => response,
      set: () => response,
      send: () => response,
      once: (_event: string, listener: () => void) => closing.push(listener),
    };
    const next = vi.fn();
    void handler(sent, response as unknown as Response, next);
    if (next.mock.calls.length === 0) return undefined;
    return () => {
      (response.send as (body: string) => unknown)('{}');
      for (const close of closing) close();
    };
  };
}

test('the last thousand keys are remembered, and no more', () => {
  const ask = asking(rememberAnswers(() => 0));
  const isCarriedOut = (key: string): boolean => {
    const end = ask(key);
    end?.();
    return end !== undefined;
  };
  for (let number = 0; number < 1_001; number += 1) expect(isCarriedOut(`key-${number}`)).toBe(true);
  expect(isCarriedOut('key-1000')).toBe(false);
  expect(isCarriedOut('key-0')).toBe(true);
});

test('a key is not forgotten while its first request is under way, however many others come', () => {
  const ask = asking(rememberAnswers(() => 0));
  const end = ask('slow');
  for (let number = 0; number < 1_100; number += 1) ask(`key-${number}`)?.();
  expect(() => ask('slow')).toThrow(/still under way/);
  end?.();
});
