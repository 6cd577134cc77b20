import { describe, expect, it } from 'vitest';
import type { WebhookStats } from '../../src/store/records.ts';
import {
  answered,
  cancelled,
  delivered,
  failed,
  giveBack,
  leased,
  only,
  retried,
  unanswered,
  waiting,
} from '../support/store-samples.ts';
import { HOUR_MS } from '../support/store-clock.ts';
import { World, type StoreHarness } from './world.ts';

/** `stats`, `hourly` and `pending`. */
export function describeStats(harness: StoreHarness): void {
  describe('the counters of a webhook', () => {
    describeCounters(harness);
    describeLastTimes(harness);
  });
  describe('the counts of an hour', () => {
    describeHours(harness);
    describeSince(harness);
  });
}

function describeCounters(harness: StoreHarness): void {
  it('are none before it is hit, and given only when asked for', async () => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting('crm', 'tickets') });

    expect([...(await world.store.stats(['crm', 'never-hit'])).keys()]).toEqual(['crm']);
    expect([...(await world.store.stats([])).keys()]).toEqual([]);
  });

  it('keep hits the sum of what became of them at every step', async () => {
    const world = await World.open(harness);
    const leases = [await world.take('crm'), await world.take('crm'), await world.take('crm')] as const;
    await world.wait('crm');
    const seen = [await counts(world)];
    const steps = [delivered(leases[0]), failed(leases[1]), retried(leases[2], 0)];
    for (const step of steps) {
      await world.store.settle([step]);
      seen.push(await counts(world));
    }
    const again = await world.lease('crm');
    seen.push(await counts(world));
    await world.store.settle(again.map(cancelled));
    seen.push(await counts(world));

    // hits, pending, delivered, failed, cancelled; and pending over all webhooks.
    expect(seen).toEqual([
      [4, 4, 0, 0, 0, 4],
      [4, 3, 1, 0, 0, 3],
      [4, 2, 1, 1, 0, 2],
      [4, 2, 1, 1, 0, 2],
      [4, 2, 1, 1, 0, 2],
      [4, 0, 1, 1, 2, 0],
    ]);
  });

  it('count a CDR on which a condition threw, also for a webhook that it did not hit', async () => {
    const world = await World.open(harness);
    await world.store.accept([
      world.cdr({ errors: ['broken', 'crm'], hits: waiting('crm') }),
      world.cdr({ errors: ['broken'] }),
    ]);
    await world.accept({ errors: ['broken'] });

    expect(await world.stats('broken')).toMatchObject({ hits: 0, pending: 0, errors: 3 });
    expect(await world.stats('crm')).toMatchObject({ hits: 1, errors: 1 });
  });

  it('add up over webhooks to what is pending', async () => {
    const world = await World.open(harness);
    expect(await world.store.pending()).toBe(0);
    await world.accept({ hits: waiting('crm', 'tickets') });
    const lease = await world.take('mail');
    expect(await world.store.pending()).toBe(3);

    await world.store.settle([delivered(lease)]);
    expect(await world.store.pending()).toBe(2);
  });

  async function counts(world: World): Promise<number[]> {
    const { hits, pending, ...final }: WebhookStats = await world.stats('crm');
    const all = [hits, pending, final.delivered, final.failed, final.cancelled];
    return [...all, await world.store.pending()];
  }
}

function describeLastTimes(harness: StoreHarness): void {
  it('tell when the last hit was received', async () => {
    const world = await World.open(harness);
    await world.wait('crm');
    world.clock.advance(5);
    const receivedAtMs = world.clock.nowMs;
    world.clock.advance(5);
    const { leases } = await world.accept({ receivedAtMs, hits: leased('crm') });
    await world.accept();
    await world.store.settle(leases.map((lease) => failed(lease)));

    expect(await world.stats('crm')).toMatchObject({ lastHitAtMs: receivedAtMs });
  });

  it('tell when the last delivery was made, and nothing before', async () => {
    const world = await World.open(harness);
    const leases = [await world.take('crm'), await world.take('crm')] as const;
    await world.store.settle([failed(leases[0])]);
    expect((await world.stats('crm')).lastDeliveredAtMs).toBeUndefined();

    world.clock.advance(30);
    await world.store.settle([delivered(leases[1])]);
    expect((await world.stats('crm')).lastDeliveredAtMs).toBe(world.clock.nowMs);
  });

  it('tell of the last attempt that failed, and go on telling after a success', async () => {
    const world = await World.open(harness);
    const leases = [await world.take('crm'), await world.take('crm'), await world.take('crm')] as const;
    await world.store.settle([failed(leases[0], [answered(404)])]);
    const first = { atMs: world.clock.nowMs, status: 404, error: 'HTTP 404' };
    expect((await world.stats('crm')).lastFailure).toEqual(first);

    world.clock.advance(10);
    await world.store.settle([retried(leases[1], 0, [answered(503), unanswered('ETIMEDOUT')])]);
    const second = { atMs: world.clock.nowMs, error: 'no answer: ETIMEDOUT' };
    expect((await world.stats('crm')).lastFailure).toEqual(second);

    world.clock.advance(10);
    await world.store.settle([delivered(leases[2])]);
    expect((await world.stats('crm')).lastFailure).toEqual(second);
  });

  it('tell of an attempt that failed although the next one of its burst delivered', async () => {
    const world = await World.open(harness);
    await world.store.settle([delivered(await world.take('crm'), [answered(503), answered(200)])]);

    expect((await world.stats('crm')).lastFailure).toMatchObject({ status: 503, error: 'HTTP 503' });
  });

  it('tell of no failure when a lease ended without an attempt', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([{ lease, attempts: [], outcome: giveBack() }]);
    await world.store.settle([cancelled(only(await world.lease('crm')))]);

    expect((await world.stats('crm')).lastFailure).toBeUndefined();
  });
}

function describeHours(harness: StoreHarness): void {
  it('tell what the router received, what of it matched and what came of that', async () => {
    const world = await World.open(harness);
    const hourMs = world.clock.nowMs;
    await world.store.accept([world.cdr(), world.cdr({ hits: waiting('crm', 'tickets') }), world.cdr()]);
    const leases = [...(await world.lease('crm')), ...(await world.lease('tickets'))];
    await world.store.settle(leases.map((lease) => delivered(lease)));
    await world.store.settle([failed(await world.take('crm')), cancelled(await world.take('crm'))]);
    await world.store.settle([retried(await world.take('crm'), 0)]);

    expect(await world.store.hourly(undefined, 0)).toEqual([
      { hourMs, received: 6, matched: 4, delivered: 2, failed: 1 },
    ]);
    expect(await world.store.hourly('crm', 0)).toEqual([
      { hourMs, received: 0, matched: 4, delivered: 1, failed: 1 },
    ]);
    expect(await world.store.hourly('unknown', 0)).toEqual([]);
    expect(await world.store.hourlyOf(['unknown', 'crm'], 0)).toEqual(
      new Map([['crm', await world.store.hourly('crm', 0)]]),
    );
    expect(await world.store.hourlyOf(['crm'], Number.MAX_SAFE_INTEGER)).toEqual(new Map());
  });

  it('count what is received and what is settled each in its own hour', async () => {
    const world = await World.open(harness);
    const hourMs = world.clock.nowMs;
    world.clock.advance(HOUR_MS - 1);
    const lease = await world.take('crm');
    world.clock.advance(1);
    await world.store.settle([delivered(lease)]);
    world.clock.advance(2 * HOUR_MS);
    await world.wait('crm');

    const nothing = { received: 0, matched: 0, delivered: 0, failed: 0 };
    expect(await world.store.hourly(undefined, 0)).toEqual([
      { ...nothing, hourMs, received: 1, matched: 1 },
      { ...nothing, hourMs: hourMs + HOUR_MS, delivered: 1 },
      { ...nothing, hourMs: hourMs + 3 * HOUR_MS, received: 1, matched: 1 },
    ]);
    expect(await world.store.hourly('crm', 0)).toEqual([
      { ...nothing, hourMs, matched: 1 },
      { ...nothing, hourMs: hourMs + HOUR_MS, delivered: 1 },
      { ...nothing, hourMs: hourMs + 3 * HOUR_MS, matched: 1 },
    ]);
  });
}

function describeSince(harness: StoreHarness): void {
  it('are given from a time on', async () => {
    const world = await World.open(harness);
    const firstMs = world.clock.nowMs;
    await world.wait('crm');
    world.clock.advance(HOUR_MS);
    await world.wait('crm');
    const hoursSince = async (sinceMs: number): Promise<number[]> =>
      (await world.store.hourly('crm', sinceMs)).map(({ hourMs }) => hourMs);

    expect(await hoursSince(firstMs)).toEqual([firstMs, firstMs + HOUR_MS]);
    expect(await hoursSince(firstMs + 1)).toEqual([firstMs + HOUR_MS]);
    expect(await hoursSince(firstMs + HOUR_MS)).toEqual([firstMs + HOUR_MS]);
    expect(await hoursSince(firstMs + HOUR_MS + 1)).toEqual([]);
  });

  it('come oldest first, also when an older CDR is accepted later', async () => {
    const world = await World.open(harness);
    const earlierMs = world.clock.nowMs;
    world.clock.advance(HOUR_MS);
    await world.accept();
    await world.accept({ receivedAtMs: earlierMs });

    expect((await world.store.hourly(undefined, 0)).map(({ hourMs }) => hourMs)).toEqual([
      earlierMs,
      earlierMs + HOUR_MS,
    ]);
  });
}
