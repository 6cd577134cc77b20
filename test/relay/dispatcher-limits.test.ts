import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Reservation } from '../../src/relay/reservation.ts';
import { LOOKAHEAD } from '../../src/relay/lookahead.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { hook, makeRelay, urlOf, type Relay } from './relay-harness.ts';

async function handMany(relay: Relay, webhookId: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await relay.hand(webhookId);
}

/** Reserves until there is no place left. */
function reserveAll(relay: Relay, webhookId: string): Reservation[] {
  const reservations: Reservation[] = [];
  for (;;) {
    const reservation = relay.dispatcher.reserve(webhookId);
    if (reservation === undefined) return reservations;
    reservations.push(reservation);
  }
}

describe('concurrency', () => {
  test('of a webhook is reached and never exceeded, whether deliveries are fresh or wait', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 3, timeoutMs: 1_000 })] });
    relay.transport.script = () => 'hang';
    await relay.leaveWaiting('a', 10);
    relay.dispatcher.start();
    await handMany(relay, 'a', 10);
    // From the tenth failure on these are probes, minutes apart.
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(relay.transport.mostUnderWay(urlOf('a'))).toBe(3);
    expect(relay.requestsTo('a')).toBe(20);
  });

  test('that is raised is used with the next poll, that is lowered with the next delivery', async () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 1, timeoutMs: 1_000 })] });
    relay.transport.script = () => 'hang';
    relay.dispatcher.start();
    await relay.leaveWaiting('a', 100);
    await vi.advanceTimersByTimeAsync(600);
    expect(relay.transport.underWay()).toBe(1);
    relay.registry.replace([hook('a', { concurrency: 4, timeoutMs: 1_000 })]);
    await vi.advanceTimersByTimeAsync(600);
    expect(relay.transport.underWay()).toBe(4);
    relay.registry.replace([hook('a', { concurrency: 2, timeoutMs: 1_000 })]);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(relay.transport.underWay()).toBe(2);
  });

  test('over all webhooks is never exceeded', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `w${index}`);
    const relay = makeRelay({
      webhooks: ids.map((id) => hook(id, { concurrency: 10, timeoutMs: 1_000 })),
      maxInFlight: 8,
      script: () => 'hang',
    });
    relay.dispatcher.start();
    for (const id of ids) await handMany(relay, id, 3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(relay.transport.mostUnderWay()).toBe(8);
    expect(relay.transport.requests).toHaveLength(90);
  });

  test('holds with a number of slots that cannot be halved', async () => {
    const relay = makeRelay({ webhooks: [hook('a')], maxInFlight: 3 });
    const lease = vi.spyOn(relay.store, 'lease');
    await relay.leaveWaiting('a', 5);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await relay.states('a')).toEqual(Array.from({ length: 5 }, () => 'delivered'));
    const rooms = lease.mock.calls.flatMap(([asked]) => [...asked.values()]);
    expect(rooms.filter((room) => !Number.isInteger(room))).toEqual([]);
  });
});

describe('fairness', () => {
  test('a dead target with a huge backlog does not keep the others waiting', async () => {
    const relay = makeRelay({
      webhooks: [hook('dead', { concurrency: 1_000, timeoutMs: 15_000 }), hook('alive')],
      maxInFlight: 20,
    });
    relay.transport.script = ({ url }) => (url === urlOf('dead') ? 'hang' : 200);
    await relay.leaveWaiting('dead', 500);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(relay.transport.underWay(urlOf('dead'))).toBe(10);
    for (let number = 1; number <= 50; number += 1) {
      await relay.hand('alive');
      await vi.advanceTimersByTimeAsync(10);
      expect(relay.requestsTo('alive')).toBe(number);
    }
  });

  test('webhooks with backlogs take turns when slots are scarce', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `w${index}`);
    const relay = makeRelay({
      webhooks: ids.map((id) => hook(id, { timeoutMs: 1_000 })),
      maxInFlight: 4,
      script: () => 'hang',
    });
    for (const id of ids) await relay.leaveWaiting(id, 20);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(20_000);
    const counts = ids.map((id) => relay.requestsTo(id));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

describe('slots', () => {
  test('that are released without a delivery can be had again', () => {
    const relay = makeRelay({ webhooks: [hook('a', { concurrency: 2 })] });
    const places = 2 + LOOKAHEAD;
    const reserved = reserveAll(relay, 'a');
    expect(reserved).toHaveLength(places);
    for (const reservation of reserved.toReversed()) reservation.release();
    expect(reserveAll(relay, 'a')).toHaveLength(places);
  });

  test('are not given to a webhook that is disabled or unknown', () => {
    const relay = makeRelay({ webhooks: [hook('a', { enabled: false })] });
    expect(['a', 'unknown'].map((id) => relay.dispatcher.reserve(id))).toEqual([undefined, undefined]);
  });

  test('all come back and every delivery becomes final, whatever happens', async () => {
    const ids = ['a', 'b', 'c'] as const;
    const step = fc.oneof(
      fc.record({ kind: fc.constant('hand' as const), ids: fc.subarray([...ids], { minLength: 1 }) }),
      fc.record({ kind: fc.constant('drop' as const), ids: fc.subarray([...ids], { minLength: 1 }) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(3_000) }),
      fc.record({ kind: fc.constant('break' as const), verb: fc.constantFrom('lease', 'settle', 'due') }),
    );
    const reply = fc.constantFrom(200, 404, 503, 'hang' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.array(reply), async (steps, replies) => {
        const relay = makeRelay({
          webhooks: ids.map((id) => hook(id, { concurrency: 2, timeoutMs: 1_000 })),
          maxInFlight: 6,
        });
        relay.transport.script = () => replies[(relay.transport.requests.length - 1) % replies.length] ?? 200;
        relay.dispatcher.start();
        for (const one of steps) {
          if (one.kind === 'hand') await relay.hand(...one.ids);
          else if (one.kind === 'pass') await vi.advanceTimersByTimeAsync(one.ms);
          else if (one.kind === 'break') {
            vi.spyOn(relay.store, one.verb as 'due').mockRejectedValueOnce(
              new StoreUnavailableError('disk full'),
            );
          } else for (const id of one.ids) relay.dispatcher.reserve(id)?.release();
        }
        await vi.advanceTimersByTimeAsync(120_000);
        expect([relay.dispatcher.inFlight, await relay.store.pending()]).toEqual([0, 0]);
        expect(relay.transport.mostUnderWay()).toBeLessThanOrEqual(6);
        for (const id of ids) {
          expect(relay.transport.mostUnderWay(urlOf(id))).toBeLessThanOrEqual(2);
          // Nothing is taken, so there is room for exactly as much as at the start.
          const reserved = reserveAll(relay, id);
          for (const reservation of reserved) reservation.release();
          expect(reserved).toHaveLength(2 + 6);
        }
      }),
      { numRuns: 60 },
    );
  });
});
