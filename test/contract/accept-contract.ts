import { describe, expect, it } from 'vitest';
import { only, waiting } from '../support/store-samples.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `accept`, but for duplicates. */
export function describeAccept(harness: StoreHarness): void {
  describe('accept', () => {
    describeStoring(harness);
    describeLeasesAtAccept(harness);
  });
}

function describeStoring(harness: StoreHarness): void {
  it('stores a CDR with everything that is known about it', async () => {
    const world = await World.open(harness);
    const violation = 'trunk is not a number';
    const { hits, errors, ...told } = world.cdr({ source: 'branch', vendor: 'cisco', violation });
    const accepted = only(await world.store.accept([{ ...told, hits: waiting('crm', 'tickets'), errors }]));

    expect(accepted).toEqual({ id: accepted.id, duplicate: false, leases: [] });
    expect(await world.store.cdr(accepted.id)).toEqual({ id: accepted.id, ...told, hits: 2 });
    expect(hits).toEqual([]);
  });

  it('keeps that a CDR satisfies its schema', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept();

    expect((await world.store.cdr(id))?.violation).toBeUndefined();
  });

  it('tells what became of each CDR in the order in which they were handed in', async () => {
    const world = await World.open(harness);
    const cdrs = Array.from({ length: 20 }, () => world.cdr());
    const accepted = await world.store.accept(cdrs);
    const stored = await Promise.all(accepted.map(({ id }) => world.store.cdr(id)));

    expect(stored.map((cdr) => cdr?.raw)).toEqual(cdrs.map(({ raw }) => raw));
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(20);
  });

  it('answers nothing when nothing is handed in', async () => {
    const world = await World.open(harness);

    expect(await world.store.accept([])).toEqual([]);
  });

  it('makes one delivery for each hit, due at once', async () => {
    const world = await World.open(harness);
    const receivedAtMs = world.clock.nowMs;
    world.clock.advance(7);
    const { id } = await world.accept({ receivedAtMs, hits: waiting('crm', 'tickets') });
    const deliveries = await world.store.deliveries({ cdrId: id, limit: 10 });

    expect(deliveries.map(({ webhookId }) => webhookId).sort()).toEqual(['crm', 'tickets']);
    for (const delivery of deliveries) {
      expect(delivery).toEqual({
        id: delivery.id,
        cdrId: id,
        webhookId: delivery.webhookId,
        state: 'pending',
        attempts: 0,
        createdAtMs: receivedAtMs,
        dueAtMs: world.clock.nowMs,
      });
    }
  });

  it('makes no delivery for a CDR without a hit', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept({ errors: ['crm'] });

    expect(await world.store.deliveries({ cdrId: id, limit: 10 })).toEqual([]);
    expect(await world.store.pending()).toBe(0);
  });
}

function describeLeasesAtAccept(harness: StoreHarness): void {
  it('hands out leases for the hits that ask for one, and only for those', async () => {
    const world = await World.open(harness);
    const { id, leases } = await world.accept({
      hits: [
        { webhookId: 'first', lease: true },
        { webhookId: 'second', lease: false },
        { webhookId: 'third', lease: true },
      ],
    });

    expect(leases.map(({ webhookId }) => webhookId)).toEqual(['first', 'third']);
    for (const lease of leases) {
      expect(lease).toMatchObject({ attempts: 0, rounds: 0, cdr: await world.store.cdr(id) });
      expect(await world.delivery(lease.deliveryId)).toMatchObject({
        cdrId: id,
        webhookId: lease.webhookId,
        state: 'delivering',
        dueAtMs: undefined,
      });
    }
    expect(await world.dueWebhooks()).toEqual(['second']);
  });

  it('hands out leases that are good for the time of a lease by the clock of the store', async () => {
    const world = await World.open(harness);
    const receivedAtMs = world.clock.nowMs;
    world.clock.advance(5_000);
    const { leases } = await world.accept({ receivedAtMs, hits: [{ webhookId: 'crm', lease: true }] });
    world.clock.advance(SETTINGS.leaseMs - 1);

    expect(await world.dueWebhooks()).toEqual([]);
    expect(await world.store.renew(leases)).toEqual(leases);
  });

  it('gives the deliveries of one CDR and of many different ids', async () => {
    const world = await World.open(harness);
    const cdrs = Array.from({ length: 10 }, () => world.cdr({ hits: waiting('a', 'b', 'c') }));
    await world.store.accept(cdrs);
    const ids = (await world.store.deliveries({ limit: 100 })).map(({ id }) => id);

    expect(ids).toHaveLength(30);
    expect(new Set(ids).size).toBe(30);
  });
}
