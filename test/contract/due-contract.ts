import { describe, expect, it } from 'vitest';
import { cancelled, delivered, failed, inTurn, only, retried, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `due`: which webhooks have something to do. */
export function describeDue(harness: StoreHarness): void {
  describe('due', () => {
    describeWhatIsDue(harness);
    describeEndedLeases(harness);
    describePages(harness);
  });
}

function describeWhatIsDue(harness: StoreHarness): void {
  it('is empty when nothing waits', async () => {
    const world = await World.open(harness);
    await world.accept({ errors: ['crm'] });

    expect(await world.store.due('', 10)).toEqual({ webhooks: [], next: '' });
  });

  it('tells how long the oldest delivery of each webhook has been due', async () => {
    const world = await World.open(harness);
    await world.wait('crm');
    world.clock.advance(300);
    await world.accept({ hits: waiting('crm', 'tickets') });
    world.clock.advance(20);

    expect((await world.store.due('', 10)).webhooks).toEqual([
      { webhookId: 'crm', overdueMs: 320 },
      { webhookId: 'tickets', overdueMs: 20 },
    ]);
  });

  it('leaves out a webhook whose deliveries are not yet due, until one is', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([retried(lease, 5_000)]);
    world.clock.advance(4_999);
    expect((await world.store.due('', 10)).webhooks).toEqual([]);

    world.clock.advance(1);
    expect((await world.store.due('', 10)).webhooks).toEqual([{ webhookId: 'crm', overdueMs: 0 }]);
  });

  it('leaves out deliveries that are leased or final', async () => {
    const world = await World.open(harness);
    await world.take('leased');
    await world.store.settle([
      delivered(await world.take('delivered')),
      failed(await world.take('failed')),
      cancelled(await world.take('cancelled')),
    ]);

    expect((await world.store.due('', 10)).webhooks).toEqual([]);
  });

  it('leases nothing', async () => {
    const world = await World.open(harness);
    const id = await world.wait('crm');
    await world.store.due('', 10);

    expect(await world.delivery(id)).toMatchObject({ state: 'pending' });
    expect(await world.lease('crm')).toHaveLength(1);
  });
}

function describeEndedLeases(harness: StoreHarness): void {
  it('lets a delivery wait again when its lease has run out', async () => {
    const world = await World.open(harness);
    const { deliveryId } = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs - 1);
    expect(await world.dueWebhooks()).toEqual([]);
    expect(await world.delivery(deliveryId)).toMatchObject({ state: 'delivering' });

    world.clock.advance(1);
    expect(await world.dueWebhooks()).toEqual(['crm']);
    const again = await world.delivery(deliveryId);
    expect(again.state).toBe('pending');
    expect(again.dueAtMs).toBeLessThanOrEqual(world.clock.nowMs);
  });

  it('counts a lease that ran out as nothing', async () => {
    const world = await World.open(harness);
    await world.take('crm');
    const before = await world.counted('crm');
    world.clock.advance(SETTINGS.leaseMs);
    await world.dueWebhooks();

    expect(await world.counted('crm')).toEqual(before);
    expect(only(await world.lease('crm'))).toMatchObject({ attempts: 0, rounds: 0 });
  });
}

function describePages(harness: StoreHarness): void {
  // A collation of a language puts these in another order, most of them ignore the hyphen at first.
  const IDS = ['0', 'a', 'a-b', 'a-z', 'a0', 'aa', 'ab', 'b'];

  it('goes through the webhooks in the order of their ids', async () => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting(...IDS.toReversed()) });

    expect(await world.dueWebhooks()).toEqual(IDS);
  });

  it.each([1, 2, 3, 100])('shows every webhook once in pages of %i', async (limit) => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting(...IDS) });
    const pages = await allPages(world, limit);

    expect(pages.flat()).toEqual(IDS);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
  });

  it('begins behind a webhook, whether or not there is one of that name', async () => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting('a', 'c', 'e') });
    const behind = async (after: string): Promise<string[]> =>
      (await world.store.due(after, 10)).webhooks.map(({ webhookId }) => webhookId);

    expect(await behind('c')).toEqual(['e']);
    expect(await behind('b')).toEqual(['c', 'e']);
    expect(await behind('e')).toEqual([]);
  });

  it('looks at no more than the limit, so that a page without anything due need not be the last', async () => {
    const world = await World.open(harness);
    await inTurn(3, async (index) => {
      const lease = await world.take(`later-${index}`);
      await world.store.settle([retried(lease, 60_000)]);
    });
    await world.wait('now');
    const first = await world.store.due('', 2);

    expect(first.webhooks).toEqual([]);
    expect(first.next).not.toBe('');
    expect((await allPages(world, 2)).flat()).toEqual(['now']);
  });
}

/** The webhooks of each page, to the last. */
async function allPages(world: World, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let after = '';
  do {
    const { webhooks, next } = await world.store.due(after, limit);
    pages.push(webhooks.map(({ webhookId }) => webhookId));
    if (next !== '' && next <= after) throw new Error(`the page behind ${after} ends before it, at ${next}`);
    after = next;
  } while (after !== '');
  return pages;
}
