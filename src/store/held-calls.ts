import type { Accepted, NewCdr } from './records.ts';

/** One leg of a call as it is handed to the store, to wait there for the others. */
export interface NewLeg {
  readonly source: string;
  readonly vendor: string;
  /** What the legs of one call have in common, within their source. */
  readonly groupKey: string;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly raw: string;
  /** What makes it the same as another leg of its source; its text when left out. */
  readonly sameness?: string | undefined;
  readonly violation?: string | undefined;
  /** How long its call waits for more; 0 when it is the last leg. */
  readonly waitMs: number;
  /** The call waits no longer when it has so many legs. */
  readonly maxLegs: number;
}

/** What became of a leg handed to `hold`. */
export interface Held {
  readonly id: string;
  /** Whether the same leg had come before, within the window for duplicates; then nothing was stored. */
  readonly duplicate: boolean;
}

/** A leg that waits. */
export interface HeldLeg {
  readonly id: string;
  readonly vendor: string;
  readonly receivedAtMs: number;
  readonly raw: string;
  readonly violation?: string | undefined;
}

/** A call whose legs wait, in the order in which they were held. */
export interface HeldCall {
  readonly source: string;
  readonly groupKey: string;
  readonly legs: readonly HeldLeg[];
}

/** A call that waits, as a list tells of it. */
export interface WaitingCall {
  readonly source: string;
  readonly groupKey: string;
  /** How many have come. */
  readonly legs: number;
  /** Until when it waits for more; epoch milliseconds. */
  readonly dueAtMs: number;
}

/**
 * Legs that wait until their call is whole. Each verb is one transaction, and rejects with StoreUnavailableError as those of
 * `Store` do. Whoever gets to it releases a call; no two do.
 */
export interface HeldCallStore {
  /**
   * Stores legs, each with its call, and tells what became of each, in their order. With each leg its call waits `waitMs` from
   * then on; one that is due stays so.
   */
  hold(legs: readonly NewLeg[]): Promise<Held[]>;

  /** Calls that wait no longer, the longest due first, `limit` at most. */
  due(limit: number): Promise<HeldCall[]>;

  /** Calls that are held, due or not; those that are due first come first, `limit` at most. */
  waiting(limit: number): Promise<WaitingCall[]>;

  /** How many calls are held. */
  count(): Promise<number>;

  /**
   * Accepts the CDR made of a call's legs and lets them go, as `Store.accept` does. Stores nothing and gives `undefined` when
   * the call has other legs by now, or somebody else has released it.
   */
  release(call: HeldCall, cdr: NewCdr): Promise<Accepted | undefined>;
}

/** When a call is due that has got one more leg. `before` is when it was due until then, `undefined` for its first. */
export function dueWithLeg(
  before: number | undefined,
  legs: number,
  { waitMs, maxLegs }: NewLeg,
  nowMs: number,
): number {
  if (before !== undefined && before <= nowMs) return before;
  return legs >= maxLegs ? nowMs : nowMs + waitMs;
}
