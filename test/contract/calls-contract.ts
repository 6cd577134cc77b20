import { describe, expect, it } from 'vitest';
import type { HeldCall, NewLeg } from '../../src/store/held-calls.ts';
import { leased, only, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** Legs that wait for each other: `Store.calls`. */
export function describeCalls(harness: StoreHarness): void {
  describe('held calls', () => {
    describeWaiting(harness);
    describeRelease(harness);
    describeSameLegs(harness);
    describeKeeping(harness);
  });
}

const WAIT_MS = 5_000;

let made = 0;

function leg(world: World, changes: Partial<NewLeg> = {}): NewLeg {
  made += 1;
  return {
    source: 'pbx',
    vendor: 'cisco',
    groupKey: 'call',
    receivedAtMs: world.clock.nowMs,
    raw: `{"leg":${made}}`,
    waitMs: WAIT_MS,
    maxLegs: 10,
    ...changes,
  };
}

async function due(world: World): Promise<string[]> {
  return (await world.store.calls.due(100)).map(({ source, groupKey }) => `${source} ${groupKey}`);
}

async function onlyDue(world: World): Promise<HeldCall> {
  return only(await world.store.calls.due(100));
}

function describeWaiting(harness: StoreHarness): void {
  it('are due when no leg has come for the time to wait, with their legs in order', async () => {
    const world = await World.open(harness);
    const first = leg(world, { violation: 'error /: odd' });
    const second = leg(world);
    const [one] = await world.store.calls.hold([first, leg(world, { groupKey: 'other' })]);
    world.clock.advance(WAIT_MS - 1);
    const two = only(await world.store.calls.hold([{ ...second, receivedAtMs: world.clock.nowMs }]));
    world.clock.advance(1);
    expect(await due(world)).toEqual(['pbx other']);
    world.clock.advance(WAIT_MS - 1);

    const call = (await world.store.calls.due(100)).find(({ groupKey }) => groupKey === 'call');
    expect(call).toEqual({
      source: 'pbx',
      groupKey: 'call',
      legs: [
        {
          id: one?.id,
          vendor: 'cisco',
          receivedAtMs: first.receivedAtMs,
          raw: first.raw,
          violation: 'error /: odd',
        },
        { id: two.id, vendor: 'cisco', receivedAtMs: first.receivedAtMs + WAIT_MS - 1, raw: second.raw },
      ],
    });
  });

  it('are due at once with their last leg, and stay so', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world), leg(world, { waitMs: 0 }), leg(world)]);

    expect((await onlyDue(world)).legs).toHaveLength(3);
  });

  it('are due at once with as many legs as they may have', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { maxLegs: 2 })]);
    expect(await due(world)).toEqual([]);
    await world.store.calls.hold([leg(world, { maxLegs: 2 })]);

    expect(await due(world)).toEqual(['pbx call']);
  });

  it('are calls of their source, the longest due first, no more than asked for', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([
      leg(world, { source: 'b', waitMs: 2 }),
      leg(world, { source: 'a', waitMs: 1 }),
    ]);
    await world.store.calls.hold([leg(world, { source: 'c', waitMs: 3 })]);
    world.clock.advance(10);

    expect(await due(world)).toEqual(['a call', 'b call', 'c call']);
    expect(await world.store.calls.due(2)).toHaveLength(2);
  });

  it('are listed and counted, due or not, those that are due first in front', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { groupKey: 'late' }), leg(world, { waitMs: 1 }), leg(world)]);
    await world.store.calls.hold([leg(world, { source: 'b', waitMs: 2 })]);
    world.clock.advance(2);
    const { nowMs } = world.clock;

    expect(await world.store.calls.count()).toBe(3);
    expect(await world.store.calls.waiting(2)).toEqual([
      { source: 'b', groupKey: 'call', legs: 1, dueAtMs: nowMs },
      expect.objectContaining({ source: 'pbx', dueAtMs: nowMs - 2 + WAIT_MS }),
    ]);
    const counts = (await world.store.calls.waiting(10)).map(({ groupKey, legs }) => `${groupKey} ${legs}`);
    expect(counts.sort()).toEqual(['call 1', 'call 2', 'late 1']);
    await world.store.calls.release(await onlyDue(world), world.cdr());
    expect(await world.store.calls.count()).toBe(2);
  });

  it('are no CDRs yet', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world)]);

    expect(await world.store.cdrs({ limit: 10 })).toEqual([]);
    expect(await world.counted('crm')).toMatchObject({ pending: 0, hours: [[], []] });
  });
}

function describeRelease(harness: StoreHarness): void {
  it('become a CDR with its hits, once', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { waitMs: 0 })]);
    const call = await onlyDue(world);
    const cdr = world.cdr({ raw: '{"legs":[]}', hits: [...leased('crm'), ...waiting('mail')] });
    const accepted = await world.store.calls.release(call, cdr);

    expect(accepted).toMatchObject({ duplicate: false, leases: [{ webhookId: 'crm' }] });
    expect(await world.store.cdr(accepted?.id ?? '')).toMatchObject({ raw: '{"legs":[]}', hits: 2 });
    expect(await world.dueWebhooks()).toEqual(['mail']);
    expect(await due(world)).toEqual([]);
    expect(await world.store.calls.release(call, world.cdr({ hits: waiting('crm') }))).toBeUndefined();
    expect(await world.store.cdrs({ limit: 10 })).toHaveLength(1);
  });

  it('are released by one of many callers', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { waitMs: 0 })]);
    const call = await onlyDue(world);
    const releases = Array.from({ length: 10 }, () =>
      world.store.calls.release(call, world.cdr({ hits: waiting('crm') })),
    );
    const accepted = (await Promise.all(releases)).filter((one) => one !== undefined);

    expect(accepted).toHaveLength(1);
    expect(await world.stats('crm')).toMatchObject({ hits: 1, pending: 1 });
  });

  it('are not released without a leg that has come meanwhile', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { waitMs: 0 })]);
    const call = await onlyDue(world);
    await world.store.calls.hold([leg(world)]);

    expect(await world.store.calls.release(call, world.cdr())).toBeUndefined();
    expect(await world.store.cdrs({ limit: 10 })).toEqual([]);
    const whole = await onlyDue(world);
    expect(whole.legs).toHaveLength(2);
    expect(await world.store.calls.release(whole, world.cdr())).toBeDefined();
  });

  it('begin anew with a leg that comes after', async () => {
    const world = await World.open(harness);
    await world.store.calls.hold([leg(world, { waitMs: 0 })]);
    await world.store.calls.release(await onlyDue(world), world.cdr());
    await world.store.calls.hold([leg(world)]);
    expect(await due(world)).toEqual([]);
    world.clock.advance(WAIT_MS);

    expect((await onlyDue(world)).legs).toHaveLength(1);
  });
}

function describeSameLegs(harness: StoreHarness): void {
  it('take the same leg of a source once, until the window ends, also when they are released', async () => {
    const world = await World.open(harness);
    const last = leg(world, { waitMs: 0 });
    const [first, again, elsewhere] = await world.store.calls.hold([
      last,
      last,
      { ...last, source: 'other' },
    ]);
    expect([first?.duplicate, again, elsewhere?.duplicate]).toEqual([
      false,
      { id: first?.id, duplicate: true },
      false,
    ]);
    for (const call of await world.store.calls.due(10)) await world.store.calls.release(call, world.cdr());
    world.clock.advance(SETTINGS.dedupeWindowMs - 1);
    const later = { ...last, receivedAtMs: world.clock.nowMs };
    expect(await world.store.calls.hold([later])).toEqual([{ id: first?.id, duplicate: true }]);
    expect(await due(world)).toEqual([]);
    world.clock.advance(1);

    const after = { ...last, receivedAtMs: world.clock.nowMs };
    expect(await world.store.calls.hold([after])).toMatchObject([{ duplicate: false }]);
  });

  it('tell legs apart by what is said to make them the same', async () => {
    const world = await World.open(harness);
    const [one, two, three] = await world.store.calls.hold([
      leg(world, { sameness: 'a' }),
      leg(world, { sameness: 'a' }),
      leg(world, { sameness: 'b' }),
    ]);
    expect([one?.duplicate, two?.duplicate, three?.duplicate]).toEqual([false, true, false]);
  });
}

function describeKeeping(harness: StoreHarness): void {
  it('are not purged while they wait, and their legs go with their CDR', async () => {
    const world = await World.open(harness, { dedupeWindowMs: 1e12 });
    const last = leg(world, { waitMs: 0 });
    await world.store.calls.hold([last]);
    world.clock.advance(1_000);
    await world.store.purge(world.clock.nowMs);
    const call = await onlyDue(world);
    await world.store.calls.release(call, world.cdr({ receivedAtMs: last.receivedAtMs }));
    expect(await world.store.purge(world.clock.nowMs)).toBe(1);

    expect(await world.store.calls.hold([last])).toMatchObject([{ duplicate: false }]);
  });

  it.runIf(harness.isDurable)('are there after a restart', async () => {
    const world = await World.open(harness);
    const { raw } = leg(world);
    await world.store.calls.hold([leg(world, { raw })]);
    await world.reopen();
    world.clock.advance(WAIT_MS);

    expect((await onlyDue(world)).legs).toMatchObject([{ raw }]);
  });
}
