import { describe, expect, it } from 'vitest';
import { answered, delivered, inTurn, leased, only, retried, waiting } from '../support/store-samples.ts';
import { DAY_MS, HOUR_MS } from '../support/store-clock.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `purge`: what is forgotten when. */
export function describePurge(harness: StoreHarness): void {
  describe('purge', () => {
    describeWhatGoes(harness);
    describeWhatStays(harness);
    describeHours(harness);
    describeOddTimes(harness);
  });
}

function describeWhatGoes(harness: StoreHarness): void {
  it('deletes CDRs received before a time with their deliveries and attempts', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([delivered(lease)]);
    const { id } = await world.accept();
    world.clock.advance(1);

    expect(await world.store.purge(world.clock.nowMs)).toBe(2);
    expect(await world.store.cdr(id)).toBeUndefined();
    expect(await world.store.cdr(lease.cdr.id)).toBeUndefined();
    expect(await world.store.delivery(lease.deliveryId)).toBeUndefined();
    expect(await world.store.deliveries({ limit: 10 })).toEqual([]);
    expect(await world.store.cdrs({ limit: 10 })).toEqual([]);
  });

  it('leaves those received at that time or later', async () => {
    const world = await World.open(harness);
    await world.accept();
    world.clock.advance(1);
    const beforeMs = world.clock.nowMs;
    const kept = [(await world.accept()).id, (await world.accept()).id];
    world.clock.advance(1);
    kept.push((await world.accept()).id);

    expect(await world.store.purge(beforeMs)).toBe(1);
    expect((await world.store.cdrs({ limit: 10 })).map(({ id }) => id)).toEqual(kept.toReversed());
    expect(await world.store.purge(beforeMs)).toBe(0);
  });

  it('deletes any number of CDRs, open ones among them or not', async () => {
    const world = await World.open(harness);
    const cdrs = Array.from({ length: 1_000 }, (_, index) =>
      world.cdr({ hits: index % 100 < 5 ? waiting('crm') : [] }),
    );
    await world.store.accept(cdrs);
    world.clock.advance(1);

    expect(await world.store.purge(world.clock.nowMs)).toBe(950);
    expect(await world.store.cdrs({ limit: 2_000 })).toHaveLength(50);
    expect(await world.lease('crm')).toHaveLength(50);
  });

  it('leaves nothing for a lost lease to be settled on, and lets it be settled', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);
    await world.dueWebhooks();
    await world.store.settle([delivered(only(await world.lease('crm')))]);
    await world.store.purge(world.clock.nowMs);
    const before = await world.counted('crm');
    await world.store.settle([delivered(lost, [answered(500)])]);

    expect(await world.store.delivery(lost.deliveryId)).toBeUndefined();
    expect(await world.counted('crm')).toEqual(before);
  });
}

function describeWhatStays(harness: StoreHarness): void {
  it('keeps a CDR with all its deliveries and attempts while one of them is not final', async () => {
    const world = await World.open(harness);
    const { id, leases } = await world.accept({ hits: [...leased('crm', 'mail'), ...waiting('tickets')] });
    const [made, held] = leases;
    if (made === undefined || held === undefined) throw new Error('there are not two leases');
    await world.store.settle([delivered(made)]);
    world.clock.advance(1);
    const before = await world.delivery(made.deliveryId);
    expect(await world.store.purge(world.clock.nowMs)).toBe(0);

    await world.store.settle([retried(held, 60_000)]);
    expect(await world.store.purge(world.clock.nowMs)).toBe(0);
    expect(await world.store.cdr(id)).toMatchObject({ hits: 3 });
    expect(await world.delivery(made.deliveryId)).toEqual(before);
    expect(await world.store.deliveries({ cdrId: id, limit: 10 })).toHaveLength(3);
  });

  it('deletes it when the last of them is final', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    world.clock.advance(1);
    const beforeMs = world.clock.nowMs;
    expect(await world.store.purge(beforeMs)).toBe(0);

    world.clock.advance(HOUR_MS);
    await world.store.settle([delivered(lease)]);
    expect(await world.store.purge(beforeMs)).toBe(1);
  });

  it('leaves what webhooks have counted in all', async () => {
    const world = await World.open(harness);
    await world.store.settle([delivered(await world.take('crm'))]);
    const before = await world.stats('crm');
    world.clock.advance(1);
    await world.store.purge(world.clock.nowMs);

    expect(await world.stats('crm')).toEqual(before);
  });

  it('leaves what comes in meanwhile alone', async () => {
    const world = await World.open(harness);
    await world.store.accept(Array.from({ length: 500 }, () => world.cdr()));
    world.clock.advance(1);
    const purged = world.store.purge(world.clock.nowMs);
    const accepted = await inTurn(20, () => world.accept({ hits: waiting('crm') }));

    expect(await purged).toBe(500);
    expect(await world.store.cdrs({ limit: 100 })).toHaveLength(accepted.length);
    expect(await world.stats('crm')).toMatchObject({ hits: 20, pending: 20 });
  });
}

function describeHours(harness: StoreHarness): void {
  it('deletes the hourly counts of that time, of the router and of webhooks', async () => {
    const world = await World.open(harness);
    await world.wait('crm');
    world.clock.advance(HOUR_MS);
    const laterMs = world.clock.nowMs;
    await world.wait('crm');
    await world.store.purge(laterMs);

    expect((await world.store.hourly(undefined, 0)).map(({ hourMs }) => hourMs)).toEqual([laterMs]);
    expect((await world.store.hourly('crm', 0)).map(({ hourMs }) => hourMs)).toEqual([laterMs]);
  });
}

function describeOddTimes(harness: StoreHarness): void {
  it.each([
    ['the year 1970', 0],
    ['a time before 1970, as 100 years of retention give', Date.UTC(1926, 0, 1)],
    [
      'a time with a fraction of a millisecond, as 0.33333333 days of retention give',
      86_400_000 * 0.33333333,
    ],
  ])('deletes nothing when everything came after %s', async (_what, beforeMs) => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting('crm') });

    expect(await world.store.purge(beforeMs)).toBe(0);
    expect(await world.store.cdrs({ limit: 10 })).toHaveLength(1);
    expect(await world.store.hourly(undefined, 0)).toHaveLength(1);
  });

  it('deletes what was received before a time with a fraction of a millisecond', async () => {
    const world = await World.open(harness);
    await world.accept();

    expect(await world.store.purge(world.clock.nowMs + 0.5)).toBe(1);
  });

  it('goes by when a CDR was received, also after the clock was set back', async () => {
    const world = await World.open(harness);
    world.clock.advance(2 * DAY_MS);
    const ahead = await world.accept();
    world.clock.setBack(2 * DAY_MS);
    await world.accept();

    expect(await world.store.purge(world.clock.nowMs + DAY_MS)).toBe(1);
    expect((await world.store.cdrs({ limit: 10 })).map(({ id }) => id)).toEqual([ahead.id]);
  });
}
