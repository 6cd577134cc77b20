import { describe, expect, test, vi } from 'vitest';
import type { Lease } from '../../src/store/records.ts';
import { hook, makeRelay, urlOf } from './relay-harness.ts';

/** How often a dispatcher looks for what is due. */
const POLL_MS = 500;

describe('a fresh delivery', () => {
  test('is sent at once, without waiting for a poll', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(await relay.states('a')).toEqual(['delivered']);
    expect(relay.observer.outcomes).toEqual([{ state: 'delivered' }]);
  });

  test('goes to every webhook it hit', async () => {
    const relay = makeRelay({ webhooks: [hook('a'), hook('b')] });
    await relay.hand('a', 'b');
    await vi.advanceTimersByTimeAsync(0);
    expect([relay.requestsTo('a'), relay.requestsTo('b')]).toEqual([1, 1]);
  });

  test('that there is no room for waits, and is sent when there is', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: 1_000 })] });
    relay.transport.script = (_request, number) => (number === 1 ? 'hang' : 200);
    await relay.hand('a');
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(999);
    expect(relay.requestsTo('a')).toBe(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(await relay.states('a')).toEqual(['failed', 'delivered']);
  });

  test('gets no slot while older ones wait, even if there is room', () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.notify('a');
    expect(relay.dispatcher.reserve('a')).toBeUndefined();
  });

  test('does not overtake those that wait', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: 1_000 })] });
    relay.transport.script = () => 'hang';
    await relay.leaveWaiting('a', 2);
    relay.dispatcher.notify('a');
    await vi.advanceTimersByTimeAsync(1);
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(3_500);
    const cdrIds = (await relay.deliveries('a')).map(({ cdrId }) => cdrId);
    expect(relay.transport.requests.map(({ headers }) => headers['webhook-id'])).toEqual(
      cdrIds.map((cdrId) => `${cdrId}_a`),
    );
  });
});

test('a target gets the next one as soon as it has answered, while that goes to the disk', async () => {
  const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1 })] });
  const disk = Promise.withResolvers<Lease[]>();
  vi.spyOn(relay.store, 'settle').mockReturnValue(disk.promise);
  await relay.hand('a');
  await relay.hand('a');
  await vi.advanceTimersByTimeAsync(0);
  expect(relay.requestsTo('a')).toBe(2);
  expect(await relay.states('a')).toEqual(['delivering', 'delivering']);
  expect(relay.dispatcher.inFlight).toBe(2);
  disk.resolve([]);
});

test('a backlog is leased many at a time', async () => {
  const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1 })] });
  const lease = vi.spyOn(relay.store, 'lease');
  await relay.leaveWaiting('a', 200);
  relay.dispatcher.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(relay.requestsTo('a')).toBe(200);
  expect(lease.mock.calls.length).toBeLessThan(200 / 10);
});

test('what waited before the start is found and sent, the oldest first', async () => {
  const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1 })] });
  await relay.leaveWaiting('a', 5);
  relay.dispatcher.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await relay.states('a')).toEqual(Array.from({ length: 5 }, () => 'delivered'));
  const ids = relay.transport.requests.map(({ headers }) => headers['webhook-id'] ?? '');
  expect(ids).toEqual(ids.toSorted());
});

describe('rounds', () => {
  const retry = { burst: 1, schedule: [10, 60] };

  test('follow the schedule until it ends, each with its burst, and every call is numbered', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry })], script: () => 503 });
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(relay.observer.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    const times = relay.transport.requests.map(({ atMs }) => atMs);
    const [burst1, wait1, burst2, wait2, burst3] = times
      .slice(1)
      .map((atMs, index) => atMs - (times[index] ?? 0));
    // Half of the chance that a burst has.
    expect([burst1, burst2, burst3]).toEqual([750, 750, 750]);
    for (const [wait = 0, due] of [
      [wait1, 10_000],
      [wait2, 60_000],
    ] as const) {
      expect(wait).toBeGreaterThanOrEqual(due);
      expect(wait).toBeLessThanOrEqual(due + POLL_MS + 10);
    }
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'failed', attempts: 6, lastStatus: 503 }]);
  });

  test('end with the first success', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry })] });
    relay.transport.script = (_request, number) => (number < 3 ? 503 : 200);
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'delivered', attempts: 3 }]);
  });

  test('leave the others alone meanwhile', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry, concurrency: 1 })] });
    relay.transport.script = (_request, number) => (number <= 2 ? 503 : 200);
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(2_000);
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await relay.states('a')).toEqual(['pending', 'delivered']);
  });
});

describe('a webhook that is changed while deliveries wait', () => {
  const retry = { burst: 0, schedule: [60] };

  test('gets them at its corrected url', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { retry })], script: () => 503 });
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    relay.registry.replace([hook('a', { retry, url: 'http://corrected.test/' })]);
    relay.transport.script = ({ url }) => (url === urlOf('a') ? 503 : 200);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(relay.transport.to('http://corrected.test/')).toHaveLength(1);
    expect(await relay.states('a')).toEqual(['delivered']);
  });

  test('holds them while it is disabled, and gets all of them when it is enabled again', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { enabled: false })] });
    relay.dispatcher.start();
    for (let count = 0; count < 25; count += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(relay.transport.requests).toEqual([]);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['pending']));
    relay.registry.replace([hook('a')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await relay.states('a')).toEqual(Array.from({ length: 25 }, () => 'delivered'));
  });

  test('keeps a delivery that was leased when it was disabled, without an attempt or a round', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const reservation = relay.dispatcher.reserve('a');
    await relay.leaveWaiting('a', 1);
    const [lease] = await relay.store.lease(new Map([['a', 1]]));
    relay.registry.replace([hook('a', { enabled: false })]);
    if (lease !== undefined) reservation?.send(lease);
    await vi.advanceTimersByTimeAsync(0);
    expect(relay.transport.requests).toEqual([]);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'pending', attempts: 0 }]);
    expect(await relay.store.lease(new Map([['a', 1]]))).toMatchObject([{ rounds: 0 }]);
  });

  test('has them cancelled when it is deleted, and nothing is sent', async () => {
    const relay = makeRelay({ webhooks: [hook('a'), hook('b')] });
    await relay.leaveWaiting('a', 30);
    relay.registry.replace([hook('b')]);
    relay.registry.departures.deleted('a');
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['cancelled']));
    expect(relay.transport.requests).toEqual([]);
    const stats = await relay.store.stats(['a']);
    expect(stats.get('a')).toMatchObject({ hits: 30, pending: 0, cancelled: 30, failed: 0 });
  });

  test('and deleted ends the one under way as it would have ended', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 1_000 })], script: () => 'hang' });
    await relay.hand('a');
    relay.registry.replace([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await relay.states('a')).toEqual(['failed']);
  });
});

describe('a webhook that is missing in the rules', () => {
  const TEN_MINUTES_MS = 600_000;

  test('gets what waited when it is there again in time', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    relay.registry.replace([]);
    await relay.leaveWaiting('a', 12);
    await vi.advanceTimersByTimeAsync(TEN_MINUTES_MS - 1_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['pending']));
    relay.registry.replace([hook('a')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['delivered']));
  });

  test('has it cancelled after ten minutes, counted anew each time it is missing', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { enabled: false })] });
    relay.dispatcher.start();
    await relay.leaveWaiting('a', 12);
    for (let round = 0; round < 2; round += 1) {
      relay.registry.replace([]);
      await vi.advanceTimersByTimeAsync(TEN_MINUTES_MS - 1_000);
      expect(new Set(await relay.states('a'))).toEqual(new Set(['pending']));
      if (round === 0) relay.registry.replace([hook('a', { enabled: false })]);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(new Set(await relay.states('a'))).toEqual(new Set(['cancelled']));
    expect(relay.transport.requests).toEqual([]);
  });

  test('is waited for after a start that found none', async () => {
    const relay = makeRelay({ webhooks: [] });
    await relay.leaveWaiting('a', 1);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(TEN_MINUTES_MS - 1_000);
    expect(await relay.states('a')).toEqual(['pending']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await relay.states('a')).toEqual(['cancelled']);
  });
});

describe('what waits for a webhook that only newer rules know', () => {
  test('is left alone while this node cannot have those', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    relay.areRulesNewest = false;
    relay.registry.replace([]);
    await relay.leaveWaiting('a', 3);
    await relay.leaveWaiting('new', 3);
    await vi.advanceTimersByTimeAsync(7_200_000);
    relay.areRulesNewest = true;
    await vi.advanceTimersByTimeAsync(590_000);
    expect(new Set([...(await relay.states('a')), ...(await relay.states('new'))])).toEqual(
      new Set(['pending']),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    expect(new Set([...(await relay.states('a')), ...(await relay.states('new'))])).toEqual(
      new Set(['cancelled']),
    );
  });

  test('is left alone by a node that is a version behind, however long it has been running', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await relay.leaveWaiting('new', 3);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(new Set(await relay.states('new'))).toEqual(new Set(['pending']));
    relay.registry.replace([hook('a'), hook('new')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(new Set(await relay.states('new'))).toEqual(new Set(['delivered']));
  });
});

test('a webhook made anew with the id of one that was deleted gets nothing that was made for that one', async () => {
  const retry = { burst: 0, schedule: [5] };
  const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, retry, timeoutMs: 1_000 })] });
  relay.transport.script = ({ url }) => (url === urlOf('a') ? 'hang' : 200);
  relay.dispatcher.start();
  // One under way, one leased ahead, and one that waits.
  await relay.hand('a');
  await relay.hand('a');
  await relay.leaveWaiting('a', 1);
  relay.registry.replace([]);
  relay.registry.departures.deleted('a');
  relay.registry.replace([hook('a', { url: 'http://new.test/' })]);
  await vi.advanceTimersByTimeAsync(10_000);
  await relay.hand('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await relay.states('a')).toEqual(['cancelled', 'cancelled', 'cancelled', 'delivered']);
  expect(relay.transport.to('http://new.test/')).toHaveLength(1);
});
