import { describe, expect, it } from 'vitest';
import { cancelled, delivered, failed, inTurn, only, retried, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `close`, and what is there after opening again. */
export function describeDurability(harness: StoreHarness): void {
  describe('close', () => {
    it('waits for what is under way', async () => {
      const world = await World.open(harness);
      const lease = await world.take('crm');
      const underWay = [world.accept(), world.store.settle([delivered(lease)]), world.lease('crm')];
      await world.close();

      await expect(Promise.all(underWay)).resolves.toHaveLength(3);
    });
  });
  if (!harness.isDurable) return;
  describe('a place that is opened again', () => {
    describeReopened(harness);
  });
}

function describeReopened(harness: StoreHarness): void {
  it('has everything that was there', async () => {
    const world = await World.open(harness);
    const [made, gaveUp, waits, dropped] = await inTurn(4, () => world.take('crm'));
    if (!made || !gaveUp || !waits || !dropped) throw new Error('there are not four');
    await world.store.settle([delivered(made), failed(gaveUp), retried(waits, 60_000), cancelled(dropped)]);
    await world.accept({ violation: 'odd', hits: waiting('tickets'), errors: ['mail'] });
    const before = await everything(world);
    await world.reopen();

    expect(await everything(world)).toEqual(before);
  });

  it('has what was under way when it was closed', async () => {
    const world = await World.open(harness);
    const underWay = world.accept();
    await world.close();
    await world.reopen();

    expect(await world.store.cdr((await underWay).id)).toBeDefined();
  });

  it('knows what it has seen', async () => {
    const world = await World.open(harness);
    const cdr = world.cdr();
    const first = only(await world.store.accept([cdr]));
    await world.reopen();

    expect(only(await world.store.accept([cdr]))).toEqual({ id: first.id, duplicate: true, leases: [] });
  });

  it('lets the deliveries that were leased wait again when their time is over, at the latest', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    await world.reopen();
    world.clock.advance(SETTINGS.leaseMs);
    expect(await world.dueWebhooks()).toEqual(['crm']);

    const again = only(await world.lease('crm'));
    expect(again).toMatchObject({ deliveryId: lost.deliveryId, attempts: 0, rounds: 0 });
    expect(again.number).not.toBe(lost.number);
    expect(await world.store.renew([lost])).toEqual([]);
  });

  it('goes on counting and numbering where it was', async () => {
    const world = await World.open(harness);
    const first = await world.take('crm');
    await world.store.settle([retried(first, 0)]);
    await world.reopen();
    await world.store.settle([delivered(only(await world.lease('crm')))]);
    await world.wait('crm');

    expect((await world.delivery(first.deliveryId)).made.map(({ number }) => number)).toEqual([1, 2]);
    expect(await world.stats('crm')).toMatchObject({ hits: 2, delivered: 1, pending: 1 });
  });
}

/** All that can be asked of a store. */
async function everything(world: World): Promise<unknown> {
  const deliveries = await world.store.deliveries({ limit: 100 });
  return {
    cdrs: await world.store.cdrs({ limit: 100 }),
    deliveries: await Promise.all(deliveries.map(({ id }) => world.store.delivery(id))),
    counted: await world.counted('crm', 'tickets', 'mail'),
    due: await world.store.due('', 100),
  };
}
