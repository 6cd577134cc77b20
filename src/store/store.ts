import type {
  Accepted,
  Attempt,
  Delivery,
  DeliveryState,
  HourlyCounts,
  Lease,
  NewCdr,
  Settlement,
  StoredCdr,
  WebhookStats,
} from './records.ts';
import type { HeldCallStore } from './held-calls.ts';
import type { RunStore } from './runs.ts';

/** The class of an HTTP status; `none` when no attempt got an answer, and there was at least one. */
export type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'none';

/** Which deliveries to list, newest first. */
export interface DeliveryFilter {
  readonly webhookId?: string | undefined;
  readonly cdrId?: string | undefined;
  /** One state, or any of several. */
  readonly state?: DeliveryState | readonly DeliveryState[] | undefined;
  /** The run that has made them. */
  readonly runId?: string | undefined;
  /** What the last attempt with an answer was answered. */
  readonly statusClass?: StatusClass | undefined;
  /** Created at this time or later; epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Created before this time. */
  readonly untilMs?: number | undefined;
  /** Only those older than this delivery: where the page before ended. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** In how many CDRs a text is looked for: enough for a day of most phone systems, and some hundredths of a second. */
export const SEARCHED_CDRS = 5_000;

/** Which CDRs to list, newest first. */
export interface CdrFilter {
  readonly source?: string | undefined;
  readonly vendor?: string | undefined;
  /** What their vendor tells the call by. */
  readonly identity?: string | undefined;
  /** Whether they hit any webhook. */
  readonly matched?: boolean | undefined;
  /** Received at this time or later; epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Received before this time. */
  readonly untilMs?: number | undefined;
  /** What their ids begin with. */
  readonly idPrefix?: string | undefined;
  /** What their text holds, in upper or lower case (of A to Z); looked for in the newest `SEARCHED_CDRS` only. */
  readonly text?: string | undefined;
  /** Only those older than this CDR. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** A webhook with deliveries that may be leased now. */
export interface DueWebhook {
  readonly webhookId: string;
  /** How long its oldest due delivery has been due. */
  readonly overdueMs: number;
}

/** A part of the webhooks with waiting deliveries. */
export interface DuePage {
  /** Those that have a delivery due now. */
  readonly webhooks: readonly DueWebhook[];
  /** Where to go on; `''` when this was the last part. */
  readonly next: string;
}

/** What `cancel` found. Deliveries in neither list were final already, or are not there. */
export interface Cancelled {
  readonly cancelled: readonly string[];
  /** Left alone, because they are under way. */
  readonly delivering: readonly string[];
}

/** What `cancelPending` found. */
export interface CancelledPending {
  /** How many there were. */
  readonly cancelled: number;
  /** Left alone, because they are under way. */
  readonly delivering: readonly string[];
}

/** The nodes that use a store now, as one of them sees it. */
export interface Membership {
  /** How many there are, this one among them. */
  readonly nodes: number;
  /** Which of them this one is, from 0; no two that live have the same for longer than between two heartbeats. */
  readonly rank: number;
}

/** Thrown when the store cannot do its work now: full disk, locked or unreachable database. Trying later may help. */
export class StoreUnavailableError extends Error {
  constructor(cause: unknown) {
    super(`the store is not available: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/** Errors that a mistake in our own code makes, and no database. A RangeError may be the fault of a value, such as a time. */
const OWN_ERRORS = [TypeError, ReferenceError, SyntaxError];

/** What a store's caller is told of an error: trying later helps against what a database says, not against a mistake in the code. */
export function storeError(error: unknown): unknown {
  const isOurs = OWN_ERRORS.some((kind) => error instanceof kind);
  return isOurs || error instanceof StoreUnavailableError ? error : new StoreUnavailableError(error);
}

/**
 * Where CDRs, deliveries, attempts and counters are kept. Every verb that changes something is one transaction: when its
 * promise is fulfilled all of it is durable, when it is rejected (with StoreUnavailableError, or what a mistake in the code
 * threw) the caller must take it that nothing is. The store owns the clock that decides when a delivery is due and when a lease runs out.
 */
export interface Store {
  /**
   * Stores CDRs with their hits, deliveries and counters, and tells what became of each, in their order. A duplicate is
   * recognised in the same transaction and changes nothing.
   */
  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]>;

  /**
   * Looks through the webhooks with waiting deliveries, `limit` at most, in the order of their ids from behind `after`
   * (`''` for the beginning). A delivery whose lease ran out waits again.
   */
  due(after: string, limit: number): Promise<DuePage>;

  /** Leases up to `room` due deliveries of each webhook, the longest due first. No two callers get the same one. */
  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]>;

  /**
   * Prolongs leases, also one whose time is over as long as nobody else has leased its delivery. Returns those that are
   * held; the others are over.
   */
  renew(leases: readonly Lease[]): Promise<Lease[]>;

  /**
   * Ends leases: numbers and records the attempts, sets the outcome and counts it. A lease is held until it is settled, its
   * delivery is leased again or cancelled, however late: what was sent need not be sent again because the store was away
   * for a while. Of a lease that is no longer held only the attempts are recorded. Returns the leases that were held, whose outcomes are on record.
   */
  settle(settlements: readonly Settlement[]): Promise<Lease[]>;

  /** Cancels those of some deliveries that wait, also for their next round. One whose lease ran out waits again. */
  cancel(deliveryIds: readonly string[]): Promise<Cancelled>;

  /** Cancels all deliveries of a webhook that wait, as `cancel` does, in small transactions. Those that come later stay. */
  cancelPending(webhookId: string): Promise<CancelledPending>;

  /**
   * Tells that this node lives, which is believed for as long as a lease; it stops to count when it is closed. Gives how
   * many live. A store that is one process's own has one. It rejects while the store can keep nothing, as on a full disk.
   */
  heartbeat(): Promise<Membership>;

  /** Redelivery and replay. */
  readonly runs: RunStore;

  /** Legs that wait for the others of their call. */
  readonly calls: HeldCallStore;

  /** A CDR by its id. */
  cdr(id: string): Promise<StoredCdr | undefined>;
  /** CDRs, newest first. */
  cdrs(filter: CdrFilter): Promise<StoredCdr[]>;

  /** A delivery by its id, with its attempts in order. */
  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined>;
  /** Deliveries, newest first. */
  deliveries(filter: DeliveryFilter): Promise<Delivery[]>;

  /** The counters of webhooks; one that was never hit has none. */
  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>>;
  /** Counts per hour from `sinceMs` on, oldest first, of one webhook or of the whole router. */
  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]>;
  /** The same of many webhooks at once; of those without any there is nothing. */
  hourlyOf(webhookIds: readonly string[], sinceMs: number): Promise<Map<string, HourlyCounts[]>>;
  /** Deliveries not yet final, over all webhooks. */
  pending(): Promise<number>;

  /**
   * Deletes CDRs received before a time, with their deliveries, attempts and released legs, in small transactions; those with a
   * delivery that is not final stay. Hourly counts of that time go too, and runs that ended before it. A run that is
   * running goes on without what is gone. Returns how many CDRs went.
   */
  purge(beforeMs: number): Promise<number>;

  /** Waits for what is under way, then closes. Leases that are held run out by themselves or at the next opening. */
  close(): Promise<void>;
}

/** How a store behaves, whatever it is built on. */
export interface StoreSettings {
  /** CDRs of one source that are the same (`NewCdr.sameness`) within this time are one; 0 turns that off. */
  readonly dedupeWindowMs: number;
  /** How long a lease is good for unless it is renewed. */
  readonly leaseMs: number;
}
