import type { Explanation } from './explain.ts';

/** How far a webhook is from matching a CDR. */
export interface Nearness {
  readonly matched: boolean;
  /** Conditions that did not hold; not listening to the CDR's source counts as one. */
  readonly failed: number;
  readonly held: number;
}

/** How near a webhook came. */
export function nearnessOf({ matched, listens, conditions }: Explanation): Nearness {
  const held = conditions.filter((condition) => condition.held).length;
  return { matched, failed: conditions.length - held + (listens ? 0 : 1), held };
}

/** Puts what matches first, then the nearest misses; of two alike, the one of which more held. */
export function byNearness(a: Nearness, b: Nearness): number {
  return Number(b.matched) - Number(a.matched) || a.failed - b.failed || b.held - a.held;
}
