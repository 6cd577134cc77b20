import { describe, expect, test, vi } from 'vitest';
import { LOOKAHEAD } from '../../src/relay/lookahead.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { hook, LEASE_MS, makeRelay, urlOf, type Relay } from './relay-harness.ts';

/** The ids of the CDRs that were sent to a webhook, in the order sent. */
function sentTo(relay: Relay, id: string): (string | undefined)[] {
  return relay.transport.to(urlOf(id)).map(({ headers }) => headers['webhook-id']?.replace(`_${id}`, ''));
}

async function handMany(relay: Relay, id: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) ids.push(await relay.hand(id));
  return ids;
}

/** A relay to one target that answers after 100 ms. */
function makeSlowRelay(members: Partial<WebhookDocument> = {}): Relay {
  const relay = makeRelay({ webhooks: [hook('a', { concurrency: 2, ...members })] });
  relay.transport.script = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 200;
  };
  relay.dispatcher.start();
  return relay;
}

describe('what comes in while all room is taken', () => {
  test('is sent in its order as soon as there is room, and not read back from the store', async () => {
    const relay = makeSlowRelay();
    const lease = vi.spyOn(relay.store, 'lease');
    const ids = await handMany(relay, 'a', 20);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sentTo(relay, 'a')).toEqual(ids);
    expect(relay.transport.mostUnderWay(urlOf('a'))).toBe(2);
    expect(lease).not.toHaveBeenCalled();
    expect(new Set(await relay.states('a'))).toEqual(new Set(['delivered']));
  });

  test('waits in the store beyond a bounded number, and is sent after what came before', async () => {
    const relay = makeSlowRelay();
    const ids = await handMany(relay, 'a', LOOKAHEAD + 12);
    const states = await relay.states('a');
    expect(states.filter((state) => state === 'delivering')).toHaveLength(LOOKAHEAD + 2);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(sentTo(relay, 'a')).toEqual(ids);
  });

  test.each([
    ['a rate limit', { rateLimit: { requests: 1, perSeconds: 60 } }],
    ['no other request under way', { enabled: false }],
  ])('waits in the store when it is held back by %s', async (_reason, members) => {
    const relay = makeSlowRelay(members);
    await handMany(relay, 'a', 5);
    const states = await relay.states('a');
    expect(states.filter((state) => state === 'pending').length).toBeGreaterThanOrEqual(4);
  });

  test('goes back to the store when the breaker opens: to a dead target nothing is leased', async () => {
    const relay = makeRelay({
      webhooks: [hook('a', { concurrency: 2, retry: { schedule: [60], burst: 0 } })],
      script: () => 503,
    });
    relay.dispatcher.start();
    await handMany(relay, 'a', 30);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(relay.observer.breakers).toEqual(['a open']);
    expect(relay.requestsTo('a')).toBeLessThanOrEqual(11);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['pending']));
    const untouched = (await relay.deliveries('a')).filter(({ attempts }) => attempts === 0);
    expect(untouched.length).toBeGreaterThanOrEqual(19);
  });

  test('goes back when its webhook is disabled, and is cancelled when it is deleted', async () => {
    const relay = makeSlowRelay();
    await handMany(relay, 'a', 6);
    relay.registry.replace([hook('a', { concurrency: 2, enabled: false })]);
    await vi.advanceTimersByTimeAsync(200);
    expect(await relay.states('a')).toEqual([
      ...['delivered', 'delivered'],
      ...['pending', 'pending', 'pending', 'pending'],
    ]);
    relay.registry.replace([hook('a', { concurrency: 2 })]);
    await handMany(relay, 'a', 3);
    relay.registry.replace([]);
    relay.registry.departures.deleted('a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await relay.states('a')).slice(2)).toEqual(Array.from({ length: 7 }, () => 'cancelled'));
  });

  test('goes back when the router stops', async () => {
    const relay = makeSlowRelay();
    await handMany(relay, 'a', 6);
    const stopped = relay.dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(200);
    await stopped;
    expect(await relay.states('a')).toEqual([
      ...['delivered', 'delivered'],
      ...['pending', 'pending', 'pending', 'pending'],
    ]);
  });
});

describe('a lease that waits', () => {
  test('is renewed for as long as it does', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: LEASE_MS * 3 })] });
    relay.transport.script = (_request, number) => (number === 1 ? 'hang' : 200);
    relay.dispatcher.start();
    const ids = await handMany(relay, 'a', 3);
    await vi.advanceTimersByTimeAsync(LEASE_MS * 3 + 1_000);
    expect(sentTo(relay, 'a')).toEqual(ids);
    expect(await relay.states('a')).toEqual(['failed', 'delivered', 'delivered']);
  });

  test('is dropped when it could not be renewed: somebody else has it', async () => {
    const relay = makeSlowRelay({ concurrency: 1 });
    relay.transport.script = (_request, number) => (number === 1 ? 'hang' : 200);
    relay.registry.replace([hook('a', { concurrency: 1, timeoutMs: 20_000 })]);
    const [first, , third] = await handMany(relay, 'a', 3);
    const renew = relay.store.renew.bind(relay.store);
    vi.spyOn(relay.store, 'renew').mockImplementationOnce(async (leases) =>
      (await renew(leases)).filter((_lease, index) => index !== 1),
    );
    await vi.advanceTimersByTimeAsync(20_500);
    expect(sentTo(relay, 'a')).toEqual([first, third]);
  });

  test('is not used when the process has stood still for so long that somebody else may have it', async () => {
    const relay = makeSlowRelay({ concurrency: 1 });
    const [first] = await handMany(relay, 'a', 3);
    // Nothing runs while the clock goes on.
    vi.setSystemTime(Date.now() + LEASE_MS);
    await relay.store.due('', 10);
    expect(await relay.store.lease(new Map([['a', 10]]))).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sentTo(relay, 'a')).toEqual([first]);
  });
});
