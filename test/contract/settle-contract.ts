import { describe, expect, it } from 'vitest';
import {
  answered,
  cancelled,
  delivered,
  failed,
  giveBack,
  only,
  retried,
  unanswered,
} from '../support/store-samples.ts';
import type { Settlement } from '../../src/store/records.ts';
import { SETTINGS, World, type StoreHarness } from './world.ts';

/** `settle`: how leases end. */
export function describeSettle(harness: StoreHarness): void {
  describe('settle', () => {
    describeFinalOutcomes(harness);
    describeRounds(harness);
    describeAttempts(harness);
    describeLastAnswer(harness);
  });
  describe('settle of a lease whose time is over', () => {
    describeLate(harness);
  });
  describe('settle of a lease that is no longer held', () => {
    describeLost(harness);
  });
}

function describeFinalOutcomes(harness: StoreHarness): void {
  it.each([
    ['delivered', delivered],
    ['failed', failed],
    ['cancelled', cancelled],
  ] as const)('makes a delivery %s for good', async (state, settlement) => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    world.clock.advance(40);
    await world.store.settle([settlement(lease)]);
    const finishedAtMs = world.clock.nowMs;

    const delivery = await world.delivery(lease.deliveryId);
    expect(delivery).toMatchObject({ state, finishedAtMs, createdAtMs: finishedAtMs - 40 });
    expect(delivery.dueAtMs).toBeUndefined();
    world.clock.advance(SETTINGS.leaseMs);
    expect(await world.dueWebhooks()).toEqual([]);
    expect(await world.lease('crm')).toEqual([]);
    expect(await world.store.renew([lease])).toEqual([]);
  });

  it('ends many leases at once, each in its own way', async () => {
    const world = await World.open(harness);
    const [a, b, c, d] = [
      await world.take('crm'),
      await world.take('crm'),
      await world.take('crm'),
      await world.take('crm'),
    ];
    const held = await Promise.all([
      world.store.settle([delivered(a), retried(b, 10)]),
      world.store.settle([cancelled(c), failed(d)]),
    ]);
    expect(held).toEqual([
      [a, b],
      [c, d],
    ]);
    const states = await Promise.all([a, b, c, d].map(({ deliveryId }) => world.delivery(deliveryId)));

    expect(states.map(({ state }) => state)).toEqual(['delivered', 'pending', 'cancelled', 'failed']);
  });

  it('has nothing to do without settlements', async () => {
    const world = await World.open(harness);

    await expect(world.store.settle([])).resolves.toEqual([]);
  });
}

function describeRounds(harness: StoreHarness): void {
  it('lets a delivery wait from now on by the clock of the store', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    world.clock.advance(250);
    await world.store.settle([retried(lease, 1_000)]);

    const delivery = await world.delivery(lease.deliveryId);
    expect(delivery).toMatchObject({ state: 'pending', dueAtMs: world.clock.nowMs + 1_000 });
    expect(delivery.finishedAtMs).toBeUndefined();
  });

  it('counts a round, but not a lease that is merely given back', async () => {
    const world = await World.open(harness);
    await world.store.settle([retried(await world.take('crm'), 0)]);
    const second = only(await world.lease('crm'));
    await world.store.settle([{ lease: second, attempts: [], outcome: giveBack() }]);
    const third = only(await world.lease('crm'));
    await world.store.settle([retried(third, 0)]);
    const fourth = only(await world.lease('crm'));

    expect([second, third, fourth].map(({ rounds }) => rounds)).toEqual([1, 1, 2]);
  });

  it('gives a lease back to be taken at once or after a while', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([{ lease, attempts: [], outcome: giveBack(100) }]);
    expect(await world.lease('crm')).toEqual([]);

    world.clock.advance(100);
    expect(await world.lease('crm')).toHaveLength(1);
  });
}

function describeAttempts(harness: StoreHarness): void {
  it('numbers attempts from 1 on over all rounds of a delivery', async () => {
    const world = await World.open(harness);
    const first = await world.take('crm');
    await world.store.settle([retried(first, 0, [unanswered('E1'), answered(502)])]);
    const second = only(await world.lease('crm'));
    await world.store.settle([delivered(second, [answered(503), answered(204)])]);

    const { attempts, made } = await world.delivery(first.deliveryId);
    expect(attempts).toBe(4);
    expect(made.map(({ number, status }) => [number, status])).toEqual([
      [1, undefined],
      [2, 502],
      [3, 503],
      [4, 204],
    ]);
  });

  it('keeps more than nine attempts in their order', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    const statuses = Array.from({ length: 12 }, (_, index) => 500 + index);
    const attempts = statuses.map((status) => answered(status));
    await world.store.settle([{ lease, attempts, outcome: { state: 'failed' } }]);

    expect((await world.delivery(lease.deliveryId)).made.map(({ status }) => status)).toEqual(statuses);
  });

  it('keeps everything about an attempt', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    const answer = { startedAtMs: 1_767_225_600_123, durationMs: 45, status: 200, excerpt: 'ok' };
    const error = { code: 'ETIMEDOUT', message: 'no answer within 15000 ms' };
    const request = { method: 'POST', url: 'https://x.test/', headers: { 'webhook-id': '1', a: '' } };
    const silence = { startedAtMs: 1_767_225_600_001, durationMs: 15_000, error, request };
    const refusal = {
      startedAtMs: 1_767_225_600_060,
      durationMs: 3,
      status: 400,
      request,
      responseHeaders: {},
    };
    await world.store.settle([delivered(lease, [silence, refusal, answer])]);

    expect((await world.delivery(lease.deliveryId)).made).toEqual([
      { number: 1, ...silence },
      { number: 2, ...refusal },
      { number: 3, ...answer },
    ]);
  });

  it('keeps a delivery without attempts as one without', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([cancelled(lease)]);

    expect(await world.delivery(lease.deliveryId)).toMatchObject({ attempts: 0, made: [] });
  });
}

function describeLastAnswer(harness: StoreHarness): void {
  it('tells the status of the last attempt that got an answer and why the last one failed', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    const burst = [answered(500), answered(502), unanswered('ECONNRESET')];
    await world.store.settle([retried(lease, 0, burst)]);
    const afterFirst = await world.delivery(lease.deliveryId);
    expect(afterFirst).toMatchObject({ lastStatus: 502, lastError: 'no answer: ECONNRESET' });

    await world.store.settle([failed(only(await world.lease('crm')), [answered(410)])]);
    expect(await world.delivery(lease.deliveryId)).toMatchObject({ lastStatus: 410, lastError: 'HTTP 410' });
  });

  it('forgets why an attempt failed when the delivery is made', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([retried(lease, 0, [answered(502)])]);
    await world.store.settle([delivered(only(await world.lease('crm')))]);

    const delivery = await world.delivery(lease.deliveryId);
    expect(delivery.lastStatus).toBe(200);
    expect(delivery.lastError).toBeUndefined();
  });

  it('keeps what is known of the last attempt when a lease ends without one', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([retried(lease, 0, [answered(502)])]);
    await world.store.settle([cancelled(only(await world.lease('crm')))]);

    expect(await world.delivery(lease.deliveryId)).toMatchObject({ lastStatus: 502, lastError: 'HTTP 502' });
  });
}

/** As after an outage of the store that was longer than a lease. */
function describeLate(harness: StoreHarness): void {
  it('is its end as long as nobody else has got one', async () => {
    const world = await World.open(harness);
    const made = await world.take('crm');
    const again = await world.take('tickets');
    const back = await world.take('mail');
    world.clock.advance(SETTINGS.leaseMs);
    expect(await world.dueWebhooks()).toEqual(['crm', 'mail', 'tickets']);

    const settlements = [
      delivered(made),
      retried(again, 100),
      { lease: back, attempts: [], outcome: giveBack() },
    ];
    expect(await world.store.settle(settlements)).toEqual([made, again, back]);
    expect(await world.delivery(made.deliveryId)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await world.stats('crm')).toMatchObject({ hits: 1, pending: 0, delivered: 1 });
    expect(await world.dueWebhooks()).toEqual(['mail']);
    world.clock.advance(100);
    expect(only(await world.lease('tickets'))).toMatchObject({ attempts: 1, rounds: 1 });
  });

  it('is its end once: what it has put back to wait is not its any more', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    expect(await world.store.settle([retried(lease, 0)])).toEqual([lease]);
    const { made, ...before } = await world.delivery(lease.deliveryId);

    expect(await world.store.settle([failed(lease, made)])).toEqual([]);
    expect(await world.store.renew([lease])).toEqual([]);
    expect(await world.delivery(lease.deliveryId)).toMatchObject({ ...before, attempts: 2 });
  });
}

function describeLost(harness: StoreHarness): void {
  const attempts = [answered(200), unanswered()];
  const late = (lease: Settlement['lease']): Settlement[] => [
    { lease, attempts, outcome: { state: 'delivered' } },
    { lease, attempts, outcome: { state: 'failed' } },
    { lease, attempts, outcome: { state: 'cancelled' } },
    { lease, attempts, outcome: { state: 'pending', delayMs: 99, countsAsRound: true } },
  ];

  it('records its attempts and nothing else while the delivery waits again', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    await world.store.settle([{ lease: lost, attempts: [], outcome: giveBack() }]);
    const before = [await world.delivery(lost.deliveryId), await world.counted('crm')] as const;
    world.clock.advance(1);
    await world.store.settle(late(lost));

    const { made, ...delivery } = await world.delivery(lost.deliveryId);
    expect({ ...delivery, attempts: 0, made: [] }).toEqual(before[0]);
    expect(delivery.attempts).toBe(8);
    expect(made.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await world.counted('crm')).toEqual(before[1]);
    expect(only(await world.lease('crm'))).toMatchObject({ attempts: 8, rounds: 0 });
  });

  it('leaves the lease that somebody else has got alone', async () => {
    const world = await World.open(harness);
    const lost = await world.take('crm');
    world.clock.advance(SETTINGS.leaseMs);
    await world.dueWebhooks();
    const held = only(await world.lease('crm'));
    expect(await world.store.settle(late(lost))).toEqual([]);
    expect(await world.store.renew([held])).toEqual([held]);

    const [settled, ...others] = await world.store.settle([delivered(lost), failed(held)]);
    // The very lease that was handed in, so that its holder knows it again.
    expect([settled === held, others]).toEqual([true, []]);
    const delivery = await world.delivery(held.deliveryId);
    expect(delivery).toMatchObject({ state: 'failed', attempts: 10, lastError: 'HTTP 400' });
    expect(delivery.made.at(-1)).toMatchObject({ number: 10, status: 400 });
  });

  it('counts what is settled twice once', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([delivered(lease)]);
    const before = await world.counted('crm');
    await Promise.all([world.store.settle([failed(lease)]), world.store.settle([delivered(lease)])]);

    expect(await world.counted('crm')).toEqual(before);
    expect(await world.delivery(lease.deliveryId)).toMatchObject({ state: 'delivered', attempts: 3 });
  });
}
