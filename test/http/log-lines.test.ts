import { writeFileSync } from 'node:fs';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TransportError } from '../../src/relay/transport.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { postBytes, startApp, type LogLine, type TestApp } from '../support/app.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const SECRET = 'hunter2-of-the-tickets';
const CALLER = '+4915112345678';
const CDR = `{"type":"cdr","cmiuuid":["${CALLER}"],"caller":"${CALLER}"}`;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], fakeNodeBuiltins: true });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Longer than any burst, and than it takes until a store is asked again. */
const A_WHILE_MS = 10_000;

/** A router with a webhook full of secrets, whose target answers the first call 500, the second not and the third 200. */
function start(): Promise<TestApp> {
  const transport = new ScriptedTransport((_request, number) => {
    if (number === 1) return { status: 500, body: `no ${CALLER} ${SECRET}` };
    return number === 2 ? new TransportError('ECONNRESET', 'read ECONNRESET') : 200;
  });
  return startApp({
    transport,
    environment: { TOKEN: SECRET },
    sources: { telecmi: { vendor: 'telecmi', credentials: { bearer: SECRET } } },
    webhooks: [
      {
        id: 'tickets',
        name: 'Tickets',
        url: 'https://user:${TOKEN}@tickets.test/${TOKEN}?key=${TOKEN}',
        headers: { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'literal-key-value' },
        conditions: [{ '!!': [{ var: 'caller' }] }],
        retry: { burst: 2 },
      },
    ],
  });
}

async function take(started: TestApp): Promise<string> {
  const response = await postBytes(started.app, '/cdr/telecmi', CDR, { authorization: `Bearer ${SECRET}` });
  await vi.advanceTimersByTimeAsync(A_WHILE_MS);
  await started.idle();
  return (response.body as { ids: string[] }).ids[0] ?? '';
}

function withoutTime({ time, ...rest }: LogLine): object {
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return rest;
}

describe('each stage is one line', () => {
  test('a CDR that came in, with what it hit and how it departs from its shape', async () => {
    const started = await start();
    const cdrId = await take(started);
    const [line, ...more] = started.logOf('cdr.received');
    expect(more).toEqual([]);
    expect(line && withoutTime(line)).toEqual({
      level: 'info',
      event: 'cdr.received',
      cdrId,
      source: 'telecmi',
      vendor: 'telecmi',
      characters: CDR.length,
      hits: 1,
      duplicate: false,
      violation: expect.stringContaining('cmiuuid') as string,
    });
  });

  test('a duplicate says so, with the same id', async () => {
    const started = await start();
    const cdrId = await take(started);
    await take(started);
    expect(started.logOf('cdr.received')).toMatchObject([
      { cdrId, duplicate: false },
      { cdrId, duplicate: true },
    ]);
    expect(started.logOf('delivery.attempted')).toHaveLength(3);
  });

  test('every call to a target, with its number and how it ended', async () => {
    const started = await start();
    const cdrId = await take(started);
    const [delivery] = await started.store.deliveries({ limit: 1 });
    const base = {
      level: 'info',
      event: 'delivery.attempted',
      cdrId,
      deliveryId: delivery?.id,
      webhookId: 'tickets',
      durationMs: expect.any(Number) as number,
    };
    expect(started.logOf('delivery.attempted').map(withoutTime)).toEqual([
      { ...base, level: 'warn', attempt: 1, status: 500 },
      { ...base, level: 'warn', attempt: 2, error: 'ECONNRESET' },
      { ...base, attempt: 3, status: 200 },
    ]);
  });

  test('rules that came into force, and rules that were rejected', async () => {
    const started = await start();
    expect(started.logOf('rules.loaded')).toMatchObject([{ level: 'info', webhooks: 1, warnings: 0 }]);
    writeFileSync(started.rulesPath, '{"webhooks":[{"name":"x"}]}');
    await request(started.app).delete('/api/v1/webhooks/tickets').set('if-match', '*').expect(409);
    expect(started.logOf('rules.rejected')).toMatchObject([
      { level: 'error', errors: ['error /webhooks/0 (line 1): "url" is missing'] },
    ]);
  });
});

test('no line holds a secret, a header, call data or an answer', async () => {
  const started = await start();
  await take(started);
  await postBytes(started.app, '/cdr/telecmi', CDR, { authorization: 'Bearer wrong-credential' });
  await postBytes(started.app, '/cdr/telecmi', `{"caller":"${CALLER}"`, {
    authorization: `Bearer ${SECRET}`,
  });
  await postBytes(started.app, '/api/v1/webhooks', `{"headers":{"Authorization":"${SECRET}"}}`);
  await request(started.app)
    .patch('/api/v1/webhooks/tickets')
    .set('if-match', '*')
    .send({ headers: { 'X-Key': SECRET } })
    .expect(200);
  expect(started.logOf('delivery.attempted')).toHaveLength(3);
  const text = started.logText();
  for (const hidden of [
    SECRET,
    CALLER,
    'literal-key-value',
    'wrong-credential',
    'Bearer',
    'x-key',
    'user:',
  ]) {
    expect(text.toLowerCase()).not.toContain(hidden.toLowerCase());
  }
});

test('a store that fails is told once for each time, without call data', async () => {
  const started = await startApp({
    webhooks: [{ id: 'a', name: 'A', url: 'http://a.test/' }],
    wrapStore: (store) => {
      const settle = store.settle.bind(store);
      let isFirst = true;
      store.settle = (settlements) => {
        if (!isFirst) return settle(settlements);
        isFirst = false;
        return Promise.reject(new StoreUnavailableError(new Error('SQLITE_FULL')));
      };
      return store;
    },
  });
  await postBytes(started.app, '/cdr/generic', `{"caller":"${CALLER}"}`);
  await vi.advanceTimersByTimeAsync(A_WHILE_MS);
  await started.idle();
  expect(started.logOf('store.failed')).toMatchObject([
    { level: 'error', reason: 'the store is not available: SQLITE_FULL' },
  ]);
  expect(started.logText()).not.toContain(CALLER);
  expect(await started.store.deliveries({ limit: 1 })).toMatchObject([{ state: 'delivered' }]);
});
