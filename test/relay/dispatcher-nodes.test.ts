import { describe, expect, test, vi } from 'vitest';
import { hook, makeRelay, urlOf, type Relay } from './relay-harness.ts';

const NODES = 3;

/** What the node of a rank had under way at most, and how many requests it made. */
async function tried(
  rank: number,
  members: Parameters<typeof hook>[1],
): Promise<{ most: number; requests: number }> {
  const relay: Relay = makeRelay({
    webhooks: [hook('a', members)],
    script: () => ({ status: 200, delayMs: 100 }),
  });
  vi.spyOn(relay.store, 'heartbeat').mockResolvedValue({ nodes: NODES, rank });
  await relay.leaveWaiting('a', 100);
  relay.dispatcher.start();
  await vi.advanceTimersByTimeAsync(30_000);
  const result = { most: relay.transport.mostUnderWay(urlOf('a')), requests: relay.requestsTo('a') };
  await Promise.all([relay.dispatcher.stop(0), vi.advanceTimersByTimeAsync(1_000)]);
  return result;
}

async function triedByAll(
  members: Parameters<typeof hook>[1],
): Promise<{ most: number[]; requests: number[] }> {
  const all: { most: number; requests: number }[] = [];
  for (let rank = 0; rank < NODES; rank += 1) all.push(await tried(rank, members));
  const inOrder = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);
  return {
    most: inOrder(all.map(({ most }) => most)),
    requests: inOrder(all.map(({ requests }) => requests)),
  };
}

describe('one of three nodes', () => {
  test('keeps to its share of the concurrency', async () => {
    expect((await triedByAll({ concurrency: 8 })).most).toEqual([2, 3, 3]);
  });

  test('leaves a webhook with a concurrency of 1 to one of them', async () => {
    expect((await triedByAll({ concurrency: 1 })).most).toEqual([0, 0, 1]);
  });

  test('keeps to its share of the rate limit', async () => {
    const rateLimit = { requests: 5, perSeconds: 3_600 };

    expect((await triedByAll({ rateLimit })).requests).toEqual([1, 2, 2]);
  });

  test('has the whole of it again when the others have gone', async () => {
    const relay = makeRelay({
      webhooks: [hook('a', { concurrency: 9, timeoutMs: 60_000 })],
      script: () => 'hang',
    });
    const heartbeat = vi.spyOn(relay.store, 'heartbeat').mockResolvedValue({ nodes: NODES, rank: 1 });
    await relay.leaveWaiting('a', 100);
    relay.dispatcher.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(relay.transport.underWay()).toBe(3);
    heartbeat.mockRejectedValue(new Error('no database'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(relay.transport.underWay()).toBe(3);
    heartbeat.mockResolvedValue({ nodes: 1, rank: 0 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(relay.transport.underWay()).toBe(9);
  });
});
