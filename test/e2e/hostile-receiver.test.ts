import { afterAll, beforeAll, describe, it } from 'vitest';
import { Receiver, type ReceivedRequest, type Script } from '../support/receiver.ts';
import { RouterFolder, RouterProcess } from '../support/router-process.ts';
import { showDeliveries, showDelivery, showStats, takenIn, type ShownAttempt } from './api.ts';
import { until } from './until.ts';

/** Two attempts in a round, and two further rounds about a second after the one before. */
const RETRY = { burst: 1, schedule: [1, 1] };
const ATTEMPTS_AT_MOST = 6;

const TIMEOUT_MS = 300;
/** A timer counts whole milliseconds of another clock than the attempts' times. */
const CLOCK_TOLERANCE_MS = 10;

/** Few, so that a dead receiver could take them all if it were let. */
const MAX_IN_FLIGHT = 40;

/** Longer than a round waits by itself (1 s and a fifth), so that keeping to it shows. */
const RETRY_AFTER_SECONDS = 2;

const LARGE_ANSWER = 'x'.repeat(5 * 1_048_576);
/** What of an answer may be kept. */
const EXCERPT_MAX = 4_096;

/** What the receiver does with each webhook's requests; a CDR names its webhook. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  'fails-once': (_, number) => (number === 1 ? { status: 500, body: 'out of order' } : {}),
  'hangs-up-to-the-end': () => 'hang',
  'resets-twice': (_, number) => (number <= 2 ? 'reset' : {}),
  redirects: () => ({ status: 302, headers: { location: '/elsewhere' } }),
  'asks-for-time': (_, number) =>
    number === 1 ? { status: 429, headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } } : {},
  'knows-nothing': () => ({ status: 404, body: 'no such hook' }),
  'talks-a-lot': () => ({ body: LARGE_ANSWER }),
  'is-dead': () => 'hang',
  'is-well': () => ({}),
};

describe.concurrent('a receiver that', () => {
  let receiver: Receiver;
  let folder: RouterFolder;
  let router: RouterProcess;

  beforeAll(async () => {
    receiver = await Receiver.start((request, number) => {
      const script = SCRIPTS[request.path.slice(1)];
      return script === undefined ? { status: 418 } : script(request, number);
    });
    folder = new RouterFolder(
      Object.keys(SCRIPTS).map((id) => ({
        id,
        name: id,
        url: `${receiver.url}/${id}`,
        conditions: [{ '==': [{ var: 'webhook' }, id] }],
        retry: RETRY,
        concurrency: 100,
        // The others keep the usual 15 s, so that no answer is late because the machine is busy.
        ...(id === 'hangs-up-to-the-end' ? { timeoutMs: TIMEOUT_MS } : {}),
      })),
    );
    router = await RouterProcess.start(folder, {
      environment: { HOOKSWITCH_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT) },
    });
  });

  afterAll(async () => {
    await router.kill();
    await receiver.close();
    folder.remove();
  });

  function send(webhookId: string, serial = 0): Promise<string> {
    return takenIn(router.url, JSON.stringify({ webhook: webhookId, serial }));
  }

  /** The delivery to a webhook that got one CDR, when it is final. */
  async function finalDelivery(webhookId: string): ReturnType<typeof showDelivery> {
    await until(`the delivery to ${webhookId} is final`, async () => {
      const { hits, pending } = await showStats(router.url, webhookId);
      return hits === 1 && pending === 0;
    });
    const [delivery] = await showDeliveries(router.url, webhookId);
    return showDelivery(router.url, delivery?.id ?? '');
  }

  function requestsTo(webhookId: string): ReceivedRequest[] {
    return receiver.to(`/${webhookId}`);
  }

  it('answers 500 and then 200 gets the CDR by the second attempt', async ({ expect }) => {
    await send('fails-once');

    expect(await finalDelivery('fails-once')).toMatchObject({
      state: 'delivered',
      attemptCount: 2,
      lastStatusCode: 200,
      attempts: [
        { number: 1, statusCode: 500, excerpt: 'out of order', error: null },
        { number: 2, statusCode: 200, excerpt: '', error: null },
      ],
    });
    const [first, second] = requestsTo('fails-once');
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  });

  it('never answers costs every attempt its timeout, and then the delivery has failed', async ({
    expect,
  }) => {
    await send('hangs-up-to-the-end');
    const { state, attemptCount, attempts } = await finalDelivery('hangs-up-to-the-end');

    expect({ state, attemptCount }).toEqual({ state: 'failed', attemptCount: ATTEMPTS_AT_MOST });
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(attempts.map(({ error }) => error?.code))).toEqual(new Set(['ETIMEDOUT']));
    expect(new Set(attempts.map(({ statusCode }) => statusCode))).toEqual(new Set([null]));
    expect(Math.min(...attempts.map(({ durationMs }) => durationMs))).toBeGreaterThanOrEqual(
      TIMEOUT_MS - CLOCK_TOLERANCE_MS,
    );
    // Fewer when the receiver was too busy to read one before it was given up.
    expect(requestsTo('hangs-up-to-the-end').length).toBeLessThanOrEqual(ATTEMPTS_AT_MOST);
  });

  it('resets connections gets the CDR in a later round', async ({ expect }) => {
    await send('resets-twice');
    const { state, attempts } = await finalDelivery('resets-twice');

    expect(state).toBe('delivered');
    expect(attempts.map(({ statusCode, error }) => error?.code ?? statusCode)).toEqual([
      'ECONNRESET',
      'ECONNRESET',
      200,
    ]);
    expect(startOf(attempts[2]) - startOf(attempts[1])).toBeGreaterThanOrEqual(800);
  });

  it('redirects is not followed', async ({ expect }) => {
    await send('redirects');

    expect(await finalDelivery('redirects')).toMatchObject({
      state: 'failed',
      attemptCount: 1,
      attempts: [{ statusCode: 302, error: null }],
    });
    expect(receiver.to('/elsewhere')).toEqual([]);
  });

  it('asks for time gets it', async ({ expect }) => {
    await send('asks-for-time');
    const { state, attempts } = await finalDelivery('asks-for-time');
    const [first, second] = requestsTo('asks-for-time');

    expect(state).toBe('delivered');
    expect(attempts.map(({ statusCode }) => statusCode)).toEqual([429, 200]);
    // Both times are the receiver's own, so the answer's way is on top of what it asked for.
    const waitedMs = (second?.receivedAtMs ?? 0) - (first?.receivedAtMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1_000);
  });

  it('answers 404 is not asked again', async ({ expect }) => {
    await send('knows-nothing');

    expect(await finalDelivery('knows-nothing')).toMatchObject({
      state: 'failed',
      attemptCount: 1,
      lastStatusCode: 404,
      attempts: [{ statusCode: 404, excerpt: 'no such hook', error: null }],
    });
    expect(requestsTo('knows-nothing')).toHaveLength(1);
  });

  it('answers 200 with 5 MB has got the CDR, and only the beginning of its answer is kept', async ({
    expect,
  }) => {
    await send('talks-a-lot');
    const { state, attemptCount, attempts } = await finalDelivery('talks-a-lot');
    const excerpt = attempts[0]?.excerpt ?? '';

    expect({ state, attemptCount }).toEqual({ state: 'delivered', attemptCount: 1 });
    expect(excerpt.length).toBeGreaterThan(0);
    expect(excerpt.length).toBeLessThanOrEqual(EXCERPT_MAX);
    expect(LARGE_ANSWER.startsWith(excerpt)).toBe(true);
  });

  it('is dead does not hold up another webhook', async ({ expect }) => {
    const serials = Array.from({ length: MAX_IN_FLIGHT }, (_, serial) => serial);
    for (const serial of serials) await send('is-dead', serial);
    await until('many requests hang', () => requestsTo('is-dead').length > MAX_IN_FLIGHT / 4);
    for (const serial of serials) await send('is-well', serial);
    await until('the healthy one has its CDRs', () => requestsTo('is-well').length === serials.length);

    expect(await showStats(router.url, 'is-dead')).toMatchObject({ pending: serials.length, delivered: 0 });
  });
});

function startOf(attempt: ShownAttempt | undefined): number {
  return Date.parse(attempt?.at ?? '');
}
