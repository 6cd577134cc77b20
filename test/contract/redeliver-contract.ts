import { describe, expect, it } from 'vitest';
import type { Delivery, Lease } from '../../src/store/records.ts';
import type { RedeliverySelection } from '../../src/store/runs.ts';
import { cancelled, delivered, failed, inTurn, only, retried } from '../support/store-samples.ts';
import { HOUR_MS } from '../support/store-clock.ts';
import { World, type StoreHarness } from './world.ts';

/** Runs that make deliveries again: which, and what they are like. */
export function describeRedeliver(harness: StoreHarness): void {
  describe('redelivery', () => {
    describeNewDelivery(harness);
    describeSelection(harness);
    describeNothingTwice(harness);
    describeSteps(harness);
  });
}

/** Takes a delivery and lets it fail. */
async function fail(world: World, webhookId = 'crm'): Promise<Lease> {
  const lease = await world.take(webhookId);
  await world.store.settle([failed(lease)]);
  return lease;
}

/** What a run over a selection has made, the newest first. */
async function made(world: World, selection: RedeliverySelection): Promise<Delivery[]> {
  const run = await world.store.runs.start({ kind: 'redeliver', selection });
  expect(await world.store.runs.redeliver(run.id, 100)).toMatchObject({ state: 'done' });
  return world.store.deliveries({ runId: run.id, limit: 100 });
}

function describeNewDelivery(harness: StoreHarness): void {
  it('makes a new delivery of the same CDR to the same webhook, which tells what it repeats', async () => {
    const world = await World.open(harness);
    const old = await fail(world);
    const before = await world.delivery(old.deliveryId);
    world.clock.advance(40);
    const delivery = only(await made(world, { deliveryId: old.deliveryId }));

    expect(delivery).toEqual({
      id: delivery.id,
      cdrId: old.cdr.id,
      webhookId: 'crm',
      state: 'pending',
      attempts: 0,
      createdAtMs: world.clock.nowMs,
      dueAtMs: world.clock.nowMs,
      redeliveryOf: old.deliveryId,
      runId: delivery.runId,
    });
    expect(await world.delivery(old.deliveryId)).toEqual(before);
  });

  it('lets it be leased like any other, with the CDR as it came', async () => {
    const world = await World.open(harness);
    const old = await fail(world);
    const delivery = only(await made(world, {}));
    expect(await world.dueWebhooks()).toEqual(['crm']);

    const lease = only(await world.lease('crm'));
    expect(lease).toEqual({
      deliveryId: delivery.id,
      webhookId: 'crm',
      cdr: old.cdr,
      number: 1,
      attempts: 0,
      rounds: 0,
    });
    await world.store.settle([delivered(lease)]);
    expect(await world.delivery(delivery.id)).toMatchObject({
      state: 'delivered',
      redeliveryOf: old.deliveryId,
    });
  });

  it('counts it as a delivery of the webhook, and not as a CDR that hit', async () => {
    const world = await World.open(harness);
    const old = await fail(world);
    world.clock.advance(HOUR_MS);
    const hourMs = world.clock.nowMs;
    await made(world, {});

    expect(await world.stats('crm')).toMatchObject({
      hits: 2,
      pending: 1,
      failed: 1,
      lastHitAtMs: hourMs - HOUR_MS,
    });
    expect(await world.store.pending()).toBe(1);
    expect(await world.store.cdr(old.cdr.id)).toEqual(old.cdr);
    expect(await world.store.hourly(undefined, hourMs)).toEqual([]);
    expect(await world.store.hourly('crm', hourMs)).toEqual([
      { hourMs, received: 0, matched: 1, delivered: 0, failed: 0 },
    ]);
  });
}

function describeSelection(harness: StoreHarness): void {
  /** Of `crm` a delivered, a failed and a cancelled one, an hour later the same of `mail`, then two that are not final. */
  async function history(world: World): Promise<string[]> {
    const leases = await inTurn(8, (index) => {
      if (index === 3) world.clock.advance(HOUR_MS);
      return world.take(index < 3 ? 'crm' : 'mail');
    });
    const ends = [delivered, failed, cancelled, delivered, failed, cancelled];
    const waits = leases.slice(6, 7).map((lease) => retried(lease, 1_000));
    const final = ends.flatMap((end, index) => leases.slice(index, index + 1).map((lease) => end(lease)));
    await world.store.settle([...final, ...waits]);
    return leases.map(({ deliveryId }) => deliveryId);
  }

  it.each<readonly [string, (ids: string[], hourAgoMs: number) => RedeliverySelection, number[]]>([
    ['everything that is final', () => ({}), [0, 1, 2, 3, 4, 5]],
    ['what failed', () => ({ states: ['failed'] }), [1, 4]],
    ['what failed since a time', (_, agoMs) => ({ states: ['failed'], sinceMs: agoMs + 1 }), [4]],
    ['that time is in it', (_, agoMs) => ({ states: ['failed'], sinceMs: agoMs }), [1, 4]],
    ['what failed until a time', (_, agoMs) => ({ states: ['failed'], untilMs: agoMs + 1 }), [1]],
    ['that time is not in it', (_, agoMs) => ({ states: ['failed'], untilMs: agoMs }), []],
    ['what failed of a webhook', () => ({ states: ['failed'], webhookId: 'mail' }), [4]],
    ['what was cancelled of a webhook', () => ({ states: ['cancelled'], webhookId: 'mail' }), [5]],
    ['what was delivered', () => ({ states: ['delivered'] }), [0, 3]],
    ['what failed or was cancelled', () => ({ states: ['failed', 'cancelled'] }), [1, 2, 4, 5]],
    ['all of a webhook', () => ({ webhookId: 'mail' }), [3, 4, 5]],
    [
      'all of a webhook in a time',
      (_, agoMs) => ({ webhookId: 'crm', sinceMs: agoMs, untilMs: agoMs + 1 }),
      [0, 1, 2],
    ],
    ['one that was delivered', (ids) => ({ deliveryId: ids[0] ?? '' }), [0]],
    ['one, but in no other state', (ids) => ({ deliveryId: ids[0] ?? '', states: ['failed'] }), []],
    ['one that waits', (ids) => ({ deliveryId: ids[6] ?? '' }), []],
    ['one that is under way', (ids) => ({ deliveryId: ids[7] ?? '' }), []],
    ['one that is not there', () => ({ deliveryId: 'dlv_unknown' }), []],
  ])('makes %s again', async (_what, selectionOf, expected) => {
    const world = await World.open(harness);
    const ids = await history(world);
    const selection = selectionOf(ids, world.clock.nowMs - HOUR_MS);
    const plan = await world.store.runs.plan({ kind: 'redeliver', selection });
    const again = await made(world, selection);

    expect(again.toReversed().map(({ redeliveryOf }) => ids.indexOf(redeliveryOf ?? ''))).toEqual(expected);
    expect(plan).toEqual({ total: expected.length, skipped: 0 });
  });
}

function describeNothingTwice(harness: StoreHarness): void {
  it('skips what waits or is under way since an earlier run', async () => {
    const world = await World.open(harness);
    await fail(world);
    await fail(world, 'mail');
    await made(world, {});
    await world.lease('mail');

    expect(await made(world, {})).toEqual([]);
    expect(await world.store.runs.list({ limit: 1 })).toMatchObject([
      { total: 2, done: 2, made: 0, skipped: 2 },
    ]);
    expect(await world.store.runs.plan({ kind: 'redeliver', selection: {} })).toEqual({
      total: 2,
      skipped: 2,
    });
  });

  it('skips what failed and was delivered by a newer delivery', async () => {
    const world = await World.open(harness);
    await fail(world);
    await made(world, {});
    await world.store.settle([delivered(only(await world.lease('crm')))]);

    expect(await made(world, { states: ['failed'] })).toEqual([]);
  });

  it('makes what failed again and again once more, the newest of it', async () => {
    const world = await World.open(harness);
    await fail(world);
    const second = only(await made(world, {}));
    await world.store.settle([failed(only(await world.lease('crm')))]);
    const third = only(await made(world, { states: ['failed'] }));

    expect(third.redeliveryOf).toBe(second.id);
  });

  it('makes what failed in a time again, though a later delivery of it failed as well', async () => {
    const world = await World.open(harness);
    const { deliveryId } = await fail(world);
    world.clock.advance(1_000);
    const untilMs = world.clock.nowMs;
    await made(world, {});
    await world.store.settle([failed(only(await world.lease('crm')))]);

    expect(only(await made(world, { states: ['failed'], untilMs })).redeliveryOf).toBe(deliveryId);
  });

  it('makes what was delivered in a time again, whatever came of it later', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([delivered(lease)]);
    world.clock.advance(1_000);
    const untilMs = world.clock.nowMs;
    await made(world, {});
    await world.store.settle([delivered(only(await world.lease('crm')))]);

    expect(only(await made(world, { untilMs })).redeliveryOf).toBe(lease.deliveryId);
  });

  it('takes deliveries of the same CDR to other webhooks for others', async () => {
    const world = await World.open(harness);
    const { leases } = await world.accept({
      hits: ['crm', 'mail'].map((webhookId) => ({ webhookId, lease: true })),
    });
    const [crm, mail] = leases;
    if (!crm || !mail) throw new Error('there are not two');
    await world.store.settle([failed(crm), delivered(mail)]);

    expect((await made(world, { states: ['failed'] })).map(({ webhookId }) => webhookId)).toEqual(['crm']);
  });
}

function describeSteps(harness: StoreHarness): void {
  it.each([1, 2, 3, 7, 8])('goes through all in steps of %i, each told', async (limit) => {
    const world = await World.open(harness);
    await inTurn(7, () => fail(world));
    let run = await world.store.runs.start({ kind: 'redeliver', selection: { states: ['failed'] } });
    for (let steps = 0; run.state === 'running'; steps += 1) {
      if (steps > 8) throw new Error('the run does not end');
      const next = await world.store.runs.redeliver(run.id, limit);
      if (next === undefined) throw new Error('the run is not there');
      expect(next.done - run.done).toBeLessThanOrEqual(limit);
      expect(await world.store.runs.find(run.id)).toEqual(next);
      run = next;
    }

    expect(run).toMatchObject({ total: 7, done: 7, made: 7, skipped: 0, finishedAtMs: world.clock.nowMs });
    expect(await world.stats('crm')).toMatchObject({ hits: 14, pending: 7 });
    expect(await world.store.runs.redeliver(run.id, limit)).toBeUndefined();
  });

  it('makes each once, also when many take steps at the same time', async () => {
    const world = await World.open(harness);
    await inTurn(20, () => fail(world));
    const { id } = await world.store.runs.start({ kind: 'redeliver', selection: {} });
    await Promise.all(Array.from({ length: 9 }, () => world.store.runs.redeliver(id, 3)));
    const again = await world.store.deliveries({ runId: id, limit: 100 });

    expect(new Set(again.map(({ redeliveryOf }) => redeliveryOf)).size).toBe(20);
    expect(again).toHaveLength(20);
  });

  it('leaves what comes after its beginning alone, also what it has made itself', async () => {
    const world = await World.open(harness);
    await inTurn(4, () => fail(world));
    const { id } = await world.store.runs.start({ kind: 'redeliver', selection: { states: ['failed'] } });
    await fail(world);
    await world.store.runs.redeliver(id, 2);
    await world.store.settle((await world.lease('crm')).map((lease) => failed(lease)));
    await world.store.runs.redeliver(id, 100);

    expect(await world.store.deliveries({ runId: id, limit: 100 })).toHaveLength(4);
  });

  it('goes through its own deliveries at no time, also when the clock was set back', async () => {
    const world = await World.open(harness);
    await fail(world);
    world.clock.advance(2 * HOUR_MS);
    await fail(world);
    const { id } = await world.store.runs.start({ kind: 'redeliver', selection: { states: ['failed'] } });
    world.clock.setBack(HOUR_MS);
    await world.store.runs.redeliver(id, 1);
    await world.store.settle((await world.lease('crm')).map((lease) => failed(lease)));
    await world.store.runs.redeliver(id, 100);

    expect(await world.store.deliveries({ runId: id, limit: 100 })).toHaveLength(2);
  });
}
