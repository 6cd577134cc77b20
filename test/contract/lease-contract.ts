import { describe, expect, it } from 'vitest';
import { delivered, giveBack, inTurn, only, retried, unanswered, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `lease` and `renew`: who may send what. */
export function describeLease(harness: StoreHarness): void {
  describe('lease', () => {
    describeOrder(harness);
    describeRoom(harness);
    describeHolder(harness);
  });
  describe('renew', () => {
    describeRenew(harness);
    describeLostLeases(harness);
  });
}

function describeOrder(harness: StoreHarness): void {
  it('takes what has been due longest first', async () => {
    const world = await World.open(harness);
    const soon = await world.take('crm');
    const late = await world.take('crm');
    await world.store.settle([retried(late, 300), retried(soon, 100)]);
    world.clock.advance(200);
    const fresh = await world.wait('crm');
    world.clock.advance(100);

    const leases = await world.lease('crm');
    expect(leases.map(({ deliveryId }) => deliveryId)).toEqual([soon.deliveryId, fresh, late.deliveryId]);
  });

  it('takes what became due at the same time in the order in which it came', async () => {
    const world = await World.open(harness);
    const ids = await inTurn(12, () => world.wait('crm'));

    expect((await world.lease('crm')).map(({ deliveryId }) => deliveryId)).toEqual(ids);
  });

  it('takes nothing before it is due', async () => {
    const world = await World.open(harness);
    await world.store.settle([retried(await world.take('crm'), 1_000)]);
    world.clock.advance(999);
    expect(await world.lease('crm')).toEqual([]);

    world.clock.advance(1);
    expect(await world.lease('crm')).toHaveLength(1);
  });
}

function describeRoom(harness: StoreHarness): void {
  it('takes of each webhook as much as there is room for, and nothing of the others', async () => {
    const world = await World.open(harness);
    await inTurn(5, () => world.accept({ hits: waiting('crm', 'tickets', 'mail', 'other') }));
    const leases = await world.store.lease(
      new Map([
        ['crm', 2],
        ['mail', 1],
        ['tickets', 9],
        ['unknown', 3],
      ]),
    );
    const counts = Object.entries(Object.groupBy(leases, ({ webhookId }) => webhookId)).map(
      ([webhookId, of]) => [webhookId, of?.length],
    );

    expect(Object.fromEntries(counts)).toEqual({ crm: 2, mail: 1, tickets: 5 });
    expect(await world.store.deliveries({ state: 'delivering', limit: 100 })).toHaveLength(8);
  });

  it('takes nothing when there is no room', async () => {
    const world = await World.open(harness);
    await world.wait('crm');

    expect(await world.lease('crm', 0)).toEqual([]);
    expect(await world.store.lease(new Map())).toEqual([]);
  });

  it('never gives two callers the same delivery', async () => {
    const world = await World.open(harness);
    await world.store.accept(Array.from({ length: 50 }, () => world.cdr({ hits: waiting('a', 'b') })));
    const rooms = new Map([
      ['a', 3],
      ['b', 4],
    ]);
    const leases = (await Promise.all(Array.from({ length: 20 }, () => world.store.lease(rooms)))).flat();

    expect(new Set(leases.map(({ deliveryId }) => deliveryId)).size).toBe(leases.length);
    // Room for 60 and 80, and 50 of each: all of them are taken by somebody.
    expect(leases).toHaveLength(100);
    expect(await world.dueWebhooks()).toEqual([]);
  });
}

function describeHolder(harness: StoreHarness): void {
  it('hands over the CDR and what was done before', async () => {
    const world = await World.open(harness);
    const { id, leases } = await world.accept({
      violation: 'odd',
      hits: [{ webhookId: 'crm', lease: true }],
    });
    const first = only(leases);
    await world.store.settle([retried(first, 0, [unanswered(), unanswered()])]);
    const second = only(await world.lease('crm'));

    expect(second).toMatchObject({ deliveryId: first.deliveryId, webhookId: 'crm', attempts: 2, rounds: 1 });
    expect(second.cdr).toEqual(await world.store.cdr(id));
    expect(second.number).not.toBe(first.number);
  });

  it('gives no two leases of a delivery the same number', async () => {
    const world = await World.open(harness);
    const first = await world.take('crm');
    const later = await inTurn(4, async (index) => {
      if (index % 2 === 0) world.clock.advance(SETTINGS.leaseMs);
      else await world.store.settle([{ lease: first, attempts: [], outcome: giveBack() }]);
      await world.dueWebhooks();
      const leases = await world.lease('crm');
      return leases.map(({ number }) => number);
    });

    // The second and the fourth time it was not the holder who gave back, so nothing waited.
    expect(later.map((numbers) => numbers.length)).toEqual([1, 0, 1, 0]);
    expect(new Set([first.number, ...later.flat()]).size).toBe(3);
  });

  it('is good for its time', async () => {
    const world = await World.open(harness);
    await world.wait('crm');
    await world.lease('crm');
    world.clock.advance(SETTINGS.leaseMs - 1);
    expect(await world.dueWebhooks()).toEqual([]);

    world.clock.advance(1);
    expect(await world.dueWebhooks()).toEqual(['crm']);
  });
}

function describeRenew(harness: StoreHarness): void {
  it('makes leases good for their whole time again, as often as it is asked', async () => {
    const world = await World.open(harness);
    const leases = [await world.take('crm'), await world.take('tickets')];
    await inTurn(3, async () => {
      world.clock.advance(SETTINGS.leaseMs - 1);
      expect(await world.store.renew(leases)).toEqual(leases);
    });
    world.clock.advance(SETTINGS.leaseMs - 1);
    expect(await world.dueWebhooks()).toEqual([]);

    world.clock.advance(1);
    expect(await world.dueWebhooks()).toEqual(['crm', 'tickets']);
  });

  it('prolongs only those it is given', async () => {
    const world = await World.open(harness);
    const kept = await world.take('kept');
    await world.take('forgotten');
    world.clock.advance(SETTINGS.leaseMs - 1);
    await world.store.renew([kept]);
    world.clock.advance(1);

    expect(await world.dueWebhooks()).toEqual(['forgotten']);
  });

  it('has nothing to do without leases', async () => {
    const world = await World.open(harness);

    expect(await world.store.renew([])).toEqual([]);
  });
}

function describeLostLeases(harness: StoreHarness): void {
  it('gives back those that are still held, and not those that are over', async () => {
    const world = await World.open(harness);
    const settled = await world.take('settled');
    await world.store.settle([delivered(settled)]);
    const givenBack = await world.take('given-back');
    await world.store.settle([retried(givenBack, 0)]);
    const cancelled = await world.take('cancelled');
    const another = await world.take('another');
    world.clock.advance(SETTINGS.leaseMs);
    await world.dueWebhooks();
    await world.lease('another');
    await world.store.cancel([cancelled.deliveryId]);
    const held = await world.take('held');
    const unknown = { ...held, deliveryId: 'dlv_unknown' };

    expect(await world.store.renew([settled, givenBack, cancelled, another, held, unknown])).toEqual([held]);
  });

  it('takes a delivery whose lease has ended back, as long as nobody else has got it', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);
    expect(await world.dueWebhooks()).toEqual(['crm']);

    expect(await world.store.renew([lease])).toEqual([lease]);
    expect(await world.dueWebhooks()).toEqual([]);
    expect(await world.lease('crm')).toEqual([]);
    expect(await world.delivery(lease.deliveryId)).toMatchObject({ state: 'delivering', dueAtMs: undefined });
    expect(await world.store.settle([delivered(lease)])).toEqual([lease]);
  });

  it('does not prolong the lease that somebody else has got', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);
    await world.dueWebhooks();
    await world.lease('crm');
    world.clock.advance(SETTINGS.leaseMs - 1);
    await world.store.renew([lost]);
    world.clock.advance(1);

    expect(await world.dueWebhooks()).toEqual(['crm']);
  });
}
