import type { RateLimitSettings } from '../webhooks/connection.ts';
import type { Membership } from '../store/store.ts';

/**
 * This node's share of a limit that holds over all nodes: the shares of all of them add up to it. Who gets what is left
 * over is another node for each name, so that of many webhooks with a concurrency of 1 each node sends some.
 *
 * @param name of the webhook or connection whose limit it is.
 */
export function nodeShareOf(limit: number, name: string, { nodes, rank }: Membership): number {
  if (nodes === 1) return limit;
  const place = (rank + hashOf(name)) % nodes;
  return Math.floor(limit / nodes) + (place < limit % nodes ? 1 : 0);
}

/** The same of a rate limit; `undefined` where there is none. */
export function nodeShareOfRate(
  rateLimit: RateLimitSettings | undefined,
  name: string,
  membership: Membership,
): RateLimitSettings | undefined {
  if (rateLimit === undefined || membership.nodes === 1) return rateLimit;
  return { ...rateLimit, requests: nodeShareOf(rateLimit.requests, name, membership) };
}

/** FNV-1a over UTF-16 units: the same on every node. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
