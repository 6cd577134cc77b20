import { describe, expect, test, vi } from 'vitest';
import type { ConnectionDocuments, OAuth2Auth } from '../../src/webhooks/connection.ts';
import { makeWebhook, type Webhook, type WebhookDocument } from '../../src/webhooks/webhook.ts';
import { percentile } from '../bench/statistics.ts';
import { hook, makeRelay, urlOf, type Relay } from './relay-harness.ts';

/** When the requests to a webhook's target were made, in milliseconds since the test began. */
function timesOf(relay: Relay, webhookId: string, sinceMs: number): number[] {
  return relay.transport.to(urlOf(webhookId)).map(({ atMs }) => atMs - sinceMs);
}

function connectedHook(
  id: string,
  connections: ConnectionDocuments,
  members: Partial<WebhookDocument> = {},
): Webhook {
  const { document } = hook(id, { connection: 'account', ...members });
  return makeWebhook(document, connections);
}

describe('a rate limit', () => {
  test('of a webhook is kept to and used, by fresh deliveries and by a backlog', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { rateLimit: { requests: 5, perSeconds: 10 } })] });
    const startMs = Date.now();
    await relay.leaveWaiting('a', 6);
    relay.dispatcher.start();
    for (let index = 0; index < 7; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(30_000);
    const times = timesOf(relay, 'a', startMs);
    expect(times).toHaveLength(13);
    for (const from of times) {
      expect(times.filter((at) => at >= from && at < from + 10_000).length).toBeLessThanOrEqual(5);
    }
    // Three windows are enough for thirteen: the limit is used, and not only kept to.
    expect(Math.max(...times)).toBeLessThan(21_000);
  });

  test('holds when requests are begun, however long they have waited for a token', async () => {
    const tokenUrl = 'http://login.test/';
    const auth: OAuth2Auth = {
      type: 'oauth2',
      grant: 'client_credentials',
      tokenUrl,
      clientId: 'pbx',
      clientSecret: 'secret',
    };
    const rateLimit = { requests: 5, perSeconds: 2 };
    const relay = makeRelay({ webhooks: [hook('a', { auth, rateLimit, concurrency: 50 })] });
    relay.transport.script = async ({ url }) => {
      if (url !== tokenUrl) return 200;
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return { body: '{"access_token":"t","expires_in":3600}' };
    };
    const startMs = Date.now();
    relay.dispatcher.start();
    await relay.leaveWaiting('a', 20);
    await vi.advanceTimersByTimeAsync(20_000);
    const times = timesOf(relay, 'a', startMs);
    expect(times).toHaveLength(20);
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 2_000).length).toBeLessThanOrEqual(5);
  });

  test('holds for the further attempts of a burst', async () => {
    const members = { rateLimit: { requests: 2, perSeconds: 60 }, retry: { burst: 5, schedule: [120] } };
    const relay = makeRelay({ webhooks: [hook('a', members)] });
    relay.transport.script = () => 503;
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(relay.requestsTo('a')).toBe(2);
    expect(await relay.states('a')).toEqual(['pending']);
  });

  test('does not count what was reserved and not sent', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { rateLimit: { requests: 1, perSeconds: 3_600 } })] });
    relay.dispatcher.reserve('a')?.release();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1);
    expect(relay.requestsTo('a')).toBe(1);
    expect(relay.dispatcher.reserve('a')).toBeUndefined();
  });

  test('is used as soon as it has room again, and not only when somebody looks', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { rateLimit: { requests: 1, perSeconds: 0.1 } })] });
    relay.dispatcher.start();
    for (let index = 0; index < 20; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(2_500);
    expect(relay.requestsTo('a')).toBe(20);
  });

  test('of a connection is shared by its webhooks', async () => {
    const connections = { account: { rateLimit: { requests: 4, perSeconds: 60 } } };
    const relay = makeRelay({ webhooks: [connectedHook('a', connections), connectedHook('b', connections)] });
    relay.dispatcher.start();
    for (let index = 0; index < 5; index += 1) await relay.hand('a', 'b');
    await vi.advanceTimersByTimeAsync(50_000);
    expect(relay.requestsTo('a') + relay.requestsTo('b')).toBe(4);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(relay.requestsTo('a') + relay.requestsTo('b')).toBe(10);
  });

  test('that holds a webhook back is no stall', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { rateLimit: { requests: 1, perSeconds: 3_600 } })] });
    relay.dispatcher.start();
    await relay.leaveWaiting('a', 5);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(relay.requestsTo('a')).toBe(1);
    expect(relay.dispatcher.overdueMs).toBeLessThan(1_000);
  });
});

test('the concurrency of a connection is shared by its webhooks', async () => {
  const connections = { account: { concurrency: 3 } };
  const webhooks = ['a', 'b'].map((id) => connectedHook(id, connections, { timeoutMs: 1_000 }));
  const relay = makeRelay({ webhooks });
  relay.transport.script = () => 'hang';
  for (let index = 0; index < 5; index += 1) await relay.hand('a', 'b');
  await vi.advanceTimersByTimeAsync(500);
  expect(relay.transport.underWay()).toBe(3);
  // Also when the webhooks change their connection meanwhile, what is under way is counted where it began.
  relay.registry.replace([hook('a'), hook('b')]);
  await vi.advanceTimersByTimeAsync(60_000);
  relay.registry.replace(webhooks);
  expect(relay.dispatcher.reserve('a')).toBeDefined();
});

describe('a target that fails ten times in a row', () => {
  test('gets nothing but a probe now and then, and everything once it is well again', async () => {
    const relay = makeRelay({
      webhooks: [hook('a', { retry: { burst: 0, schedule: [60, 60, 60, 60, 60] } })],
    });
    relay.dispatcher.start();
    relay.transport.script = () => 503;
    for (let index = 0; index < 30; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(5_000);
    const requestsBefore = relay.requestsTo('a');
    expect(requestsBefore).toBeLessThan(30);
    expect(relay.dispatcher.breakerOf('a').state).toBe('open');
    expect(relay.dispatcher.broken).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(30_000);
    // Probes after ten and after twenty seconds more.
    expect(relay.requestsTo('a') - requestsBefore).toBe(2);
    relay.transport.script = () => 200;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['delivered']));
    expect(relay.observer.breakers).toEqual(['a open', 'a closed']);
    expect(relay.dispatcher.broken).toEqual([]);
  });

  test('is not what a target is whose CDRs lack what the template wants', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { body: { caller: '{{cdr.caller}}' } })] });
    for (let index = 0; index < 30; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['failed']));
    expect(relay.dispatcher.breakerOf('a').state).toBe('closed');
  });

  test('keeps collecting meanwhile, and is no stall', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry: { burst: 0, schedule: [60] } })] });
    relay.dispatcher.start();
    relay.transport.script = () => 503;
    for (let index = 0; index < 10; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(relay.dispatcher.reserve('a')).toBeUndefined();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await relay.states('a')).filter((state) => state === 'pending')).toHaveLength(11);
    expect(relay.dispatcher.overdueMs).toBeLessThan(1_000);
  });

  test('is probed by another when the probe is not sent after all', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry: { burst: 0, schedule: [60] } })] });
    relay.transport.script = () => 503;
    for (let index = 0; index < 10; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(11_000);
    const probe = relay.dispatcher.reserve('a');
    expect([probe === undefined, relay.dispatcher.reserve('a')]).toEqual([false, undefined]);
    probe?.release();
    expect(relay.dispatcher.reserve('a')).toBeDefined();
  });

  test('is forgotten with its webhook', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry: { burst: 0, schedule: [60] } })] });
    relay.dispatcher.start();
    relay.transport.script = () => 503;
    for (let index = 0; index < 10; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(relay.dispatcher.broken).toHaveLength(1);
    relay.registry.replace([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(relay.dispatcher.broken).toEqual([]);
  });

  test('is asked again when its webhook was disabled meanwhile', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry: { burst: 0, schedule: [5, 5, 5, 5] } })] });
    relay.dispatcher.start();
    relay.transport.script = () => 503;
    for (let index = 0; index < 10; index += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    // Disabled just as the probe is due: what was leased is given back unsent.
    relay.registry.replace([hook('a', { enabled: false })]);
    await vi.advanceTimersByTimeAsync(20_000);
    relay.transport.script = () => 200;
    relay.registry.replace([hook('a')]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['delivered']));
  });
});

test('a target that is gone is asked ever more seldom while its webhook cannot be disabled', async () => {
  const relay = makeRelay({ webhooks: [hook('a')] });
  relay.dispatcher.start();
  relay.transport.script = () => 410;
  await relay.leaveWaiting('a', 200);
  await vi.advanceTimersByTimeAsync(3_600_000);
  // Ten at once, then probes that are five minutes apart in the end.
  expect(relay.requestsTo('a')).toBeLessThan(30);
  expect(await relay.store.pending()).toBe(200);
  relay.transport.script = () => 200;
  await vi.advanceTimersByTimeAsync(400_000);
  expect(await relay.store.pending()).toBe(0);
});

test('a target that says it is gone has its webhook disabled once told, and what waits is kept', async () => {
  const relay = makeRelay({ webhooks: [hook('a')] });
  relay.dispatcher.start();
  relay.transport.script = () => 410;
  await relay.hand('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(relay.gone).toEqual(['a']);
  relay.registry.replace([hook('a', { enabled: false })]);
  await relay.hand('a');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await relay.states('a')).toEqual(['pending', 'pending']);
  expect(relay.requestsTo('a')).toBe(1);
});

/** How long deliveries to a healthy target wait, with and without bad neighbours, in milliseconds. */
async function delaysOfHealthy(others: readonly Webhook[]): Promise<number[]> {
  const relay = makeRelay({ webhooks: [hook('healthy'), ...others], maxInFlight: 50 });
  relay.dispatcher.start();
  const delays: number[] = [];
  const sentMs = new Map<string, number>();
  relay.transport.script = async ({ url, headers }) => {
    if (url === urlOf('dead')) return new Error('ECONNREFUSED');
    if (url === urlOf('slow')) return 'hang';
    delays.push(Date.now() - (sentMs.get(headers['webhook-id'] ?? '') ?? 0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 200;
  };
  const ids = ['healthy', ...others.map(({ id }) => id)];
  for (let index = 0; index < 500; index += 1) {
    const atMs = Date.now();
    const cdrId = await relay.hand(...ids);
    sentMs.set(`${cdrId}_healthy`, atMs);
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(5_000);
  return delays;
}

test('a dead and a slow target leave the others as fast as they were', async () => {
  const alone = await delaysOfHealthy([]);
  const among = await delaysOfHealthy([hook('dead'), hook('slow', { timeoutMs: 15_000 })]);
  expect([alone.length, among.length]).toEqual([500, 500]);
  expect(percentile(among, 0.99)).toBeLessThanOrEqual(2 * percentile(alone, 0.99) + 1);
});
