import { describe, expect, it, vi } from 'vitest';
import { answered, delivered, inTurn, only, retried } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `cancel` and `cancelPending`. */
export function describeCancel(harness: StoreHarness): void {
  describe('cancelling deliveries', () => {
    describeById(harness);
    describeOfWebhook(harness);
  });
}

function describeById(harness: StoreHarness): void {
  it('ends those that wait, for the first time or once more', async () => {
    const world = await World.open(harness);
    const waits = await world.wait('crm');
    const again = await world.take('crm');
    await world.store.settle([retried(again, 60_000)]);
    world.clock.advance(40);
    const found = await world.store.cancel([waits, again.deliveryId]);

    expect([...found.cancelled].sort()).toEqual([waits, again.deliveryId].sort());
    expect(found.delivering).toEqual([]);
    expect(await world.delivery(waits)).toMatchObject({
      state: 'cancelled',
      finishedAtMs: world.clock.nowMs,
    });
    const ended = await world.delivery(again.deliveryId);
    expect(ended).toMatchObject({ state: 'cancelled', attempts: 1, lastStatus: 503, lastError: 'HTTP 503' });
    expect(ended.dueAtMs).toBeUndefined();
    world.clock.advance(60_000);
    expect(await world.lease('crm')).toEqual([]);
    expect(await world.dueWebhooks()).toEqual([]);
  });

  it('counts them', async () => {
    const world = await World.open(harness);
    const ids = await inTurn(3, () => world.wait('crm'));
    const hours = await world.store.hourly('crm', 0);
    await world.store.cancel(ids.slice(1));

    expect(await world.stats('crm')).toMatchObject({ hits: 3, pending: 1, cancelled: 2, failed: 0 });
    expect(await world.store.pending()).toBe(1);
    expect(await world.store.hourly('crm', 0)).toEqual(hours);
  });

  it('leaves those under way alone and tells which; they are settled as if nothing had been', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');

    expect(await world.store.cancel([lease.deliveryId])).toEqual({
      cancelled: [],
      delivering: [lease.deliveryId],
    });
    await world.store.settle([delivered(lease)]);
    expect(await world.delivery(lease.deliveryId)).toMatchObject({ state: 'delivered' });
  });

  it('takes one whose lease ran out for one that waits, and what its holder still did is on record', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);

    expect(await world.store.cancel([lost.deliveryId])).toEqual({
      cancelled: [lost.deliveryId],
      delivering: [],
    });
    await world.store.settle([delivered(lost, [answered(200)])]);
    expect(await world.delivery(lost.deliveryId)).toMatchObject({ state: 'cancelled', attempts: 1 });
    expect(await world.stats('crm')).toMatchObject({ pending: 0, cancelled: 1, delivered: 0 });
  });

  it('does nothing with those that are final or not there, however often they are named', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([delivered(lease)]);
    const waits = await world.wait('crm');
    const nothing = { cancelled: [], delivering: [] };

    expect(await world.store.cancel([])).toEqual(nothing);
    expect(await world.store.cancel([lease.deliveryId, 'dlv_unknown'])).toEqual(nothing);
    expect(await world.store.cancel([waits, waits])).toEqual({ cancelled: [waits], delivering: [] });
    expect(await world.store.cancel([waits])).toEqual(nothing);
    expect(await world.stats('crm')).toMatchObject({ hits: 2, pending: 0, delivered: 1, cancelled: 1 });
  });
}

function describeOfWebhook(harness: StoreHarness): void {
  it('ends all that wait and no others, and tells which are under way', async () => {
    const world = await World.open(harness);
    const [held, again] = await inTurn(2, () => world.take('crm'));
    if (!held || !again) throw new Error('there are not two');
    await world.store.settle([retried(again, 60_000)]);
    await world.wait('crm');
    const other = await world.wait('mail');

    expect(await world.store.cancelPending('crm')).toEqual({ cancelled: 2, delivering: [held.deliveryId] });
    expect(await world.stats('crm')).toMatchObject({ hits: 3, pending: 1, cancelled: 2 });
    expect(only(await world.store.deliveries({ state: 'pending', limit: 10 })).id).toBe(other);
    expect(await world.store.cancelPending('crm')).toEqual({ cancelled: 0, delivering: [held.deliveryId] });
    expect(await world.store.cancelPending('unknown')).toEqual({ cancelled: 0, delivering: [] });
  });

  it('ends any number, and leaves what comes in meanwhile', async () => {
    const world = await World.open(harness);
    const hits = [{ webhookId: 'crm', lease: false }];
    await world.store.accept(Array.from({ length: 700 }, () => world.cdr({ hits })));
    const begun = world.store.cancelPending('crm');
    // Of many nodes, another may accept a CDR before this one has begun: what comes later comes after its first step.
    const hasBegun = async (): Promise<boolean> => (await world.stats('crm')).cancelled > 0;
    await vi.waitUntil(hasBegun, { timeout: 10_000, interval: 1 });
    await inTurn(20, () => world.accept({ hits }));

    expect(await begun).toEqual({ cancelled: 700, delivering: [] });
    expect(await world.stats('crm')).toMatchObject({ hits: 720, pending: 20, cancelled: 700 });
  });

  it('takes those whose lease ran out for waiting', async () => {
    const world = await World.open(harness);
    await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);

    expect(await world.store.cancelPending('crm')).toEqual({ cancelled: 1, delivering: [] });
  });
}
