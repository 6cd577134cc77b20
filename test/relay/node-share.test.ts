import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeShareOfRate, nodeShareOf } from '../../src/relay/node-share.ts';

/** What each of some nodes gets of a limit. */
function shares(limit: number, name: string, nodes: number): number[] {
  return Array.from({ length: nodes }, (_, rank) => nodeShareOf(limit, name, { nodes, rank }));
}

describe('the shares of a limit', () => {
  test('add up to it, and differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.string(),
        fc.integer({ min: 1, max: 20 }),
        (limit, name, nodes) => {
          const all = shares(limit, name, nodes);

          expect(all.reduce((sum, share) => sum + share)).toBe(limit);
          expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('of 1 are of other nodes for other webhooks', () => {
    const senders = Array.from({ length: 30 }, (_, index) => shares(1, `webhook-${index}`, 3).indexOf(1));

    expect(new Set(senders)).toEqual(new Set([0, 1, 2]));
  });

  test('of a rate limit keep its window', () => {
    const membership = { nodes: 2, rank: 0 };

    expect(nodeShareOfRate({ requests: 10, perSeconds: 4 }, 'a', membership)).toEqual({
      requests: 5,
      perSeconds: 4,
    });
    expect(nodeShareOfRate(undefined, 'a', membership)).toBeUndefined();
  });
});
