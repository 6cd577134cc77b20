import { describe, expect, it } from 'vitest';
import { leased, only, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

const WINDOW_MS = SETTINGS.dedupeWindowMs;

/** The duplicates of `accept`. */
export function describeDedupe(harness: StoreHarness): void {
  describe('the dedupe window', () => {
    describeWithin(harness);
    describeOutside(harness);
    describeSwitchedOff(harness);
  });
}

function describeWithin(harness: StoreHarness): void {
  it('recognises the same bytes from the same source until it ends', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ hits: leased('crm') });
    const first = only(await world.store.accept([cdr]));
    world.clock.advance(WINDOW_MS - 1);
    const again = only(await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]));

    expect(again).toEqual({ id: first.id, duplicate: true, leases: [] });
  });

  it('goes by what is said to make CDRs the same, where that is said', async () => {
    const world = await World.open(harness);
    const [first, same, other, plain] = await world.store.accept([
      world.cdr({ sameness: 'call 1' }),
      world.cdr({ sameness: 'call 1' }),
      world.cdr({ sameness: 'call 1', source: 'elsewhere' }),
      world.cdr({ raw: '{"call":1}', sameness: 'call 2' }),
    ]);
    const byText = await world.accept({ raw: '{"call":1}' });

    expect(same).toEqual({ id: first?.id, duplicate: true, leases: [] });
    expect([other?.duplicate, plain?.duplicate, byText.duplicate]).toEqual([false, false, false]);
  });

  it('lets a duplicate change nothing', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ hits: waiting('crm') });
    await world.store.accept([cdr]);
    const before = [await world.counted('crm', 'other'), await world.store.cdrs({ limit: 10 })];
    world.clock.advance(10);
    const hits = leased('crm', 'other');
    await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs, hits, errors: ['other'] }]);

    expect([await world.counted('crm', 'other'), await world.store.cdrs({ limit: 10 })]).toEqual(before);
    expect(await world.store.deliveries({ limit: 10 })).toHaveLength(1);
  });

  it('recognises a duplicate that comes with its original in one call', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ hits: leased('crm') });
    const [first, other, again] = await world.store.accept([cdr, world.cdr(), cdr]);

    expect(first).toMatchObject({ duplicate: false, leases: [{ webhookId: 'crm' }] });
    expect(other?.duplicate).toBe(false);
    expect(again).toEqual({ id: first?.id, duplicate: true, leases: [] });
    expect(await world.store.cdrs({ limit: 10 })).toHaveLength(2);
  });

  it('lets one of many callers at the same time through', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ hits: leased('crm') });
    const accepted = (await Promise.all(Array.from({ length: 20 }, () => world.store.accept([cdr])))).flat();

    expect(accepted.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(accepted.flatMap(({ leases }) => leases)).toHaveLength(1);
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
    expect(await world.stats('crm')).toMatchObject({ hits: 1, pending: 1 });
  });

  it('recognises bytes that came again after the clock was set back a little', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr();
    const first = only(await world.store.accept([cdr]));
    const again = only(await world.store.accept([{ ...cdr, receivedAtMs: cdr.receivedAtMs - 5 }]));

    expect(again).toEqual({ id: first.id, duplicate: true, leases: [] });
  });
}

function describeOutside(harness: StoreHarness): void {
  it('takes the same bytes for another CDR when it has ended', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ hits: leased('crm') });
    const first = only(await world.store.accept([cdr]));
    world.clock.advance(WINDOW_MS);
    const again = only(await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]));

    expect(again).toMatchObject({ duplicate: false, leases: [{ webhookId: 'crm' }] });
    expect(again.id).not.toBe(first.id);
    expect(await world.stats('crm')).toMatchObject({ hits: 2 });
  });

  it('begins with the CDR, not with its last duplicate', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr();
    await world.store.accept([cdr]);
    world.clock.advance(WINDOW_MS - 1);
    await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]);
    world.clock.advance(1);
    const third = only(await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]));

    expect(third.duplicate).toBe(false);
  });

  it('begins anew with the CDR that came after it had ended', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr();
    await world.store.accept([cdr]);
    world.clock.advance(WINDOW_MS);
    const second = only(await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]));
    world.clock.advance(WINDOW_MS - 1);
    const third = only(await world.store.accept([{ ...cdr, receivedAtMs: world.clock.nowMs }]));

    expect(third).toEqual({ id: second.id, duplicate: true, leases: [] });
  });

  it('does not reach over sources', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr({ source: 'one' });
    const accepted = await world.store.accept([cdr, { ...cdr, source: 'two' }]);

    expect(accepted.map(({ duplicate }) => duplicate)).toEqual([false, false]);
  });

  it('compares bytes, not values', async () => {
    const world = await World.open(harness);
    const raws = ['{"a":1}', '{"a": 1}', '{"a":1.0}', '{"\\u0061":1}'];
    const accepted = await world.store.accept(raws.map((raw) => world.cdr({ raw })));

    expect(accepted.map(({ duplicate }) => duplicate)).toEqual([false, false, false, false]);
  });
}

function describeSwitchedOff(harness: StoreHarness): void {
  it('of 0 takes the same bytes for another CDR each time, in one call and in many', async () => {
    const world = await World.open(harness, { dedupeWindowMs: 0 });
    const cdr = world.cdr({ hits: waiting('crm') });
    const accepted = (await Promise.all([world.store.accept([cdr, cdr]), world.store.accept([cdr])])).flat();

    expect(accepted.map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
    expect(await world.stats('crm')).toMatchObject({ hits: 3 });
  });

  it('of 0 takes the same bytes for another CDR when the clock was set back, too', async () => {
    const world = await World.open(harness, { dedupeWindowMs: 0 });
    const cdr = world.cdr();
    await world.store.accept([cdr]);
    const earlier = only(await world.store.accept([{ ...cdr, receivedAtMs: cdr.receivedAtMs - 1 }]));

    expect(earlier.duplicate).toBe(false);
  });
}
