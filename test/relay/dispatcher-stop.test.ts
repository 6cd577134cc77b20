import { describe, expect, test, vi } from 'vitest';
import type { Lease } from '../../src/store/records.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { hook, makeRelay, type Relay } from './relay-harness.ts';

const GRACE_MS = 5_000;

/** Begins to stop a relay, and tells whether that is done. */
function beginStop(relay: Relay): { isDone: boolean } {
  const stopping = { isDone: false };
  void relay.dispatcher.stop(GRACE_MS).then(() => (stopping.isDone = true));
  return stopping;
}

/** The leases that a relay's store gives for a webhook. */
function leasesOf(relay: Relay, webhookId: string): Promise<Lease[]> {
  return relay.store.lease(new Map([[webhookId, 100]]));
}

describe('a stop', () => {
  test('is done at once when nothing is under way', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    relay.dispatcher.start();
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(0);
    expect(stopping.isDone).toBe(true);
  });

  test('waits for what is under way, and records how it ended', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 2_000 })] });
    relay.transport.script = () => 'hang';
    await relay.hand('a');
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(1_990);
    expect(stopping.isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(stopping.isDone).toBe(true);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'failed', attempts: 1 }]);
  });

  test('cuts off what is not done after the grace, puts that on record, and gives it back without counting a round', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 60_000, concurrency: 3 })] });
    relay.transport.script = () => 'hang';
    for (let number = 0; number < 3; number += 1) await relay.hand('a');
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(GRACE_MS - 10);
    expect([stopping.isDone, relay.transport.underWay()]).toEqual([false, 3]);
    await vi.advanceTimersByTimeAsync(20);
    expect([stopping.isDone, relay.transport.underWay()]).toEqual([true, 0]);
    const waiting = { state: 'pending', attempts: 1 };
    expect(await relay.deliveries('a')).toMatchObject([waiting, waiting, waiting]);
    expect(await leasesOf(relay, 'a')).toMatchObject([{ rounds: 0 }, { rounds: 0 }, { rounds: 0 }]);
  });

  test('keeps all attempts of a burst that it cuts off, without counting a round', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 60_000, retry: { burst: 1 } })] });
    relay.transport.script = (_request, number) => (number === 1 ? 503 : 'hang');
    await relay.hand('a');
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(GRACE_MS + 10);
    expect(stopping.isDone).toBe(true);
    expect(await relay.deliveries('a')).toMatchObject([{ state: 'pending', attempts: 2, lastStatus: 503 }]);
    expect(await leasesOf(relay, 'a')).toMatchObject([{ rounds: 0, attempts: 2 }]);
  });

  test('sends nothing afterwards, whatever waits', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: 1_000 })] });
    relay.transport.script = () => 'hang';
    await relay.leaveWaiting('a', 10);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_200);
    const stopping = beginStop(relay);
    const sentBefore = relay.transport.requests.length;
    relay.dispatcher.notify('a');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(stopping.isDone).toBe(true);
    expect(relay.transport.requests).toHaveLength(sentBefore);
  });

  test('gives no more slots', () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    beginStop(relay);
    expect(relay.dispatcher.reserve('a')).toBeUndefined();
  });

  test('gives back a CDR that was just being stored in a reserved slot, unsent', async () => {
    const relay = makeRelay({ webhooks: [hook('a')] });
    const reservation = relay.dispatcher.reserve('a');
    await relay.leaveWaiting('a', 1);
    const [lease] = await leasesOf(relay, 'a');
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(0);
    if (lease !== undefined) reservation?.send(lease);
    await vi.advanceTimersByTimeAsync(0);
    expect(stopping.isDone).toBe(true);
    expect(relay.transport.requests).toEqual([]);
    expect(await relay.states('a')).toEqual(['pending']);
  });

  test('begins nothing that was only about to be leased', async () => {
    const relay = makeRelay({ webhooks: [hook('slow', { timeoutMs: 60_000 }), hook('a')] });
    relay.transport.script = () => 'hang';
    await relay.hand('slow');
    await relay.leaveWaiting('a', 1);
    const lease = vi.spyOn(relay.store, 'lease');
    relay.dispatcher.notify('a');
    beginStop(relay);
    await vi.advanceTimersByTimeAsync(GRACE_MS + 10);
    expect(lease).not.toHaveBeenCalled();
    expect(relay.requestsTo('a')).toBe(0);
    expect(await relay.states('a')).toEqual(['pending']);
  });

  test.each([300, GRACE_MS + 300])(
    'waits for leases that the store gives %d ms later, and gives them back before it is done',
    async (delayMs) => {
      const relay = makeRelay({ webhooks: [hook('a')] });
      const lease = relay.store.lease.bind(relay.store);
      vi.spyOn(relay.store, 'lease').mockImplementation(async (rooms) => {
        const leases = await lease(rooms);
        await new Promise((resolve) => setTimeout(resolve, 100 + delayMs));
        return leases;
      });
      await relay.leaveWaiting('a', 1);
      relay.dispatcher.notify('a');
      await vi.advanceTimersByTimeAsync(100);
      const stopped = relay.dispatcher.stop(GRACE_MS);
      const statesWhenDone = stopped.then(() => relay.states('a'));
      await vi.advanceTimersByTimeAsync(GRACE_MS + 1_000);
      expect(relay.requestsTo('a')).toBe(0);
      expect(await statesWhenDone).toEqual(['pending']);
    },
  );

  test('is done even when the store takes nothing any more', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { timeoutMs: 60_000 }), hook('b')] });
    relay.transport.script = ({ url }) => (url.includes('a') ? 'hang' : 200);
    vi.spyOn(relay.store, 'settle').mockRejectedValue(new StoreUnavailableError(new Error('disk full')));
    await relay.hand('a', 'b');
    const stopping = beginStop(relay);
    await vi.advanceTimersByTimeAsync(GRACE_MS + 10);
    expect(stopping.isDone).toBe(true);
    // Not lost: the leases run out, and both are sent again.
    expect([await relay.states('a'), await relay.states('b')]).toEqual([['delivering'], ['delivering']]);
  });
});
