import { describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { hook, LEASE_MS, makeRelay, urlOf } from './relay-harness.ts';

const DISK_FULL = new StoreUnavailableError(new Error('disk full'));

describe('a store that does not take something', () => {
  test('is asked again until it takes the outcome, and nothing is sent twice', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const settle = vi.spyOn(relay.store, 'settle');
    for (let failures = 0; failures < 5; failures += 1) settle.mockRejectedValueOnce(DISK_FULL);
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await relay.states('a')).toEqual(['delivering']);
    expect(relay.observer.outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(relay.requestsTo('a')).toBe(1);
    expect(relay.observer.storeFailures).toEqual(Array.from({ length: 5 }, () => DISK_FULL));
    expect(relay.observer.outcomes).toEqual([{ state: 'delivered' }]);
  });

  test('keeps the slot of what it has not taken, so that no more piles up', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 2 })] });
    vi.spyOn(relay.store, 'settle').mockRejectedValue(DISK_FULL);
    relay.dispatcher.start();
    for (let number = 0; number < 6; number += 1) await relay.hand('a');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(relay.requestsTo('a')).toBe(4);
  });

  test('when it fails to lease gets its slots back, and the deliveries go out later', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 2 })] });
    const lease = vi.spyOn(relay.store, 'lease').mockRejectedValue(DISK_FULL);
    await relay.leaveWaiting('a', 4);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(relay.requestsTo('a')).toBe(0);
    expect(relay.observer.storeFailures.length).toBeGreaterThan(5);
    lease.mockRestore();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await relay.states('a')).toEqual(Array.from({ length: 4 }, () => 'delivered'));
  });

  test('when it fails to look for what is due is asked again', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    vi.spyOn(relay.store, 'due').mockRejectedValueOnce(DISK_FULL);
    await relay.leaveWaiting('a', 1);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await relay.states('a')).toEqual(['delivered']);
    expect(relay.observer.storeFailures).toEqual([DISK_FULL]);
  });
});

describe('a store that lets no heartbeat through', () => {
  test('is known to be away, and to be back at once', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const heartbeat = vi.spyOn(relay.store, 'heartbeat').mockRejectedValue(DISK_FULL);
    // What fails at the same time must not keep that from being known.
    vi.spyOn(relay.store, 'renew').mockRejectedValue(DISK_FULL);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(relay.dispatcher.storeAwayMs).toBe(3_000);
    expect(relay.observer.storeAnswers).toBe(0);
    expect(heartbeat.mock.calls.length).toBeLessThanOrEqual(7);

    heartbeat.mockRestore();
    await vi.advanceTimersByTimeAsync(500);
    expect(relay.dispatcher.storeAwayMs).toBeUndefined();
    expect(relay.observer.storeAnswers).toBe(1);
  });

  test('is found out in two seconds, however long a lease is', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.spyOn(relay.store, 'heartbeat').mockRejectedValue(DISK_FULL);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(relay.dispatcher.storeAwayMs).toBeDefined();
  });
});

describe('a store that does not answer', () => {
  test.each(['renew', 'due'] as const)('is not asked again to %s meanwhile', async (verb) => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 600_000 })], script: () => 'hang' });
    relay.dispatcher.start();
    await relay.hand('a');
    const asked = vi.spyOn(relay.store, verb).mockReturnValue(new Promise<never>(() => undefined));
    await vi.advanceTimersByTimeAsync(LEASE_MS * 3);
    expect(asked).toHaveBeenCalledOnce();
  });

  test('to what is due is still asked to renew leases', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 600_000 })], script: () => 'hang' });
    relay.dispatcher.start();
    await relay.hand('a');
    vi.spyOn(relay.store, 'due').mockReturnValue(new Promise(() => undefined));
    const renew = vi.spyOn(relay.store, 'renew');
    await vi.advanceTimersByTimeAsync(LEASE_MS * 3);
    expect(renew.mock.calls.length).toBeGreaterThanOrEqual(8);
  });
});

describe('a mistake of ours', () => {
  test('while sending is told, is an attempt on record, and comes to an end', async () => {
    const bug = new TypeError('undefined is not a function');
    const broken = hook('a', { retry: { burst: 3, schedule: [5] } });
    const relay = makeRelay({
      webhooks: [
        {
          ...broken,
          get successOn(): number[] {
            throw bug;
          },
        },
      ],
    });
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(relay.observer.bugs).toEqual([bug, bug]);
    const [delivery] = await relay.deliveries('a');
    expect(delivery).toMatchObject({ state: 'failed', attempts: 2 });
    expect(delivery?.lastError).toContain('Hookswitch itself');
    expect(relay.observer.attempts.map(({ attempt }) => attempt.error?.code)).toEqual([
      'ERR_INTERNAL',
      'ERR_INTERNAL',
    ]);
    expect(relay.observer.storeFailures).toEqual([]);
  });

  test('in whoever is told of an attempt changes nothing of the delivery', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const bug = new TypeError('undefined is not a function');
    for (const verb of ['attempted', 'settled'] as const)
      vi.spyOn(relay.observer, verb).mockImplementation(() => {
        throw bug;
      });
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(LEASE_MS * 2);
    expect(relay.requestsTo('a')).toBe(1);
    expect(await relay.states('a')).toEqual(['delivered']);
    expect(relay.observer.bugs).toEqual([bug, bug]);
  });

  test('in the store is told as that, and tried again with more patience', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const bug = new TypeError('undefined is not a function');
    vi.spyOn(relay.store, 'settle').mockRejectedValueOnce(bug);
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(59_000);
    expect([relay.observer.bugs, relay.observer.storeFailures]).toEqual([[bug], []]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await relay.states('a')).toEqual(['delivered']);
    expect(relay.requestsTo('a')).toBe(1);
  });
});

describe('leases', () => {
  test('of deliveries that take long are renewed, so that nobody sends them a second time', async () => {
    const timeoutMs = 4 * LEASE_MS;
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs })], script: () => 'hang' });
    relay.dispatcher.start();
    await relay.hand('a');
    for (let elapsedMs = 0; elapsedMs < timeoutMs - 1_000; elapsedMs += 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await relay.store.lease(new Map([['a', 10]]))).toEqual([]);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'failed', attempts: 1 }]);
    expect(relay.requestsTo('a')).toBe(1);
  });

  test('survive that the process was stopped for longer than they last', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 300_000 })] });
    relay.transport.script = () => 'hang';
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + 2 * LEASE_MS);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(relay.requestsTo('a')).toBe(1);
  });

  test('are renewed, and the other nodes told, though the wall clock is set back', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 300_000 })], script: () => 'hang' });
    const renew = vi.spyOn(relay.store, 'renew');
    const heartbeat = vi.spyOn(relay.store, 'heartbeat');
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    const [renewals, beats] = [renew.mock.calls.length, heartbeat.mock.calls.length];
    await vi.advanceTimersByTimeAsync(2 * LEASE_MS);
    expect(renew.mock.calls.length - renewals).toBeGreaterThanOrEqual(5);
    expect(heartbeat.mock.calls.length - beats).toBeGreaterThanOrEqual(15);
  });

  test('survive that the store fails to renew once', async () => {
    const relay = makeRelay({
      webhooks: [hook('a', { timeoutMs: 2 * LEASE_MS })],
      script: () => 'hang',
    });
    vi.spyOn(relay.store, 'renew').mockRejectedValueOnce(DISK_FULL);
    relay.dispatcher.start();
    await relay.hand('a');
    await vi.advanceTimersByTimeAsync(2 * LEASE_MS + 1_000);
    expect(relay.requestsTo('a')).toBe(1);
    expect(await relay.states('a')).toEqual(['failed']);
  });

  test('that were lost meanwhile leave the attempt on record, and the other holder decides', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 50_000 })], script: () => 'hang' });
    await relay.hand('a');
    // Not started, so nobody renews: another router gets the delivery.
    await vi.advanceTimersByTimeAsync(LEASE_MS + 1);
    await relay.store.due('', 10);
    const [other] = await relay.store.lease(new Map([['a', 1]]));
    expect(other).toMatchObject({ number: 2, attempts: 0 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'delivering', attempts: 1 }]);
    // Nothing of that is on record as its end, so nobody is told of one.
    expect(relay.observer.outcomes).toEqual([]);
  });

  test('that are lost cut off what is under way, and nothing more is sent', async () => {
    const retry = { burst: 5, schedule: [60] };
    const relay = makeRelay({
      webhooks: [hook('hangs', { retry, timeoutMs: 300_000 }), hook('repeats', { retry })],
      script: ({ url }) => (url === urlOf('hangs') ? 'hang' : 503),
    });
    relay.dispatcher.start();
    await relay.hand('hangs', 'repeats');
    await vi.advanceTimersByTimeAsync(100);
    // Nothing runs while the clock goes on, and another router takes both deliveries.
    vi.setSystemTime(Date.now() + 2 * LEASE_MS);
    await relay.store.due('', 10);
    const rooms = new Map([
      ['hangs', 1],
      ['repeats', 1],
    ]);
    expect(await relay.store.lease(rooms)).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([relay.transport.underWay(), relay.transport.requests.length]).toEqual([0, 2]);
    expect(relay.observer.attempts.map(({ attempt }) => attempt.error)).toEqual([
      undefined,
      {
        code: 'ERR_CUT_OFF',
        message: 'cut off because its lease ran out, and another router may be sending it',
      },
    ]);
    expect(relay.observer.outcomes).toEqual([]);
  });
});

describe('overdue', () => {
  test('is nothing while nothing waits, and while everything is sent in time', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    for (let minute = 0; minute < 10; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      await relay.hand('a');
      expect(relay.dispatcher.overdueMs).toBe(0);
    }
  });

  test('grows while what could be sent cannot be leased, and is nothing again afterwards', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const lease = vi.spyOn(relay.store, 'lease').mockRejectedValue(DISK_FULL);
    await relay.leaveWaiting('a', 1);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(400_000);
    expect(relay.dispatcher.overdueMs).toBeGreaterThan(398_000);
    lease.mockRestore();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(relay.dispatcher.overdueMs).toBe(0);
  });

  test.each(['fails', 'hangs'])('grows while the store %s when asked what is due', async (how) => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const due = vi.spyOn(relay.store, 'due');
    if (how === 'fails') due.mockRejectedValue(DISK_FULL);
    else due.mockReturnValue(new Promise(() => undefined));
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(400_000);
    expect(relay.dispatcher.overdueMs).toBeGreaterThan(398_000);
    expect(relay.dispatcher.overdueMs).toBeLessThanOrEqual(400_000);
  });

  test('does not count a slow target with a long backlog', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: 300_000 })] });
    relay.transport.script = () => 'hang';
    await relay.leaveWaiting('a', 100);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(relay.transport.underWay(urlOf('a'))).toBe(1);
    expect(relay.dispatcher.overdueMs).toBe(0);
  });

  test('does not count a webhook with a delivery under way, whatever else waits for it', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 300_000 })], script: () => 'hang' });
    await relay.hand('a');
    vi.spyOn(relay.store, 'lease').mockRejectedValue(DISK_FULL);
    await relay.leaveWaiting('a', 1);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(299_000);
    expect(relay.transport.underWay(urlOf('a'))).toBe(1);
    expect(relay.dispatcher.overdueMs).toBe(0);
  });

  test('counts neither a disabled webhook nor a delivery that waits for its next round', async () => {
    const retry = { burst: 0, schedule: [36_000] };
    const relay = makeRelay({ webhooks: [hook('off', { enabled: false }), hook('later', { retry })] });
    relay.transport.script = () => 503;
    await relay.leaveWaiting('off', 3);
    await relay.leaveWaiting('later', 3);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(relay.dispatcher.overdueMs).toBe(0);
  });

  test('is not forgotten while the next part of many webhooks is looked at', async () => {
    const relay = makeRelay({ webhooks: [hook('stuck')] });
    const stuck = { webhooks: [{ webhookId: 'stuck', overdueMs: 400_000 }], next: 'stuck' };
    vi.spyOn(relay.store, 'due').mockImplementation((after) =>
      Promise.resolve(after === '' ? stuck : { webhooks: [], next: '' }),
    );
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(501);
    const seen: number[] = [];
    for (let poll = 0; poll < 4; poll += 1) {
      seen.push(relay.dispatcher.overdueMs);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(seen).toEqual([400_000, 400_000, 400_000, 400_000]);
  });
});
