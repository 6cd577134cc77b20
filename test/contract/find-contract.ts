import { describe, expect, it } from 'vitest';
import type { Delivery, StoredCdr } from '../../src/store/records.ts';
import type { CdrFilter, DeliveryFilter } from '../../src/store/store.ts';
import {
  cancelled,
  delivered,
  failed,
  inTurn,
  retried,
  unanswered,
  waiting,
} from '../support/store-samples.ts';
import { World, type StoreHarness } from './world.ts';

/** Finding CDRs and deliveries, one and many. */
export function describeFind(harness: StoreHarness): void {
  describe('finding CDRs', () => {
    describeCdrs(harness);
    describeIdentity(harness);
    describeCdrSearch(harness);
  });
  describe('finding deliveries', () => {
    describeDeliveries(harness);
    describeDeliveryFilters(harness);
  });
}

function describeCdrs(harness: StoreHarness): void {
  it('finds none of an id that is not there', async () => {
    const world = await World.open(harness);
    await world.accept();

    expect(await world.store.cdr('cdr_unknown')).toBeUndefined();
    expect(await world.store.cdr('')).toBeUndefined();
  });

  it('lists the newest first, those of one moment in the order in which they came', async () => {
    const world = await World.open(harness);
    const ids = await inTurn(12, async (index) => {
      if (index % 3 === 0) world.clock.advance(1);
      return (await world.accept()).id;
    });

    expect(idsOf(await world.store.cdrs({ limit: 100 }))).toEqual(ids.toReversed());
  });

  it('lists as it finds one by one', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept({ violation: 'odd', hits: waiting('crm') });

    expect(await world.store.cdrs({ limit: 1 })).toEqual([await world.store.cdr(id)]);
  });

  it.each([1, 3, 10, 11])('goes through all in pages of %i, also while more come', async (limit) => {
    const world = await World.open(harness);
    const ids = await inTurn(10, async () => (await world.accept()).id);
    const found = await allPages(limit, async (beforeId) => {
      const page = await world.store.cdrs({ beforeId, limit });
      if (beforeId === undefined) await world.accept();
      return page;
    });

    expect(idsOf(found)).toEqual(ids.toReversed());
  });

  it.each<readonly [Partial<CdrFilter>, number[]]>([
    [{}, [4, 3, 2, 1, 0]],
    [{ source: 'a' }, [4, 2, 0]],
    [{ vendor: 'x' }, [2, 1, 0]],
    [{ matched: true }, [3, 2, 1]],
    [{ matched: false }, [4, 0]],
    [{ source: 'a', matched: true }, [2]],
    [{ source: 'a', matched: false }, [4, 0]],
    [{ source: 'b', vendor: 'y', matched: true }, [3]],
    [{ source: 'unknown' }, []],
    [{ idPrefix: 'cdr_' }, [4, 3, 2, 1, 0]],
    [{ idPrefix: 'dlv_' }, []],
    [{ text: 'NUMBER_3' }, [3]],
    [{ text: 'number%3' }, []],
    [{ text: 'wide' }, [2]],
    [{ text: '"', source: 'b' }, [3, 1]],
  ])('lists those that pass every given filter: %j', async (filter, expected) => {
    const world = await World.open(harness);
    const ids = await inTurn(5, async (index) => {
      const source = index % 2 === 0 ? 'a' : 'b';
      const hits = waiting('crm', 'tickets', 'mail').slice(0, index % 4);
      const raw = `{"call":"number_${index}"${index === 2 ? ',"WIDE":1' : ''}}`;
      return (await world.accept({ source, vendor: index < 3 ? 'x' : 'y', hits, raw })).id;
    });
    const all = await world.store.cdrs({ ...filter, limit: 100 });
    const paged = await allPages(1, (beforeId) => world.store.cdrs({ ...filter, beforeId, limit: 1 }));

    expect(idsOf(all).map((id) => ids.indexOf(id))).toEqual(expected);
    expect(paged).toEqual(all);
  });
}

function describeIdentity(harness: StoreHarness): void {
  it('are found by their identity, and keep it with their revision', async () => {
    const world = await World.open(harness);
    const first = await world.accept({ identity: 'call 1', revision: '1' });
    await world.accept({ identity: 'call 2' });
    await world.accept();
    const second = await world.accept({ identity: 'call 1' });
    const found = await world.store.cdrs({ identity: 'call 1', source: 'pbx', limit: 10 });

    expect(found.map(({ id, revision }) => [id, revision])).toEqual([
      [second.id, undefined],
      [first.id, '1'],
    ]);
    expect(await world.store.cdrs({ identity: 'call 1', beforeId: second.id, limit: 10 })).toHaveLength(1);
  });
}

function describeCdrSearch(harness: StoreHarness): void {
  it('lists those received in a time', async () => {
    const world = await World.open(harness);
    const firstMs = world.clock.nowMs;
    const ids = await inTurn(3, async () => {
      const { id } = await world.accept();
      world.clock.advance(10);
      return id;
    });
    const found = async (filter: Partial<CdrFilter>): Promise<number[]> =>
      idsOf(await world.store.cdrs({ ...filter, limit: 9 })).map((id) => ids.indexOf(id));

    expect(await found({ sinceMs: firstMs + 10 })).toEqual([2, 1]);
    expect(await found({ untilMs: firstMs + 10 })).toEqual([0]);
    expect(await found({ sinceMs: firstMs + 1, untilMs: firstMs + 20, limit: 1 })).toEqual([1]);
  });

  it('finds one by the beginning of its id', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept();
    await world.accept();

    expect(idsOf(await world.store.cdrs({ idPrefix: id.slice(0, -1), limit: 9 }))).toContain(id);
    expect(idsOf(await world.store.cdrs({ idPrefix: id, limit: 9 }))).toEqual([id]);
  });
}

function describeDeliveries(harness: StoreHarness): void {
  it('finds none of an id that is not there', async () => {
    const world = await World.open(harness);
    await world.wait('crm');

    expect(await world.store.delivery('dlv_unknown')).toBeUndefined();
  });

  it('lists the newest first, as it finds them one by one', async () => {
    const world = await World.open(harness);
    const ids = await inTurn(12, (index) => {
      if (index % 3 === 0) world.clock.advance(1);
      return world.wait('crm');
    });
    const listed = await world.store.deliveries({ limit: 100 });
    const found = await Promise.all(listed.map(({ id }) => world.store.delivery(id)));

    expect(idsOf(listed)).toEqual(ids.toReversed());
    expect(found.map((one) => one?.delivery)).toEqual(listed);
  });

  it.each([1, 4, 10])('goes through all in pages of %i, also while more come', async (limit) => {
    const world = await World.open(harness);
    const ids = await inTurn(10, () => world.wait('crm'));
    const found = await allPages(limit, async (beforeId) => {
      const page = await world.store.deliveries({ webhookId: 'crm', beforeId, limit });
      if (beforeId === undefined) await world.wait('crm');
      return page;
    });

    expect(idsOf(found)).toEqual(ids.toReversed());
  });
}

function describeDeliveryFilters(harness: StoreHarness): void {
  /** Of each state one of `crm`, then a waiting one of `tickets`; the ids in that order. */
  async function oneOfEach(world: World): Promise<string[]> {
    const leases = await inTurn(5, () => world.take('crm'));
    const [waits, leased, made, gaveUp, dropped] = leases;
    if (!waits || !leased || !made || !gaveUp || !dropped) throw new Error('there are not five');
    await world.store.settle([retried(waits, 1_000), delivered(made), failed(gaveUp), cancelled(dropped)]);
    return [...leases.map(({ deliveryId }) => deliveryId), await world.wait('tickets')];
  }

  it.each<readonly [Partial<DeliveryFilter>, number[]]>([
    [{}, [5, 4, 3, 2, 1, 0]],
    [{ state: 'pending' }, [5, 0]],
    [{ state: 'delivering' }, [1]],
    [{ state: 'delivered' }, [2]],
    [{ state: 'failed' }, [3]],
    [{ state: 'cancelled' }, [4]],
    [{ webhookId: 'crm' }, [4, 3, 2, 1, 0]],
    [{ webhookId: 'crm', state: 'pending' }, [0]],
    [{ state: ['failed', 'cancelled'] }, [4, 3]],
    [{ state: ['cancelled', 'pending', 'cancelled'] }, [5, 4, 0]],
    [{ webhookId: 'crm', state: ['delivered', 'pending'] }, [2, 0]],
    [{ state: [] }, []],
    [{ statusClass: '2xx' }, [2]],
    [{ statusClass: '4xx' }, [3]],
    [{ statusClass: '4xx', state: ['failed', 'pending'] }, [3]],
    [{ statusClass: '5xx' }, [0]],
    [{ statusClass: '3xx' }, []],
    [{ statusClass: 'none' }, []],
    [{ runId: 'run_unknown' }, []],
    [{ webhookId: 'tickets', state: 'failed' }, []],
    [{ webhookId: 'unknown' }, []],
  ])('lists those that pass every given filter: %j', async (filter, expected) => {
    const world = await World.open(harness);
    const ids = await oneOfEach(world);
    const all = await world.store.deliveries({ ...filter, limit: 100 });
    const paged = await allPages(1, (beforeId) => world.store.deliveries({ ...filter, beforeId, limit: 1 }));

    expect(idsOf(all).map((id) => ids.indexOf(id))).toEqual(expected);
    expect(paged).toEqual(all);
  });

  it('lists those created in a time: of the first of a CDR, when that was received', async () => {
    const world = await World.open(harness);
    const receivedAtMs = world.clock.nowMs;
    const ids = await inTurn(4, async () => {
      world.clock.advance(10);
      // Taken in a little later than it was received.
      const { id } = await world.accept({ receivedAtMs: world.clock.nowMs - 5, hits: waiting('crm') });
      return id;
    });
    const found = async (filter: Partial<DeliveryFilter>): Promise<number[]> =>
      (await world.store.deliveries({ ...filter, limit: 10 })).map(({ cdrId }) => ids.indexOf(cdrId));

    expect(await found({ sinceMs: receivedAtMs + 15 })).toEqual([3, 2, 1]);
    expect(await found({ sinceMs: receivedAtMs + 16 })).toEqual([3, 2]);
    expect(await found({ untilMs: receivedAtMs + 15 })).toEqual([0]);
    expect(await found({ untilMs: receivedAtMs + 16 })).toEqual([1, 0]);
    expect(
      await found({ sinceMs: receivedAtMs + 15, untilMs: receivedAtMs + 35, state: ['pending'] }),
    ).toEqual([2, 1]);
    expect(await found({ webhookId: 'crm', state: 'pending', sinceMs: receivedAtMs + 25.5 })).toEqual([3]);
    expect(await found({ sinceMs: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });

  it('lists those that got no answer, but not those that were not tried', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.wait('crm');
    await world.store.settle([retried(lease, 1_000, [unanswered()])]);

    expect(idsOf(await world.store.deliveries({ statusClass: 'none', limit: 9 }))).toEqual([
      lease.deliveryId,
    ]);
  });

  it('lists those that a run has made', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([failed(lease)]);
    const { id: runId } = await world.store.runs.start({ kind: 'redeliver', selection: {} });
    await world.store.runs.redeliver(runId, 10);
    await world.wait('crm');
    const found = await world.store.deliveries({ runId, limit: 10 });

    expect(found).toMatchObject([{ runId, redeliveryOf: lease.deliveryId }]);
    for (const filter of [{ webhookId: 'crm' }, { state: 'pending' as const }, { cdrId: lease.cdr.id }]) {
      expect(await world.store.deliveries({ ...filter, runId, limit: 10 })).toEqual(found);
    }
  });

  it('lists those of one CDR', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept({ hits: waiting('crm', 'tickets', 'mail') });
    await world.accept({ hits: waiting('crm') });
    const found = await world.store.deliveries({ cdrId: id, limit: 100 });
    const ofOne = await world.store.deliveries({ cdrId: id, webhookId: 'crm', state: 'pending', limit: 100 });

    expect(found.map(({ webhookId }) => webhookId)).toEqual(['mail', 'tickets', 'crm']);
    expect(ofOne.map(({ webhookId, cdrId }) => [webhookId, cdrId])).toEqual([['crm', id]]);
  });
}

function idsOf(records: readonly (StoredCdr | Delivery)[]): string[] {
  return records.map(({ id }) => id);
}

/** The records of all pages, each begun where the one before ended. */
async function allPages<Found extends { readonly id: string }>(
  limit: number,
  pageBefore: (beforeId: string | undefined) => Promise<Found[]>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (;;) {
    const page = await pageBefore(found.at(-1)?.id);
    if (page.length > limit) throw new Error(`a page of ${limit} has ${page.length}`);
    if (page.some(({ id }) => found.some((earlier) => earlier.id === id)))
      throw new Error('a page repeats one');
    found.push(...page);
    if (page.length < limit) return found;
  }
}
